/* clean_urls: which file a path means, and which path is the better one. */
#include "config.h"

#include "content/clean_url.h"

#include "site.h"

static struct site_under_test t;

static void
begin(const char *ini)
{
	scratch_init(&t.scratch);
	scratch_dir(&t.scratch, "dir");
	scratch_dir(&t.scratch, "both");
	scratch_write(&t.scratch, "index.html", SLICE("root"));
	scratch_write(&t.scratch, "about.html", SLICE("about"));
	scratch_write(&t.scratch, "both.html", SLICE("both"));
	scratch_write(&t.scratch, "dir/page.html", SLICE("page"));
	scratch_write(&t.scratch, "dir/.html", SLICE("hidden"));
	site_init(&t, ini);
}

static void
end(void)
{
	site_fini(&t);
	scratch_fini(&t.scratch);
}

static void
check(const char *line, unsigned status, const char *location, bool decided)
{
	unsigned got = site_ask(&t, line, NULL);

	if (got != status)
		fail_msg("%s: %u, not %u", line, got, status);
	check_slice(line, site_field(&t, "Location"), slice_of(location));
	if ((t.x.look.clean != NULL) != decided)
		fail_msg("%s: clean_urls %s", line, decided ? "did not decide" : "decided");
}

static void
on(void **state)
{
	(void)state;
	begin("[server]\nroot = @\nclean_urls = on\nrewrite = /r -> /about.html\n"
	      "[location listed]\npath = /dir\nlisting = on\n"
	      "[location open]\npath = /dir/.html\nhidden = on\n");
	check("GET /about", 200, "", true);
	check("GET /about.html?x", 301, "/about?x", true);
	check("GET /both.html", 200, "", false);
	check("GET /index.html", 301, "/", true);
	check("GET /index", 301, "/", true);
	check("GET /", 200, "", false);
	check("GET /r", 200, "", false);
	check("GET /dir/page.html", 301, "/dir/page", true);
	assert_false(t.x.look.no_index);	 /* nobody asked for the folder */
	check("GET /dir/.html", 200, "", false); /* no name would be left */
	check("GET /none.html", 404, "", false);
	end();
}

static void
off(void **state)
{
	(void)state;
	begin("[server]\nroot = @\n");
	check("GET /about", 404, "", false);
	check("GET /about.html", 200, "", false);
	check("GET /index.html", 200, "", false);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on),
		cmocka_unit_test(off),
	};

	return cmocka_run_group_tests_name("clean_url", tests, NULL, NULL);
}
