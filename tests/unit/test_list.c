/* Rings: order, removal, and moving all at once. */
#include "config.h"

#include "base/list.h"

#include "check.h"

struct item {
	int number;
	struct link link;
};

/* The numbers from first to last, as digits; the links are checked in both directions. */
static void
check_list(struct link *list, const char *wanted)
{
	char got[16];
	size_t n = 0;

	for (struct link *l = list->next; l != list; l = l->next) {
		assert_ptr_equal(l->next->prev, l);
		assert_ptr_equal(l->prev->next, l);
		got[n++] = (char)('0' + LIST_OWNER(l, struct item, link)->number);
	}
	got[n] = '\0';
	assert_string_equal(got, wanted);
	assert_int_equal(list_empty(list), n == 0);
}

static void
make(struct link *list, struct item *items, int count)
{
	list_init(list);
	for (int i = 0; i < count; i++) {
		items[i].number = i;
		list_append(list, &items[i].link);
	}
}

static void
test_order(void **state)
{
	struct item items[3];
	struct link list;

	(void)state;
	list_init(&list);
	check_list(&list, "");
	assert_null(list_first(&list));
	make(&list, items, 3);
	check_list(&list, "012");
	assert_ptr_equal(list_first(&list), &items[0].link);
}

static void
test_removal(void **state)
{
	struct item items[4];
	struct link list;

	(void)state;
	make(&list, items, 4);
	list_remove(&items[1].link);
	check_list(&list, "023");
	list_remove(&items[1].link);	/* twice does no harm */
	check_list(&list, "023");
	list_remove(&items[0].link);
	list_remove(&items[3].link);
	check_list(&list, "2");
	list_append(&list, &items[0].link);
	check_list(&list, "20");
	list_remove(&items[2].link);
	list_remove(&items[0].link);
	check_list(&list, "");
}

static void
test_moving_all(void **state)
{
	struct item items[3];
	struct link from, to;

	(void)state;
	make(&from, items, 3);
	list_move_all(&to, &from);
	check_list(&to, "012");
	check_list(&from, "");
	list_move_all(&from, &to);
	list_remove(&items[1].link);
	list_remove(&items[2].link);
	list_move_all(&to, &from);
	check_list(&to, "0");
	list_remove(&items[0].link);
	list_move_all(&from, &to);
	check_list(&from, "");
	check_list(&to, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_removal),
		cmocka_unit_test(test_moving_all),
	};

	return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
