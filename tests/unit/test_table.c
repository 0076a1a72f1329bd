/* Hash tables: many keys, equal ones, folded ones, and memory that runs out (--wrap=calloc). */
#include "config.h"

#include "base/table.h"

#include <errno.h>

#include "base/hash.h"
#include "check.h"

static bool out_of_memory;

void *__real_calloc(size_t, size_t);
void *__wrap_calloc(size_t, size_t);

void *
__wrap_calloc(size_t count, size_t size)
{
	if (out_of_memory) {
		errno = ENOMEM;
		return NULL;
	}
	return __real_calloc(count, size);
}

static void
test_empty(void **state)
{
	struct table t;

	(void)state;
	table_init(&t, false);
	assert_null(table_get(&t, SLICE("a")));
	assert_null(table_get(&t, SLICE_NONE));
	table_fini(&t);
	table_fini(&t);
}

static void
test_many(void **state)
{
	static char keys[5000][8];
	struct table t;

	(void)state;
	table_init(&t, false);
	for (size_t i = 0; i < COUNT(keys); i++) {
		snprintf(keys[i], sizeof keys[i], "%zu", i);
		assert_true(table_put(&t, slice_of(keys[i]), keys[i]));
	}
	assert_int_equal(t.count, COUNT(keys));
	for (size_t i = 0; i < COUNT(keys); i++)
		assert_ptr_equal(table_get(&t, slice_of(keys[i])), keys[i]);
	assert_null(table_get(&t, SLICE("5000")));
	assert_null(table_get(&t, SLICE("")));
	assert_null(table_get(&t, SLICE("00")));
	table_fini(&t);
}

static void
test_replacing(void **state)
{
	struct table t;
	int a, b;

	(void)state;
	table_init(&t, false);
	assert_true(table_put(&t, SLICE("k"), &a));
	assert_true(table_put(&t, SLICE("k"), &b));
	assert_int_equal(t.count, 1);
	assert_ptr_equal(table_get(&t, SLICE("k")), &b);
	assert_true(table_put(&t, SLICE(""), &a));
	assert_ptr_equal(table_get(&t, SLICE_NONE), &a);
	table_fini(&t);
}

static void
test_case(void **state)
{
	struct table folded, exact;
	int a, b;

	(void)state;
	table_init(&folded, true);
	table_init(&exact, false);
	assert_true(table_put(&folded, SLICE("Example.ORG"), &a));
	assert_ptr_equal(table_get(&folded, SLICE("eXAMPLE.org")), &a);
	assert_null(table_get(&folded, SLICE("example-org")));
	assert_true(table_put(&folded, SLICE("EXAMPLE.org"), &b));
	assert_int_equal(folded.count, 1);
	assert_true(table_put(&exact, SLICE("Example.ORG"), &a));
	assert_null(table_get(&exact, SLICE("eXAMPLE.org")));
	table_fini(&folded);
	table_fini(&exact);
}

/* Whatever fails, what was in it stays. */
static void
test_out_of_memory(void **state)
{
	static char keys[20][8];
	struct table t;
	size_t count = 0;

	(void)state;
	table_init(&t, false);
	out_of_memory = true;
	assert_false(table_put(&t, SLICE("a"), &t));
	assert_int_equal(t.count, 0);
	assert_null(table_get(&t, SLICE("a")));
	out_of_memory = false;
	for (; count < COUNT(keys); count++) {
		snprintf(keys[count], sizeof keys[count], "%zu", count);
		out_of_memory = count > 0;	/* the first allocates */
		if (!table_put(&t, slice_of(keys[count]), keys[count]))
			break;
	}
	out_of_memory = false;
	assert_int_equal(errno, ENOMEM);
	assert_true(count > 0 && count < COUNT(keys));
	assert_int_equal(t.count, count);
	for (size_t i = 0; i < COUNT(keys); i++)
		assert_ptr_equal(table_get(&t, slice_of(keys[i])), i < count ? keys[i] : NULL);
	table_fini(&t);
}

/* With another hash key all is found just the same. */
static void
test_seeded(void **state)
{
	hash_seed();
	test_many(state);
	test_case(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_replacing),
		cmocka_unit_test(test_case),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_seeded),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
