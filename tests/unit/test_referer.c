/* Which sites may lead here. */
#include "config.h"

#include "content/referer.h"

#include "load.h"
#include "site.h"

static struct site_under_test t;

static void
check(const char *referer, bool allowed)
{
	char line[256];

	snprintf(line, sizeof line, "Referer: %s\r\n", referer ? referer : "");
	site_route(&t, "GET /", referer ? line : NULL);
	if (allowed == (t.x.route.handler == HANDLER_ERROR))
		fail_msg("%s: %u", referer ? referer : "(none)", t.x.route.status);
	if (!allowed && (t.x.route.status != 403 || t.x.route.reason_at.line != 3))
		fail_msg("%s: %u, line %u", line, t.x.route.status, t.x.route.reason_at.line);
}

static void
test_names(void **state)
{
	static const char *const good[] = {
		"http://example.org/",	      "https://example.org/a/b?c", "http://EXAMPLE.org",
		"https://example.org:8443/x", "https://example.org?x",	   "https://example.org./",
		"http://a.example.net/",      "http://a.b.Example.NET/",   "http://[2001:db8::1]/",
	};
	static const char *const bad[] = {
		"http://example.com/",
		"http://example.org.evil.test/",
		"http://xexample.org/",
		"http://example.net/",
		"http://xexample.net/",
		"http://evil.test/http://example.org/",
		"http://evil.test?http://example.org/",
		"http://evil.test#example.org",
		"http://example.org@evil.test/",
		"http://evil.test@example.org/",
		"http://none/",
		"ftp://example.org/",
		"//example.org/",
		"example.org",
		"/x",
		"about:blank",
		"http://",
		"http:///",
		"none",
	};

	(void)state;
	scratch_init(&t.scratch);
	site_init(&t, "[server]\nroot = @\n"
		      "referers = example.org *.example.net [2001:DB8:0::1]\nreferers = none\n"
		      "[location l]\npath = /l\nreferers = example.com\n"
		      "[location o]\npath = /o\nreferers = off\n");
	for (size_t i = 0; i < COUNT(good); i++)
		check(good[i], true);
	for (size_t i = 0; i < COUNT(bad); i++)
		check(bad[i], false);
	check(NULL, true);
	check("", true);
	site_route(&t, "GET /l", "Referer: http://example.org/\r\n");
	assert_int_equal(t.x.route.status, 403);
	site_route(&t, "GET /l", NULL); /* the nearer list says nothing of none */
	assert_int_equal(t.x.route.status, 403);
	site_route(&t, "GET /o", "Referer: http://example.com/\r\n");
	assert_int_equal(t.x.route.handler, HANDLER_STATIC);
	site_fini(&t);
	scratch_fini(&t.scratch);
}

static void
test_words(void **state)
{
	(void)state;
	check_refused_with("[server]\nroot = /\nreferers = http://example.org/\n", "has no port");
	check_refused_with("[server]\nroot = /\nreferers = example.org/x\n", "no host name");
	check_refused_with("[server]\nroot = /\nreferers = *\n", "leave the key out");
	check_refused_with("[server]\nroot = /\nreferers = a\nreferers = off\n",
			   "off stands alone");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_names),
					    cmocka_unit_test(test_words) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
