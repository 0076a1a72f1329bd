/* min_rate over a driven clock: who is borne with, and for how long. */
#include "config.h"

#include "server/patience.h"

#include "check.h"

enum { MOST = 60000, BEGIN = 1000, DAY_MS = 86400000 };

/* `bytes` each `every_ms`, until it is over or a day has passed.  Returns how long it went on. */
static int64_t
bear(uint64_t rate, uint64_t bytes, int64_t every_ms)
{
	struct patience p;
	int64_t now = BEGIN;

	patience_start(&p, rate, MOST, now);
	while (now - BEGIN < DAY_MS && now + every_ms < p.until_ms) {
		now += every_ms;
		patience_note(&p, bytes, now);
	}
	return now - BEGIN < DAY_MS ? p.until_ms - BEGIN : INT64_MAX;
}

static void
who_stops_has_the_whole_time_and_no_more(void **state)
{
	struct patience p;

	(void)state;
	patience_start(&p, 500, MOST, BEGIN);
	assert_int_equal(p.until_ms, BEGIN + MOST);
}

static void
who_is_as_fast_as_the_rate_is_never_ended(void **state)
{
	static const uint64_t rates[] = { 1, 3, 7, 500, 1001, 4096, 1 << 20, 1 << 30 };

	(void)state;
	for (size_t i = 0; i < COUNT(rates); i++) {
		assert_true(bear(rates[i], rates[i], 1000) == INT64_MAX);
		assert_true(bear(rates[i], 30 * rates[i], 30000) == INT64_MAX);
		assert_true(bear(1000 * rates[i], rates[i], 1) == INT64_MAX);
	}
}

static void
who_trickles_is_ended(void **state)
{
	(void)state;
	assert_int_equal(bear(500, 1, 29000), MOST + 4); /* two bytes, of two milliseconds each */
	assert_int_equal(bear(500, 0, 1000), MOST);
	/* half the rate: a second is used up in two */
	assert_true(bear(500, 250, 1000) >= 2 * MOST - 1000);
	assert_true(bear(500, 250, 1000) <= 2 * MOST + 1000);
	assert_true(bear(500, 499, 1000) < INT64_MAX);
	assert_true(bear(1 << 30, (1 << 30) - (1 << 20), 1000) < INT64_MAX);
}

static void
nobody_saves_for_later(void **state)
{
	struct patience p;

	(void)state;
	patience_start(&p, 500, MOST, BEGIN);
	for (int i = 0; i < 1000; i++)
		patience_note(&p, 1ull << 49, BEGIN + i);
	assert_int_equal(p.until_ms, BEGIN + 999 + MOST);
}

static void
it_can_begin_anew(void **state)
{
	struct patience p;

	(void)state;
	patience_start(&p, 500, MOST, BEGIN);
	patience_renew(&p, BEGIN + 50000);
	assert_int_equal(p.until_ms, BEGIN + 50000 + MOST);
}

static void
without_a_rate_it_has_no_end(void **state)
{
	struct patience p;

	(void)state;
	patience_start(&p, 0, MOST, BEGIN);
	patience_note(&p, 1, BEGIN + 1);
	patience_renew(&p, BEGIN + 2);
	assert_true(p.until_ms == INT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_stops_has_the_whole_time_and_no_more),
		cmocka_unit_test(who_is_as_fast_as_the_rate_is_never_ended),
		cmocka_unit_test(who_trickles_is_ended),
		cmocka_unit_test(nobody_saves_for_later),
		cmocka_unit_test(it_can_begin_anew),
		cmocka_unit_test(without_a_rate_it_has_no_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
