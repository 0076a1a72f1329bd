/* Where redirects lead: captures, queries, and never to another host by accident. */
#include "config.h"

#include "content/redirect.h"

#include "site.h"

static struct site_under_test t;

static void
check(const char *line, unsigned status, const char *location)
{
	unsigned got = site_ask(&t, line, NULL);

	if (got != status)
		fail_msg("%s: %u, not %u", line, got, status);
	check_slice(line, site_field(&t, "Location"), slice_of(location));
	assert_true(t.x.response.has_length);
	assert_int_equal(site_body(&t).len, t.x.response.length);
}

static void
test_rules(void **state)
{
	(void)state;
	scratch_init(&t.scratch);
	site_init(&t, "[server]\nroot = @\n"
		      "redirect = /plain -> /to\n"
		      "redirect = /query -> /to?own=1 302\n"
		      "redirect = /abs/* -> https://example.org/$1 307\n"
		      "redirect = /one/*/two/* -> /$2/$1/$2 308\n"
		      "redirect = /all/** -> /$1 303\n"
		      "redirect = /dollar -> /a$b$\n");
	check("GET /plain", 301, "/to");
	check("GET /plain?a=b&c", 301, "/to?a=b&c");
	check("GET /plain?", 301, "/to?");
	check("GET /query?a=b", 302, "/to?own=1");
	check("GET /abs/x?y", 307, "https://example.org/x?y");
	check("GET /abs/", 307, "https://example.org/");
	check("GET /one/1/two/2", 308, "/2/1/2");
	check("GET /dollar", 301, "/a$b$");
	/* what was decoded is encoded again */
	check("GET /all/a%20b%3Fc%23d%25e%C3%A4", 303, "/a%20b%3Fc%23d%25e%C3%A4");
	check("GET /all/%5Cevil.example", 303, "/%5Cevil.example");
	check("GET /all/a%22%3Cb", 303, "/a%22%3Cb");
	site_fini(&t);
	scratch_fini(&t.scratch);
}

/* "//" at the front would be a host; browsers take "/\" for the same. */
static void
test_other_hosts(void **state)
{
	(void)state;
	scratch_init(&t.scratch);
	site_init(&t, "[server]\nroot = @\n"
		      "redirect = /in** -> /$1\n"
		      "redirect = /two/*/* -> /$1/$2\n");
	check("GET /in/evil.example/", 301, "/evil.example/");
	check("GET /in//evil.example/", 301, "/evil.example/");
	check("GET /in/%5Cevil.example/", 301, "/%5Cevil.example/");
	check("GET /in%5C/evil.example/", 301, "/%5C/evil.example/");
	check("GET /two//evil.example", 404, "");
	site_fini(&t);
	scratch_fini(&t.scratch);
}

static void
test_directories(void **state)
{
	(void)state;
	scratch_init(&t.scratch);
	scratch_dir(&t.scratch, "dir");
	scratch_dir(&t.scratch, "a b?");
	scratch_dir(&t.scratch, "evil.example");
	site_init(&t, "[server]\nroot = @\n[location l]\npath = /loc\nstrip = yes\n");
	check("GET /dir", 301, "/dir/");
	check("GET /dir?q=1", 301, "/dir/?q=1");
	check("HEAD /dir", 301, "/dir/");
	check("GET /a%20b%3F", 301, "/a%20b%3F/");
	check("GET //evil.example", 301, "/evil.example/");
	check("GET /./evil.example", 301, "/evil.example/");
	check("GET /loc", 301, "/loc/");
	check("GET /loc/dir", 301, "/loc/dir/");
	site_fini(&t);
	scratch_fini(&t.scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_other_hosts),
		cmocka_unit_test(test_directories),
	};

	return cmocka_run_group_tests_name("redirect", tests, NULL, NULL);
}
