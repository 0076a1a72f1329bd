/* What is remembered: for its time, in bounded memory, by many threads. */
#include "config.h"

#include "base/memo.h"

#include <pthread.h>
#include <string.h>

#include "check.h"

static struct memo_key
key(uint64_t n)
{
	return (struct memo_key){ { n, 2, 3, 4, 5, n * 7 } };
}

static void
put(struct memo *m, uint64_t n, int64_t until_ms, int filling)
{
	unsigned char value[MEMO_VALUE_SIZE];
	struct memo_key k = key(n);

	memset(value, filling, sizeof value);
	memo_put(m, &k, until_ms, value);
}

/* The value's first byte, or -1. */
static int
get(struct memo *m, uint64_t n, int64_t now_ms)
{
	unsigned char value[MEMO_VALUE_SIZE] = { 0 };
	struct memo_key k = key(n);

	if (!memo_get(m, &k, now_ms, value))
		return -1;
	for (size_t i = 1; i < sizeof value; i++)
		assert_int_equal(value[i], value[0]);
	return value[0];
}

static void
test_remembers_until_its_time(void **state)
{
	struct memo *m = memo_new(64);

	(void)state;
	assert_int_equal(get(m, 1, 0), -1);
	put(m, 1, 1000, 11);
	assert_int_equal(get(m, 1, 999), 11);
	assert_int_equal(get(m, 1, 1000), -1);
	assert_int_equal(get(m, 2, 0), -1);
	put(m, 1, 2000, 12); /* anew */
	assert_int_equal(get(m, 1, 1999), 12);
	memo_free(m);
}

static void
test_every_word_counts(void **state)
{
	struct memo *m = memo_new(1);
	unsigned char value[MEMO_VALUE_SIZE] = { 1 };
	struct memo_key k = key(1);

	(void)state;
	memo_put(m, &k, 1000, value);
	for (int i = 0; i < 6; i++) {
		struct memo_key other = k;

		other.word[i] ^= 1ull << 63;
		assert_false(memo_get(m, &other, 0, value));
	}
	assert_true(memo_get(m, &k, 0, value));
	memo_free(m);
}

static void
test_bounded(void **state)
{
	struct memo *m = memo_new(1); /* four places */
	int known = 0;

	(void)state;
	for (uint64_t n = 1; n <= 4; n++)
		put(m, n, 1000 + (int64_t)n, (int)n);
	put(m, 5, 5000, 5);
	assert_int_equal(get(m, 1, 0), -1); /* it would have been forgotten first */
	for (uint64_t n = 2; n <= 5; n++)
		assert_int_equal(get(m, n, 0), (int)n);
	for (uint64_t n = 6; n <= 1000; n++)
		put(m, n, 10000, 1);
	for (uint64_t n = 1; n <= 1000; n++)
		known += get(m, n, 0) != -1;
	assert_int_equal(known, 4);
	memo_free(m);
}

static void *
hammer(void *arg)
{
	struct memo *m = arg;

	for (int i = 0; i < 20000; i++) {
		put(m, (uint64_t)(i % 16), 1000, i & 0xff);
		get(m, (uint64_t)(i % 13), 0); /* which looks that the value is one, whole */
	}
	return NULL;
}

static void
test_threads(void **state)
{
	struct memo *m = memo_new(2);
	pthread_t thread[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, hammer, m), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	memo_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_remembers_until_its_time),
		cmocka_unit_test(test_every_word_counts),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
