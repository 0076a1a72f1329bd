/* Whether a thread had to wait: for itself, and whatever the others do. */
#include "config.h"

#include "base/sleeps.h"

#include <pthread.h>
#include <time.h>

#include "check.h"

static void *
sleep_often(void *arg)
{
	const struct timespec nap = { .tv_nsec = 1000000 };

	(void)arg;
	for (int i = 0; i < 10; i++)
		nanosleep(&nap, NULL);
	return NULL;
}

static void
test_a_wait_is_counted(void **state)
{
	long before = sleeps_count();

	(void)state;
	sleep_often(NULL);
	assert_true(sleeps_count() >= before + 10);
}

static void
test_work_is_not(void **state)
{
	long before = sleeps_count();

	(void)state;
	for (volatile int i = 0; i < 20000000; i++)
		;
	assert_int_equal(sleeps_count(), before);
}

static void
test_others_are_not(void **state)
{
	pthread_t other;
	long before;

	(void)state;
	assert_int_equal(pthread_create(&other, NULL, sleep_often, NULL), 0);
	before = sleeps_count();
	for (volatile int i = 0; i < 20000000; i++)
		;
	assert_int_equal(sleeps_count(), before);
	pthread_join(other, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_wait_is_counted),
		cmocka_unit_test(test_work_is_not),
		cmocka_unit_test(test_others_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
