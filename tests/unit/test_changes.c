/* What one configuration says otherwise than another. */
#include "config.h"

#include "config/changes.h"

#include "load.h"

static void
check_changes(const char *before, const char *after, const char *wanted)
{
	struct load a, b;
	const struct config *old = load_good(&a, before), *new = load_good(&b, after);
	char *text = NULL;
	size_t len, lines = 0;
	FILE *out = open_memstream(&text, &len);
	unsigned count = config_changes(old, new, out);

	fclose(out);
	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	if (strcmp(text, wanted) != 0)
		fail_msg("got:\n%s\nwanted:\n%s", text, wanted);
	assert_int_equal(count, lines);
	free(text);
	load_end(&a);
	load_end(&b);
}

static void
sections_are_compared_host_by_host(void **state)
{
	(void)state;
	check_changes(
		"[server]\nlisten = 80\n[host a.test]\nroot = /a\n[host b.test]\nroot = /b\n"
		"[location x]\npath = /x\nlisting = on\n",
		"[server]\nlisten = 80\nlisten = 81\n[host a.test]\nroot = /a2\ncharset = off\n"
		"[host c.test]\nroot = /c\n",
		"server: changed: listen\n"
		"host a.test: changed: root charset\n"
		"host c.test: added\n"
		"host b.test: removed\n"
		"location x: removed\n"
		"file t.ini: changed\n");
}

static void
other_bytes_that_say_the_same_are_a_changed_file_only(void **state)
{
	(void)state;
	check_changes("[host a.test]\nroot = /a\n", "; a comment\n\n[host a.test]\n  root=/a\n",
		      "file t.ini: changed\n");
}

static void
nothing_is_nothing(void **state)
{
	(void)state;
	check_changes("[host a.test]\nroot = /a\n", "[host a.test]\nroot = /a\n", "");
}

static void
a_list_said_in_another_order_is_another_one(void **state)
{
	(void)state;
	check_changes("[server]\nredirect = /a -> /b\nredirect = /c -> /d\n",
		      "[server]\nredirect = /c -> /d\nredirect = /a -> /b\n",
		      "server: changed: redirect\nfile t.ini: changed\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_are_compared_host_by_host),
		cmocka_unit_test(other_bytes_that_say_the_same_are_a_changed_file_only),
		cmocka_unit_test(nothing_is_nothing),
		cmocka_unit_test(a_list_said_in_another_order_is_another_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
