/* The order of a listing, and the bounds of the memory it takes. */
#include "config.h"

#include "content/folder_order.h"

#include "check.h"

static void
add(struct folder_order *o, const char *name, bool directory, uint64_t size, int64_t time)
{
	struct folder_entry e = { slice_of(name), directory, size, time };

	assert_true(folder_order_add(o, &e));
}

/* The names in the order they come, with blanks between them. */
static const char *
order_of(enum folder_key key, bool descending)
{
	struct folder_budget budget = { 0 };
	struct folder_order *o = folder_order_new(&budget, (struct folder_sort){ key, descending });
	static char text[256];
	struct folder_entry e;
	size_t n = 0;

	assert_non_null(o);
	add(o, "c10", false, 5, 30);
	add(o, "c9", false, 7, 20);
	add(o, "src", true, 0, 1);
	add(o, "B", false, 5, 10);
	add(o, "a", false, 1, 20);
	add(o, "Doc", true, 0, 99);
	while (folder_order_take(o, &e))
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s", n > 0 ? " " : "",
				      SLICE_FMT(e.name));
	assert_true(budget.used > 0);
	folder_order_free(o);
	assert_int_equal(budget.used, 0);
	return text;
}

static void
test_order(void **state)
{
	(void)state;
	assert_string_equal(order_of(FOLDER_BY_NAME, false), "Doc src a B c9 c10");
	assert_string_equal(order_of(FOLDER_BY_NAME, true), "src Doc c10 c9 B a");
	assert_string_equal(order_of(FOLDER_BY_SIZE, false), "Doc src a B c10 c9");
	assert_string_equal(order_of(FOLDER_BY_SIZE, true), "Doc src c9 B c10 a");
	assert_string_equal(order_of(FOLDER_BY_TIME, false), "src Doc B a c9 c10");
	assert_string_equal(order_of(FOLDER_BY_TIME, true), "Doc src c10 a c9 B");
}

/* Each is before all that follow it, and equal to itself only. */
static void
test_names(void **state)
{
	static const struct slice names[] = {
		SLICE(""),
		SLICE("!"),
		SLICE("0"),
		SLICE("00"),
		SLICE("00a"),
		SLICE("0a"),
		SLICE("0B"),
		SLICE("1"),
		SLICE("2"),
		SLICE("10"),
		SLICE("18446744073709551617"),
		SLICE("A"),
		SLICE("a"),
		SLICE("a1"),
		SLICE("A2"),
		SLICE("a02b"),
		SLICE("a2c"),
		SLICE("a10"),
		SLICE("ab"),
		SLICE("B"),
		SLICE("~"),
		SLICE("\xC3\xA9"),
		SLICE("\xFF"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		for (size_t n = 0; n < COUNT(names); n++) {
			int result = folder_compare_names(names[i], names[n]);

			if ((result < 0) != (i < n) || (result == 0) != (i == n))
				fail_msg("%s and %s: %d", check_show(names[i]),
					 check_show(names[n]), result);
		}
}

static void
test_many(void **state)
{
	struct folder_budget budget = { 0 };
	struct folder_order *o = folder_order_new(&budget, (struct folder_sort){ 0 });
	struct folder_entry e = { SLICE_NONE, false, 0, 0 }, before = { 0 };
	char name[16];
	size_t n = 0;

	(void)state;
	for (int i = 0; i < FOLDER_ORDER_MOST; i++) {
		sprintf(name, "%d", (int)(i * 7919ll % FOLDER_ORDER_MOST));
		e.name = slice_of(name);
		assert_true(folder_order_add(o, &e));
	}
	assert_false(folder_order_add(o, &e));
	for (; folder_order_take(o, &e); n++) {
		assert_true(n == 0 || folder_compare_names(before.name, e.name) < 0);
		before = e;
	}
	assert_int_equal(n, FOLDER_ORDER_MOST);
	folder_order_free(o);
	folder_order_free(NULL);
}

/* All folders together: the last one gets no room, and has it when another is gone. */
static void
test_budget(void **state)
{
	struct folder_budget budget = { .used = FOLDER_BUDGET_MOST - 20000 };
	struct folder_order *a = folder_order_new(&budget, (struct folder_sort){ 0 });
	struct folder_order *b = folder_order_new(&budget, (struct folder_sort){ 0 });
	struct folder_entry e = { SLICE("some-name"), false, 0, 0 };
	size_t taken = 0;

	(void)state;
	while (folder_order_add(a, &e))
		taken++;
	assert_in_range(taken, 64, 2000);
	assert_true(budget.used <= FOLDER_BUDGET_MOST);
	while (folder_order_add(b, &e)) /* scraps */
		;
	folder_order_free(a);
	assert_true(folder_order_add(b, &e));
	folder_order_free(b);
	assert_int_equal(budget.used, FOLDER_BUDGET_MOST - 20000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_budget),
	};

	return cmocka_run_group_tests_name("folder_order", tests, NULL, NULL);
}
