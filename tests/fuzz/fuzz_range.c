/*
 * Range.  The first two bytes of the input are the size of the representation and the gap.
 *
 * Every range asked for is in the answer and nothing else, but for gaps that are smaller than said;
 * in order, apart, within the size.  A reader who only marks bytes comes to the same.
 */
#include "config.h"

#include "fuzz.h"
#include "http/range.h"

/* What the simple reader found: the bytes asked for, or that the field is malformed. */
struct marks {
	bool asked[256];
	unsigned specs, within;
	bool malformed;
};

/* Decimal digits; a number that is too large is the largest.  False for none. */
static bool
number(struct slice s, uint64_t *n)
{
	*n = 0;
	for (size_t i = 0; i < s.len; i++) {
		uint64_t digit = (uint64_t)s.p[i] - '0';

		if (digit > 9)
			return false;
		*n = *n > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *n * 10 + digit;
	}
	return s.len > 0;
}

static void
mark(struct marks *m, struct slice spec, uint64_t size)
{
	size_t dash = slice_find(spec, '-');
	struct slice behind = slice_after(spec, dash + 1);
	uint64_t first = 0, last = UINT64_MAX;

	m->specs++;
	if (dash == spec.len || (dash > 0 && !number(slice_head(spec, dash), &first)) ||
	    ((dash == 0 || behind.len > 0) && !number(behind, &last)) || last < first) {
		m->malformed = true;
		return;
	}
	if (dash == 0) {
		first = last < size ? size - last : 0;
		last = size - 1;
	}
	m->within += first < size;
	for (uint64_t i = first; i <= last && i < size; i++)
		m->asked[i] = true;
}

/* No quotes in it, so that a comma is a comma. */
static void
mark_all(struct marks *m, struct slice list, uint64_t size)
{
	*m = (struct marks){ 0 };
	while (list.len > 0) {
		size_t comma = slice_find(list, ',');
		struct slice spec = slice_trim(slice_head(list, comma));

		if (spec.len > 0)
			mark(m, spec, size);
		list = slice_after(list, comma + 1);
	}
}

static void
check_ranges(const struct range *r, size_t count, uint64_t size, uint64_t gap)
{
	uint64_t sum = 0;

	require(count > 0 && count <= RANGES_MAX);
	for (size_t i = 0; i < count; i++) {
		require(r[i].first <= r[i].last && r[i].last < size);
		require(i == 0 || r[i].first > r[i - 1].last + 1 + gap);
		sum += r[i].last - r[i].first + 1;
	}
	require(count == 1 || sum < size);
}

static void
check_marks(const struct marks *m, const struct range *r, size_t count, unsigned gap)
{
	for (size_t i = 0; i < count; i++) {
		unsigned unasked = 0;

		require(m->asked[r[i].first] && m->asked[r[i].last]);
		for (uint64_t b = r[i].first; b <= r[i].last; b++) {
			unasked = m->asked[b] ? 0 : unasked + 1;
			require(unasked <= gap);
		}
	}
	for (size_t b = 0; b < sizeof m->asked; b++) {
		bool sent = false;

		for (size_t i = 0; i < count; i++)
			sent |= b >= r[i].first && b <= r[i].last;
		require(sent || !m->asked[b]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct range ranges[RANGES_MAX];
	struct slice field;
	struct marks marks;
	size_t count = 0;
	char *copy;
	enum ranges result;

	if (size < 2)
		return 0;
	field = fuzz_slice(data + 2, size - 2);
	copy = fuzz_copy(field);
	field.p = copy;
	for (uint64_t huge = 1; huge < UINT64_MAX / 256; huge *= 255)
		if (range_parse(field, huge, data[1], ranges, &count) == RANGES_PART)
			check_ranges(ranges, count, huge, data[1]);
	result = range_parse(field, data[0], data[1], ranges, &count);
	if (result == RANGES_PART)
		check_ranges(ranges, count, data[0], data[1]);
	if (slice_find(field, '"') == field.len &&
	    slice_equal_nocase(slice_head(field, 6), SLICE("bytes="))) {
		mark_all(&marks, slice_after(field, 6), data[0]);
		if (result == RANGES_PART) {
			require(!marks.malformed);
			check_marks(&marks, ranges, count, data[1]);
		} else if (result == RANGES_UNSATISFIABLE) {
			require(!marks.malformed && marks.within == 0);
		} else if (marks.specs == 1 && data[0] > 0) {
			require(marks.malformed);
		}
	} else if (slice_find(field, '"') == field.len) {
		require(result == RANGES_WHOLE);
	}
	free(copy);
	return 0;
}
