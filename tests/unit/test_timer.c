/* The wheel of deadlines: never early, a tick late at most, and against a plain list. */
#include "config.h"

#include "server/timer.h"

#include "check.h"

enum { TURN_MS = TIMER_SLOTS * TIMER_TICK_MS };

/* Moves the clock on, by as much as the wheel says or as the timer takes, until the timer is due.
 */
static int64_t
wait_for(struct timer_wheel *w, struct timer *t, int64_t now)
{
	for (int turns = 0; turns < 10000; turns++) {
		struct timer *due = timer_take_due(w, now);
		int wait;

		if (due) {
			assert_ptr_equal(due, t);
			return now;
		}
		wait = timer_wait_ms(w, now);
		assert_int_not_equal(wait, -1);
		now += wait > 0 ? wait : 1;
	}
	fail_msg("the timer never came");
	return 0;
}

static void
test_never_early_never_late(void **state)
{
	static const int64_t starts[] = { 0, 1, 63, 64, 1000000007 };

	(void)state;
	for (size_t i = 0; i < COUNT(starts); i++) {
		for (int64_t wait = 0; wait < 3 * TURN_MS; wait += wait < 200 ? 1 : 997) {
			struct timer_wheel w;
			struct timer t;
			int64_t due;

			timer_wheel_init(&w, starts[i]);
			timer_init(&t);
			timer_set(&w, &t, starts[i] + wait);
			due = wait_for(&w, &t, starts[i]);
			assert_in_range(due - (starts[i] + wait), 0, TIMER_TICK_MS);
			assert_null(timer_take_due(&w, due + 10 * TURN_MS));
			assert_int_equal(timer_wait_ms(&w, due + 10 * TURN_MS), -1);
		}
	}
}

static void
test_moved(void **state)
{
	struct timer_wheel w;
	struct timer t;

	(void)state;
	timer_wheel_init(&w, 1000);
	timer_init(&t);
	timer_set(&w, &t, 5000);
	timer_set(&w, &t, 9000); /* later */
	assert_null(timer_take_due(&w, 8999));
	assert_in_range(wait_for(&w, &t, 8999), 9000, 9064);
	timer_set(&w, &t, 20000);
	timer_set(&w, &t, 10000); /* sooner */
	assert_in_range(wait_for(&w, &t, 9100), 10000, 10064);
	timer_set(&w, &t, 20000);
	timer_set(&w, &t, INT64_MAX); /* never */
	for (int64_t now = 10100; now < 10100 + 3 * TURN_MS; now += 50)
		assert_null(timer_take_due(&w, now));
	timer_set(&w, &t, 10100 + 4 * TURN_MS);
	assert_in_range(wait_for(&w, &t, 10100 + 3 * TURN_MS), 10100 + 4 * TURN_MS,
			10100 + 4 * TURN_MS + TIMER_TICK_MS);
}

/* A deadline put off costs nothing: the timer stays where it lies. */
static void
test_later_is_free(void **state)
{
	struct timer_wheel w;
	struct timer t;
	struct link at;

	(void)state;
	timer_wheel_init(&w, 0);
	timer_init(&t);
	timer_set(&w, &t, 1000);
	at = t.link;
	for (int64_t deadline = 1000; deadline < 3 * TURN_MS; deadline += 100) {
		timer_set(&w, &t, deadline);
		assert_memory_equal(&at, &t.link, sizeof at);
	}
}

static void
test_stop(void **state)
{
	struct timer_wheel w;
	struct timer t, other;

	(void)state;
	timer_wheel_init(&w, 0);
	timer_init(&t);
	timer_init(&other);
	timer_stop(&t); /* not set: harmless */
	timer_set(&w, &t, 100);
	timer_set(&w, &other, 100);
	timer_stop(&t);
	timer_stop(&t);
	assert_ptr_equal(timer_take_due(&w, 1000), &other);
	assert_null(timer_take_due(&w, 1000));
	timer_set(&w, &t, 2000);
	assert_ptr_equal(timer_take_due(&w, 2100), &t);
}

/* What comes out may be set again at once, also for a moment that is past. */
static void
test_set_while_taking(void **state)
{
	struct timer_wheel w;
	struct timer t[3];

	(void)state;
	timer_wheel_init(&w, 0);
	for (size_t i = 0; i < COUNT(t); i++) {
		timer_init(&t[i]);
		timer_set(&w, &t[i], 100);
	}
	assert_ptr_equal(timer_take_due(&w, 200), &t[0]);
	timer_set(&w, &t[0], 300);
	timer_set(&w, &t[1], 150);
	timer_stop(&t[2]);
	assert_ptr_equal(timer_take_due(&w, 200), &t[1]);
	timer_set(&w, &t[1], 50);
	assert_ptr_equal(timer_take_due(&w, 200), &t[1]);
	assert_null(timer_take_due(&w, 200));
	assert_ptr_equal(timer_take_due(&w, 400), &t[0]);
}

/* A machine that slept: everything that is past comes at once, the rest in its time. */
static void
test_long_sleep(void **state)
{
	struct timer_wheel w;
	struct timer t[40];
	int64_t now = 7 * TURN_MS + 12345;
	int due = 0;

	(void)state;
	timer_wheel_init(&w, 0);
	for (size_t i = 0; i < COUNT(t); i++) {
		timer_init(&t[i]);
		timer_set(&w, &t[i], (int64_t)i * TURN_MS / 4);
	}
	for (struct timer *one; (one = timer_take_due(&w, now)); due++)
		assert_true(one->deadline_ms <= now);
	assert_int_equal(due, 7 * 4 + 1 + (12345 * 4) / TURN_MS);
	for (; due < (int)COUNT(t); due++)
		now = wait_for(&w, &t[due], now);
	assert_null(timer_take_due(&w, now));
	assert_int_equal(timer_wait_ms(&w, now), -1);
}

static uint64_t
draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* The oracle: an array of deadlines.  INT64_MAX = not set. */
enum { ORACLE = 50 };

static void
check_against(const int64_t deadlines[ORACLE], struct timer_wheel *w, struct timer t[ORACLE],
	      int64_t now, int64_t taken[ORACLE])
{
	int wait;
	int64_t nearest = INT64_MAX;

	for (struct timer *one; (one = timer_take_due(w, now));) {
		size_t i = (size_t)(one - t);

		assert_int_equal(deadlines[i], one->deadline_ms);
		assert_true(deadlines[i] <= now);
		taken[i] = now;
	}
	wait = timer_wait_ms(w, now);
	for (size_t i = 0; i < ORACLE; i++) {
		if (taken[i] || deadlines[i] == INT64_MAX)
			continue;
		/* not taken: then it is not a tick past */
		assert_true(deadlines[i] + TIMER_TICK_MS >= now);
		nearest = deadlines[i] < nearest ? deadlines[i] : nearest;
	}
	if (nearest != INT64_MAX) /* the wheel wakes us in time */
		assert_in_range(wait, 0, nearest + TIMER_TICK_MS - now);
}

static void
test_random(void **state)
{
	uint64_t seed = 88172645463325252u;

	(void)state;
	for (int round = 0; round < 200; round++) {
		int64_t now = (int64_t)(draw(&seed) % 100000), deadlines[ORACLE];
		struct timer t[ORACLE];
		struct timer_wheel w;

		timer_wheel_init(&w, now);
		for (size_t i = 0; i < ORACLE; i++) {
			timer_init(&t[i]);
			deadlines[i] = INT64_MAX;
		}
		for (int step = 0; step < 500; step++) {
			size_t i = draw(&seed) % ORACLE;
			int64_t taken[ORACLE] = { 0 };

			switch (draw(&seed) % 8) {
			case 0:
				timer_stop(&t[i]);
				deadlines[i] = INT64_MAX;
				break;
			case 1:
				now += (int64_t)(draw(&seed) %
						 (draw(&seed) % 50 ? 300 : 3 * TURN_MS));
				check_against(deadlines, &w, t, now, taken);
				for (i = 0; i < ORACLE; i++)
					if (taken[i])
						deadlines[i] = INT64_MAX;
				break;
			default:
				deadlines[i] = now + (int64_t)(draw(&seed) % (2 * TURN_MS));
				timer_set(&w, &t[i], deadlines[i]);
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_never_early_never_late),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_later_is_free),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_set_while_taking),
		cmocka_unit_test(test_long_sleep),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests_name("timer", tests, NULL, NULL);
}
