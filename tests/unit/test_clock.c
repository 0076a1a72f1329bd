/* The clocks: the one never steps back, the other is the date. */
#include "config.h"

#include "base/clock.h"

#include "check.h"

static void
test_monotonic(void **state)
{
	const struct timespec nap = { .tv_nsec = 20000000 };
	int64_t before = clock_monotonic_ms(), after;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		after = clock_monotonic_ms();
		assert_true(after >= before);
		before = after;
	}
	nanosleep(&nap, NULL);
	assert_true(clock_monotonic_ms() - before >= 19);
}

static void
test_real(void **state)
{
	time_t before = time(NULL);
	struct timespec now = clock_real();

	(void)state;
	/* time() reads a clock that may be a tick behind. */
	assert_true(now.tv_sec >= before && now.tv_sec - before < 60);
	assert_true(now.tv_nsec >= 0 && now.tv_nsec < 1000000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_monotonic),
		cmocka_unit_test(test_real),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
