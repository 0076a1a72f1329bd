/* Token buckets: exact over a driven clock, exact over threads, bounded. */
#include "config.h"

#include "base/buckets.h"

#include <pthread.h>

#include "check.h"

enum { SECOND = 1000000 };

static const struct bucket_size ten = { .interval_us = SECOND / 10, .tokens = 3 };

/* How many of count come through at that time. */
static int
take(struct buckets *b, uint64_t key, uint64_t now_us, int count)
{
	int got = 0;

	while (count-- > 0)
		got += buckets_take(b, key, &ten, now_us) == 0;
	return got;
}

static void
test_tokens_come_back(void **state)
{
	struct buckets *b = buckets_new();
	uint64_t now = 5 * SECOND;

	(void)state;
	assert_int_equal(take(b, 1, now, 10), 3); /* full at first */
	assert_int_equal(buckets_take(b, 1, &ten, now), SECOND / 10);
	assert_int_equal(buckets_take(b, 1, &ten, now + 1), SECOND / 10 - 1);
	assert_int_equal(take(b, 1, now + SECOND / 10 - 1, 10), 0);
	assert_int_equal(take(b, 1, now + SECOND / 10, 10), 1);
	assert_int_equal(take(b, 1, now + 3 * SECOND / 10, 10), 2);
	assert_int_equal(take(b, 1, now + 100 * SECOND, 10), 3); /* never more than full */
	/* a thread whose clock is a little behind takes nothing that is not there */
	assert_int_equal(take(b, 1, now + 100 * SECOND - 20000, 10), 0);
	buckets_free(b);
}

static void
test_a_minute_of_asking(void **state)
{
	struct buckets *b = buckets_new();
	int got = 0;

	(void)state;
	for (uint64_t ms = 1; ms <= 60000; ms++)
		got += take(b, 1, ms * 1000, 2);
	assert_in_range(got, 602, 603); /* the full bucket, and ten a second */
	buckets_free(b);
}

static void
test_keys_do_not_meet(void **state)
{
	struct buckets *b = buckets_new();

	(void)state;
	for (uint64_t key = 1; key <= 5000; key++)
		assert_int_equal(take(b, key, SECOND, 4), 3);
	for (uint64_t key = 1; key <= 5000; key++)
		assert_int_equal(take(b, key, SECOND, 4), 0);
	buckets_free(b);
}

/* Of too many keys in one set the one that is full soonest is forgotten. */
static void
test_bounded(void **state)
{
	enum { SETS = 8192, WAYS = 7 };
	struct buckets *b = buckets_new();

	(void)state;
	for (uint64_t i = 1; i <= WAYS; i++)
		assert_int_equal(take(b, i * SETS, SECOND + i, 3), 3);
	assert_int_equal(take(b, 100 * SETS, SECOND + 10, 3), 3);
	for (uint64_t i = 2; i <= WAYS; i++)
		assert_int_equal(take(b, i * SETS, SECOND + 10, 3), 0);
	assert_int_equal(take(b, 1 * SETS, SECOND + 10, 3), 3);
	buckets_free(b);
}

/* A crowd of keys, from all over the table, harms nobody's memory. */
static void
test_flood(void **state)
{
	struct buckets *b = buckets_new();
	uint64_t key = 88172645463325252u;

	(void)state;
	for (int i = 0; i < 500000; i++) {
		key ^= key << 13, key ^= key >> 7, key ^= key << 17;
		assert_int_equal(buckets_take(b, key, &ten, SECOND), 0);
	}
	buckets_free(b);
	buckets_free(NULL);
}

enum { THREADS = 4, KEYS = 3, TAKES = 300000, TOKENS = 200000 };

struct taker {
	pthread_t thread;
	pthread_barrier_t *start;
	struct buckets *b;
	int got[KEYS];
};

static void *
take_all(void *arg)
{
	static const struct bucket_size size = { .interval_us = 1, .tokens = TOKENS };
	struct taker *t = arg;

	for (int key = 0; key < KEYS; key++) {
		pthread_barrier_wait(t->start);
		for (int i = 0; i < TAKES; i++)
			t->got[key] += buckets_take(t->b, (uint64_t)key + 1, &size, SECOND) == 0;
	}
	return NULL;
}

/* Several threads, which see every key for the first time together, get each token once. */
static void
test_threads(void **state)
{
	static struct taker takers[THREADS];
	struct buckets *b = buckets_new();
	pthread_barrier_t start;

	(void)state;
	assert_int_equal(pthread_barrier_init(&start, NULL, THREADS), 0);
	for (int i = 0; i < THREADS; i++) {
		takers[i].b = b;
		takers[i].start = &start;
		assert_int_equal(pthread_create(&takers[i].thread, NULL, take_all, &takers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(takers[i].thread, NULL);
	for (int key = 0; key < KEYS; key++) {
		int sum = 0;

		for (int i = 0; i < THREADS; i++)
			sum += takers[i].got[key];
		assert_int_equal(sum, TOKENS);
	}
	pthread_barrier_destroy(&start);
	buckets_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tokens_come_back),
		cmocka_unit_test(test_a_minute_of_asking),
		cmocka_unit_test(test_keys_do_not_meet),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
