/* Methods and sets of them. */
#include "config.h"

#include "http/method.h"

#include "check.h"
#include "guard.h"

static void
test_names(void **state)
{
	(void)state;
	for (enum method m = METHOD_UNKNOWN + 1; m < METHOD_COUNT; m++)
		assert_int_equal(method_parse(method_name(m)), m);
	check_slice("GET", method_name(METHOD_GET), SLICE("GET"));
	assert_int_equal(method_name(METHOD_UNKNOWN).len, 0);
}

static void
test_unknown(void **state)
{
	static const struct slice names[] = {
		SLICE(""), SLICE("get"), SLICE("Get"), SLICE("GE"), SLICE("GETT"), SLICE("BREW"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		assert_int_equal(method_parse(names[i]), METHOD_UNKNOWN);
}

static void
test_sets(void **state)
{
	char out[96];
	size_t len;

	(void)state;
	assert_int_equal(method_set_format(0, out, sizeof out), 0);
	len = method_set_format(METHOD_BIT(METHOD_HEAD), out, sizeof out);
	check_slice("one", slice_from(out, len), SLICE("HEAD"));
	len = method_set_format(METHOD_BIT(METHOD_OPTIONS) | METHOD_BIT(METHOD_HEAD) |
				METHOD_BIT(METHOD_GET), out, sizeof out);
	check_slice("three", slice_from(out, len), SLICE("GET, HEAD, OPTIONS"));
	len = method_set_format(~0u, out, sizeof out);
	check_slice("all", slice_from(out, len),
		    SLICE("GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH"));
}

/* Too little room: whole names, as many as fit. */
static void
test_little_room(void **state)
{
	const method_set set = METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD);
	struct guard guard;

	(void)state;
	guard_init(&guard, 16);
	assert_int_equal(method_set_format(set, guard_room(&guard, 9), 9), 9);
	assert_int_equal(method_set_format(set, guard_room(&guard, 8), 8), 3);
	assert_int_equal(method_set_format(set, guard_room(&guard, 2), 2), 0);
	guard_fini(&guard);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_little_room),
	};

	return cmocka_run_group_tests_name("method", tests, NULL, NULL);
}
