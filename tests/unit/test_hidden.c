/* Names that are never served. */
#include "config.h"

#include "content/hidden.h"

#include "check.h"
#include "guard.h"

static const struct {
	const char *path;
	bool hidden;
} paths[] = {
	{ "", false },
	{ "index.html", false },
	{ "a/b/c.txt", false },
	{ "a/", false },
	{ "a.b/c.d", false },
	{ ".htaccess", true },
	{ ".git/config", true },
	{ "a/.git/config", true },
	{ "a/.hidden", true },
	{ "a/.hidden/", true },
	{ "...", true },
	{ ".well-known/acme-challenge/x", false },
	{ ".well-known", false },
	{ "a/.well-known/b", false },
	{ ".well-known/.secret", true },
	{ ".well-known2/x", true },
	{ ".Well-Known/x", true },
	{ "page.html~", true },
	{ "~", true },
	{ "~user/page", false },
	{ "a~/b", true },
	{ "page.html.bak", true },
	{ "bak", false },
	{ ".page.swp", true },
	{ "page.swp", true },
	{ "page.swo", true },
	{ "page.swp.txt", false },
	{ "#page#", true },
	{ "##", true },
	{ "#", false },
	{ "#page", false },
	{ "a/#page#/b", true },
};

static void
test_paths(void **state)
{
	struct guard g;

	(void)state;
	guard_init(&g, 256);
	for (size_t i = 0; i < COUNT(paths); i++)
		if (hidden_path(guard_place(&g, slice_of(paths[i].path))) != paths[i].hidden)
			fail_msg("%s: %s", paths[i].path, paths[i].hidden ? "served" : "hidden");
	guard_fini(&g);
}

static void
test_names(void **state)
{
	(void)state;
	assert_true(hidden_name(SLICE(".git")));
	assert_false(hidden_name(SLICE("git")));
	assert_false(hidden_name(SLICE_NONE));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("hidden", tests, NULL, NULL);
}
