/* Counters and their words: the lists are whole and nothing is called the same. */
#include "config.h"

#include "server/counters.h"

#include <pthread.h>

#include "check.h"

static void
test_words(void **state)
{
	(void)state;
	for (int i = 0; i < COUNTER_COUNT; i++) {
		assert_true(counter_word((enum counter)i)[0] != '\0');
		for (int n = 0; n < i; n++)
			assert_string_not_equal(counter_word((enum counter)i),
						counter_word((enum counter)n));
	}
	for (int i = 0; i < ACCEPTOR_COUNTER_COUNT; i++) {
		assert_true(acceptor_counter_word((enum acceptor_counter)i)[0] != '\0');
		for (int n = 0; n < i; n++)
			assert_string_not_equal(acceptor_counter_word((enum acceptor_counter)i),
						acceptor_counter_word((enum acceptor_counter)n));
	}
	for (int i = 0; i < CLOSE_REASON_COUNT; i++) {
		assert_true(close_reason_word((enum close_reason)i)[0] != '\0');
		assert_true(close_reason_words((enum close_reason)i)[0] != '\0');
		for (int n = 0; n < i; n++)
			assert_string_not_equal(close_reason_word((enum close_reason)i),
						close_reason_word((enum close_reason)n));
	}
}

enum { TIMES = 100000 };

static void *
count(void *arg)
{
	struct counters *c = arg;

	for (int i = 0; i < TIMES; i++) {
		counter_add(&c->count[COUNT_REQUESTS], 1);
		counter_add(&c->closed[i % CLOSE_REASON_COUNT], 1);
	}
	return NULL;
}

/* A reader sees them grow, never shrink. */
static void
test_read_by_another(void **state)
{
	static struct counters c;
	uint64_t before = 0, sum_before = 0;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, count, &c), 0);
	while (before < TIMES) {
		uint64_t now = counter_get(&c.count[COUNT_REQUESTS]), sum = counters_closed(&c);

		assert_true(now >= before);
		assert_true(sum >= sum_before);
		before = now;
		sum_before = sum;
	}
	pthread_join(thread, NULL);
	assert_int_equal(counters_closed(&c), TIMES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_read_by_another),
	};

	return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
