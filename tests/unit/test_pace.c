/* limit_rate over a driven clock: what may leave, how long to wait, and how even it is. */
#include "config.h"

#include "server/pace.h"

#include "check.h"

/* Sends as a worker would, which is late by so much whenever it waits.  Returns the milliseconds.
 */
static int64_t
send_all(struct pace *p, uint64_t bytes, int64_t late_ms, uint64_t *largest, unsigned *waits)
{
	int64_t now = 1000;
	uint64_t left = bytes;

	*largest = 0;
	*waits = 0;
	while (left > 0) {
		uint64_t n = pace_allowed(p, left, now);

		if (n == 0) {
			int64_t wait = pace_wait_ms(p, left);

			assert_true(wait > 0);
			assert_int_equal(pace_allowed(p, left, now + wait - 1), 0);
			now += wait + late_ms;
			++*waits;
			continue;
		}
		n = n < left ? n : left;
		if (*waits > 0 && n > *largest)
			*largest = n;
		pace_spend(p, n);
		left -= n;
	}
	return now - 1000;
}

static void
test_no_limit(void **state)
{
	struct pace p;

	(void)state;
	pace_start(&p, 0, 0, 1000);
	assert_true(pace_allowed(&p, 5, 1000) == UINT64_MAX);
}

/* A minute's worth takes a minute, also when every timer is a tick late, in small pieces. */
static void
test_even(void **state)
{
	static const uint64_t rates[] = {
		1, 7, 8, 100, 1000, 65536, 1 << 20, 1ull << 33, 1ull << 40
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rates); i++)
		for (int64_t late = 0; late <= 64; late += 32) {
			struct pace p;
			uint64_t largest;
			unsigned waits;
			int64_t took;

			pace_start(&p, rates[i], 0, 1000);
			took = send_all(&p, 60 * rates[i], late, &largest, &waits);
			if (took < 58500 || took > 60300 || waits > 60 * 9)
				fail_msg("%llu/s: %lld ms, %u waits", (unsigned long long)rates[i],
					 (long long)took, waits);
			if (largest > rates[i] / 8 + rates[i] / 12 + 1)
				fail_msg("%llu/s: %llu at once", (unsigned long long)rates[i],
					 (unsigned long long)largest);
		}
}

static void
test_after(void **state)
{
	struct pace p;
	uint64_t largest;
	unsigned waits;

	(void)state;
	pace_start(&p, 1000, 50000, 1000);
	assert_int_equal(send_all(&p, 50100, 0, &largest, &waits), 0);
	pace_start(&p, 1000, 50000, 1000);
	assert_in_range(send_all(&p, 60000, 0, &largest, &waits), 9700, 10000);
}

/* Who stalls does not save up for later. */
static void
test_stall(void **state)
{
	struct pace p;

	(void)state;
	pace_start(&p, 1000, 0, 1000);
	pace_spend(&p, pace_allowed(&p, 100000, 1000));
	assert_int_equal(pace_allowed(&p, 100000, 1001), 0);
	assert_int_equal(pace_allowed(&p, 100000, 3600000), 625);
	pace_spend(&p, 10000); /* more than was allowed is owed */
	assert_int_equal(pace_wait_ms(&p, 100000), 9375 + 125);
	assert_int_equal(pace_allowed(&p, 1, 3600000 + 9376),
			 1); /* the last piece may be smaller */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_limit),
		cmocka_unit_test(test_even),
		cmocka_unit_test(test_after),
		cmocka_unit_test(test_stall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
