/* Connections of one address: exact counts, entries that are used again, memory of a fixed size. */
#include "config.h"

#include "server/per_ip.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "check.h"

static int allocations_left = -1;

void *__real_calloc(size_t, size_t);
void *__wrap_calloc(size_t, size_t);

void *
__wrap_calloc(size_t count, size_t size)
{
	if (allocations_left == 0) {
		errno = ENOMEM;
		return NULL;
	}
	allocations_left -= allocations_left > 0;
	return __real_calloc(count, size);
}

static struct ip
ip(const char *text)
{
	struct ip ip;

	assert_true(ip_parse(&ip, slice_of(text)));
	return ip;
}

static struct ip
numbered(unsigned n)
{
	struct ip ip = { .family = IP_V4,
			 .bytes = { 10, (unsigned char)(n >> 16), (unsigned char)(n >> 8),
				    (unsigned char)n } };

	return ip;
}

static void
test_limit(void **state)
{
	struct per_ip *p = per_ip_new(2, 10);
	struct per_ip_entry *e[3], *other;
	struct ip a = ip("192.0.2.1"), b = ip("192.0.2.2");

	(void)state;
	assert_true(per_ip_take(p, &a, &e[0]));
	assert_true(per_ip_take(p, &a, &e[1]));
	assert_ptr_equal(e[0], e[1]);
	assert_false(per_ip_take(p, &a, &e[2]));
	assert_null(e[2]);
	assert_true(per_ip_take(p, &b, &other));
	assert_ptr_not_equal(e[0], other);
	per_ip_give(e[0]);
	assert_true(per_ip_take(p, &a, &e[0]));
	assert_false(per_ip_take(p, &a, &e[2]));
	per_ip_give(NULL);
	per_ip_free(p);
	per_ip_free(NULL);
}

static void
test_who_is_one(void **state)
{
	struct per_ip *p = per_ip_new(1, 10);
	struct per_ip_entry *e;
	struct ip none = { .family = IP_NONE }, a = ip("2001:db8:1:2::1"),
		  b = ip("2001:db8:1:2:f::1"), c = ip("2001:db8:1:3::1");

	(void)state;
	assert_true(per_ip_take(p, &a, &e));
	assert_false(per_ip_take(p, &b, &e));
	assert_true(per_ip_take(p, &c, &e));
	for (int i = 0; i < 5; i++) {
		assert_true(per_ip_take(p, &none, &e));
		assert_null(e);
	}
	per_ip_free(p);
}

/* Hundred times as many addresses as there is room for, ten at a time. */
static void
test_used_again(void **state)
{
	enum { ROOM = 10 };
	struct per_ip *p = per_ip_new(1, ROOM);
	struct per_ip_entry *held[ROOM] = { 0 }, *refused;

	(void)state;
	for (unsigned n = 0; n < 100 * ROOM; n++) {
		struct ip a = numbered(n);

		per_ip_give(held[n % ROOM]);
		assert_true(per_ip_take(p, &a, &held[n % ROOM]));
		assert_non_null(held[n % ROOM]);
		assert_false(per_ip_take(p, &a, &refused));
	}
	per_ip_free(p);
}

/* What there is no room for is let in, and not counted. */
static void
test_no_room(void **state)
{
	struct per_ip *p = per_ip_new(1, 2);
	struct per_ip_entry *e;

	(void)state;
	for (unsigned n = 0; n < 4; n++) {
		struct ip a = numbered(n);

		assert_true(per_ip_take(p, &a, &e));
		assert_non_null(e);
	}
	for (unsigned n = 4; n < 8; n++) {
		struct ip a = numbered(n);

		assert_true(per_ip_take(p, &a, &e));
		assert_null(e);
	}
	per_ip_free(p);
}

static void
test_no_memory(void **state)
{
	(void)state;
	for (allocations_left = 0; allocations_left < 2;) {
		int left = allocations_left;

		assert_null(per_ip_new(1, 10));
		allocations_left = left + 1;
	}
	allocations_left = -1;
}

enum { TAKES = 100000, PASSED = 64 };

struct line {
	_Atomic(struct per_ip_entry *) slot[PASSED];
};

/* Gives back what it finds, as workers do. */
static void *
give_all(void *arg)
{
	struct line *line = arg;

	for (int given = 0; given < TAKES;)
		for (int i = 0; i < PASSED; i++) {
			struct per_ip_entry *e = atomic_exchange(&line->slot[i], NULL);

			per_ip_give(e);
			given += e != NULL;
		}
	return NULL;
}

static void
test_two_threads(void **state)
{
	static struct line line;
	struct per_ip *p = per_ip_new(PASSED, PASSED);
	struct per_ip_entry *e;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, give_all, &line), 0);
	for (unsigned n = 0; n < TAKES;) {
		struct ip a = numbered(n / 3);

		if (atomic_load(&line.slot[n % PASSED]))
			continue;
		assert_true(per_ip_take(p, &a, &e));
		assert_non_null(e);
		atomic_store(&line.slot[n++ % PASSED], e);
	}
	pthread_join(thread, NULL);
	for (int i = 0; i < PASSED; i++) { /* all that was taken has been given back */
		struct ip a = numbered(TAKES / 3);

		assert_true(per_ip_take(p, &a, &e));
	}
	per_ip_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit),	   cmocka_unit_test(test_who_is_one),
		cmocka_unit_test(test_used_again), cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_no_memory),  cmocka_unit_test(test_two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
