/* Range, and what is sent for it (RFC 9110 14.1.2, 14.2). */
#include "config.h"

#include "http/range.h"

#include "check.h"

enum { GAP = 4 };

/* "0-4 10-19", "whole" or "416". */
static const char *
show(struct slice field, uint64_t size)
{
	static char text[4096];
	struct range ranges[RANGES_MAX];
	size_t count = 0, n = 0;

	switch (range_parse(field, size, GAP, ranges, &count)) {
	case RANGES_WHOLE:
		return "whole";
	case RANGES_UNSATISFIABLE:
		return "416";
	case RANGES_PART:
		break;
	}
	assert_in_range(count, 1, RANGES_MAX);
	for (size_t i = 0; i < count; i++)
		n += (size_t)sprintf(text + n, "%s%llu-%llu", i ? " " : "",
				     (unsigned long long)ranges[i].first,
				     (unsigned long long)ranges[i].last);
	return text;
}

static void
test_single(void **state)
{
	static const struct {
		const char *field, *want;
	} rows[] = {
		{ "bytes=0-0", "0-0" },
		{ "bytes=0-99", "0-99" },
		{ "bytes=5-", "5-99" },
		{ "bytes=-5", "95-99" },
		{ "bytes=-100", "0-99" },
		{ "bytes=-1000", "0-99" },
		{ "bytes=90-200", "90-99" },
		{ "bytes=90-99999999999999999999999", "90-99" },
		{ "bytes=-99999999999999999999999", "0-99" },
		{ "Bytes=1-2", "1-2" },
		{ "bytes= 1-2 ", "1-2" },
		{ "bytes=,,1-2,", "1-2" },
		/* beyond the end */
		{ "bytes=100-", "416" },
		{ "bytes=100-100", "416" },
		{ "bytes=99999999999999999999999-", "416" },
		{ "bytes=-0", "416" },
		{ "bytes=200-300,-0", "416" },
		/* malformed, or another unit: as if it were not there */
		{ "", "whole" },
		{ "bytes", "whole" },
		{ "bytes=", "whole" },
		{ "bytes=,", "whole" },
		{ "bytes=-", "whole" },
		{ "bytes=a-b", "whole" },
		{ "bytes=1", "whole" },
		{ "bytes=2-1", "whole" },
		{ "bytes=1-2-3", "whole" },
		{ "bytes=+1-2", "whole" },
		{ "bytes=0x1-2", "whole" },
		{ "bytes=1 - 2", "whole" },
		{ "bytes=--2", "whole" },
		{ "bytes=0-1,x", "whole" },
		{ "lines=0-1", "whole" },
		{ "bytes 0-1", "whole" },
		{ "bytes =0-1", "whole" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_slice(rows[i].field, slice_of(show(slice_of(rows[i].field), 100)),
			    slice_of(rows[i].want));
}

static void
test_several(void **state)
{
	static const struct {
		const char *field, *want;
	} rows[] = {
		{ "bytes=0-9,50-59", "0-9 50-59" },
		{ "bytes=50-59,0-9", "0-9 50-59" },	/* ascending */
		{ "bytes=0-9,-5", "0-9 95-99" },
		{ "bytes=0-9,200-", "0-9" },		/* what cannot be had is left out */
		{ "bytes=0-9,5-20", "0-20" },		/* overlapping */
		{ "bytes=0-20,5-9", "0-20" },		/* one within the other */
		{ "bytes=0-9,10-19", "0-19" },		/* touching */
		{ "bytes=0-9,14-19", "0-19" },		/* nearly touching: as far apart as GAP */
		{ "bytes=0-9,15-19", "0-9 15-19" },
		{ "bytes=0-1,0-1,0-1", "0-1" },
		{ "bytes=0-,0-", "0-99" },
		{ "bytes=0-45,51-99", "whole" },	/* with what surrounds them as much as all */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_slice(rows[i].field, slice_of(show(slice_of(rows[i].field), 100)),
			    slice_of(rows[i].want));
}

static void
test_empty(void **state)
{
	(void)state;
	assert_string_equal(show(SLICE("bytes=0-"), 0), "whole");
	assert_string_equal(show(SLICE("bytes=5-9"), 0), "whole");
	assert_string_equal(show(SLICE("bytes=-1"), 0), "whole");	/* satisfiable, 14.1.2 */
}

/* As many as RANGES_MAX are honoured, one more is too many. */
static void
test_many(void **state)
{
	char field[4096];

	(void)state;
	for (int specs = RANGES_MAX; specs <= RANGES_MAX + 1; specs++) {
		size_t n = (size_t)sprintf(field, "bytes=");
		struct range ranges[RANGES_MAX];
		size_t count = 0;
		enum ranges result;

		for (int i = 0; i < specs; i++)
			n += (size_t)sprintf(field + n, "%d-%d,", i * 100, i * 100);
		result = range_parse(slice_from(field, n), 1000000, GAP, ranges, &count);
		assert_int_equal(result, specs <= RANGES_MAX ? RANGES_PART : RANGES_WHOLE);
		if (result == RANGES_PART)
			assert_int_equal(count, RANGES_MAX);
	}
}

/* Whatever is asked for: within the file, ascending, apart, and less than the whole. */
static void
test_bounds(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct range ranges[RANGES_MAX];
		char field[512];
		size_t n = (size_t)sprintf(field, "bytes="), count = 0;
		uint64_t size = (unsigned)rand_r(&seed) % 200, sum = 0;

		for (int i = rand_r(&seed) % 10; i >= 0; i--) {
			int first = rand_r(&seed) % 220, length = rand_r(&seed) % 50;

			n += (size_t)sprintf(field + n, i % 3 ? "%d-%d," : "-%d,", first,
					     first + length);
		}
		if (range_parse(slice_from(field, n), size, GAP, ranges, &count) != RANGES_PART)
			continue;
		for (size_t i = 0; i < count; i++) {
			assert_true(ranges[i].first <= ranges[i].last && ranges[i].last < size);
			assert_true(i == 0 || ranges[i].first > ranges[i - 1].last + GAP);
			sum += ranges[i].last - ranges[i].first + 1;
		}
		assert_true(count == 1 ? sum <= size : sum < size);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_single), cmocka_unit_test(test_several),
		cmocka_unit_test(test_empty),  cmocka_unit_test(test_many),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
