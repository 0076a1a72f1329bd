/* Which line of the configuration decides: host, redirect, location, method. */
#include "config.h"

#include "content/route.h"

#include "site.h"

static struct site_under_test t;

static void
begin(const char *ini)
{
	scratch_init(&t.scratch);
	site_init(&t, ini);
}

static void
end(void)
{
	site_fini(&t);
	scratch_fini(&t.scratch);
}

static void
check_error(const char *line, const char *lines, unsigned status)
{
	site_route(&t, line, lines);
	if (t.x.route.handler != HANDLER_ERROR || t.x.route.status != status)
		fail_msg("%s: handler %d, status %u, not %u", line, (int)t.x.route.handler,
			 t.x.route.status, status);
	assert_non_null(t.x.route.reason);
}

static void
check_handler(const char *line, const char *lines, enum handler wanted)
{
	site_route(&t, line, lines);
	if (t.x.route.handler != wanted)
		fail_msg("%s: handler %d (%u), not %d", line, (int)t.x.route.handler,
			 t.x.route.status, (int)wanted);
}

static void
check_allowed(const char *wanted)
{
	char text[96];

	check_slice("allowed", slice_from(text, method_set_format(t.x.route.allowed, text, 96)),
		    slice_of(wanted));
}

static void
test_hosts(void **state)
{
	(void)state;
	begin("[host one.example]\nroot = @\nnames = one.example *.one.example\n"
	      "[host two.example]\nroot = @\n");
	check_handler("GET /", "Host: one.example\r\n", HANDLER_STATIC);
	check_slice("label", t.x.route.site->label, SLICE("one.example"));
	check_handler("GET /", "Host: WWW.One.Example:8080\r\n", HANDLER_STATIC);
	check_slice("label", t.x.route.site->label, SLICE("one.example"));
	check_handler("GET /", "Host: two.example.\r\n", HANDLER_STATIC);
	check_slice("label", t.x.route.site->label, SLICE("two.example"));
	check_error("GET /", "Host: three.example\r\n", 421);
	/* the target's authority rules, Host is only looked at for its form */
	check_handler("GET http://two.example/", "Host: one.example\r\n", HANDLER_STATIC);
	check_slice("label", t.x.route.site->label, SLICE("two.example"));
	check_error("GET https://one.example/", "Host: one.example\r\n", 421);
	t.x.tls_site = t.x.config->sites;
	check_handler("GET https://one.example/", "Host: one.example\r\n", HANDLER_STATIC);
	check_error("GET https://two.example/", "Host: one.example\r\n", 421);
	end();
}

static void
test_no_host(void **state)
{
	static const char head[] = "GET / HTTP/1.0\r\n\r\n";
	const struct request_limits limits = { sizeof head, 100, COUNT(t.fields) };
	size_t consumed;
	unsigned status;

	(void)state;
	begin("[host one.example]\nroot = @\n[host two.example]\nroot = @\ndefault = yes\n");
	assert_int_equal(request_parse(&t.x.request, slice_of(head), &limits, t.fields, &consumed,
				       &status),
			 PARSE_OK);
	content_route(&t.x);
	assert_int_equal(t.x.route.handler, HANDLER_STATIC);
	check_slice("label", t.x.route.site->label, SLICE("two.example"));
	check_slice("name", t.x.route.host.name, SLICE_NONE);
	end();
}

static void
test_paths(void **state)
{
	static const struct {
		const char *line;
		unsigned status; /* 0 = the path */
		const char *path;
	} cases[] = {
		{ "GET /", 0, "/" },
		{ "GET /a/./b/../c?q", 0, "/a/c" },
		{ "GET //evil.example//x", 0, "/evil.example/x" },
		{ "GET /%41%20b", 0, "/A b" },
		{ "GET /../../etc/passwd", 0, "/etc/passwd" },
		{ "GET /a%2Fb", 404, NULL },
		{ "GET /a%00b", 400, NULL },
		{ "GET /a%0ab", 400, NULL },
		{ "GET /a%zzb", 400, NULL },
		{ "GET /a%5Cb", 0, "/a\\b" },
		{ "GET /a\\b", 400, NULL },
		{ "GET *", 400, NULL },
		{ "GET a", 400, NULL },
	};

	(void)state;
	begin("[server]\nroot = @\n");
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (cases[i].status != 0) {
			check_error(cases[i].line, NULL, cases[i].status);
			continue;
		}
		check_handler(cases[i].line, NULL, HANDLER_STATIC);
		check_slice(cases[i].line, t.x.route.path, slice_of(cases[i].path));
		check_slice(cases[i].line, t.x.route.lookup, t.x.route.path);
		assert_int_equal(t.x.route.path.p[t.x.route.path.len], '\0');
	}
	end();
}

static void
test_methods(void **state)
{
	(void)state;
	begin("[server]\nroot = @\n"
	      "[location fixed]\npath = /fixed\nreturn = 200 \"x\"\n"
	      "[location some]\npath = /some\nmethods = GET\n"
	      "[location post]\npath = /post\nreturn = 200 \"x\"\nmethods = POST\n");
	check_handler("HEAD /", NULL, HANDLER_STATIC);
	check_allowed("GET, HEAD, OPTIONS");
	check_handler("OPTIONS /", NULL, HANDLER_OPTIONS);
	check_allowed("GET, HEAD, OPTIONS");
	check_handler("OPTIONS *", NULL, HANDLER_OPTIONS);
	check_error("CONNECT a:80", NULL, 405);
	check_error("POST /", NULL, 405);
	check_allowed("GET, HEAD, OPTIONS");
	check_error("DELETE /", NULL, 405);
	check_error("TRACE /", NULL, 405);
	check_error("BREW /", NULL, 501);
	check_error("get /", NULL, 501);
	check_handler("POST /fixed", NULL, HANDLER_FIXED);
	check_error("PUT /fixed", NULL, 405);
	check_allowed("GET, HEAD, POST, OPTIONS");
	check_handler("HEAD /some", NULL, HANDLER_STATIC);
	check_error("OPTIONS /some", NULL, 405);
	check_allowed("GET, HEAD");
	check_handler("POST /post", NULL, HANDLER_FIXED);
	check_error("GET /post", NULL, 405);
	check_allowed("POST");
	end();
}

/* Hosts before the server, the first in the file, and before everything that is less. */
static void
test_redirects(void **state)
{
	(void)state;
	begin("[server]\nroot = @\n"
	      "redirect = /a -> /server-a\nredirect = /s -> /server-s\n"
	      "[host h]\nroot = @\n"
	      "redirect = /a -> /host-a\nredirect = /* -> /first/$1 302\nredirect = /b -> /second\n"
	      "[location l]\npath = /x/y\nredirect = /x/y/** -> /z/$1 308\n"
	      "[location o]\npath = /o\nredirect = /o/old -> /o/new\n"
	      "[host off]\nroot = @\nredirect = off\n");
	check_handler("GET /a", "Host: h\r\n", HANDLER_REDIRECT);
	check_slice("to", t.x.route.redirect->to, SLICE("/host-a"));
	assert_int_equal(t.x.route.redirect->status, 301);
	check_handler("GET /b", "Host: h\r\n", HANDLER_REDIRECT);
	check_slice("to", t.x.route.redirect->to, SLICE("/first/$1"));
	check_slice("capture", t.x.route.captures[0], SLICE("b"));
	check_handler("POST /b", "Host: h\r\n", HANDLER_REDIRECT); /* before methods */
	check_handler("GET /s", "Host: off\r\n", HANDLER_STATIC);
	check_handler("GET /x/y/1/2", "Host: h\r\n", HANDLER_REDIRECT);
	assert_int_equal(t.x.route.redirect->status, 308);
	check_slice("capture", t.x.route.captures[0], SLICE("1/2"));
	check_handler("GET /o/old", "Host: h\r\n", HANDLER_REDIRECT);
	check_handler("GET /o/older", "Host: h\r\n", HANDLER_STATIC);
	end();
}

/* tinyhttpd.ini(5): "a redirect ends, the first rewrite that matches is applied, and what stands
 * behind it sees the new path" */
static void
test_rewrites(void **state)
{
	static const struct {
		const char *line, *host, *path; /* path NULL = a redirect */
	} cases[] = {
		{ "GET /a", "Host: h\r\n", "/host-a" },
		{ "GET /s", "Host: h\r\n", "/server-s" },
		{ "GET /v/12/x/y.css?q", "Host: h\r\n", "/static/x/y.css" },
		{ "GET /once", "Host: h\r\n", "/twice" },   /* once: not on to /thrice */
		{ "GET /first", "Host: h\r\n", NULL },	    /* the redirect before it */
		{ "GET /second", "Host: h\r\n", NULL },	    /* the redirect behind sees /gone */
		{ "GET /third", "Host: h\r\n", "/before" }, /* the one before does not */
		{ "GET /up/./secret", "Host: h\r\n", "/x/secret" },
		{ "GET /dot./b", "Host: h\r\n", "/b" }, /* "/x/../b" is made normal */
		{ "GET /p%25/a%20b", "Host: h\r\n", "/q%/a b" },
		{ "GET /s", "Host: off\r\n", "/s" },
		{ "GET /r", "Host: off\r\n", NULL },
		{ "GET /s", "Host: unmoved\r\n", "/server-s" },
		{ "GET /r", "Host: unmoved\r\n", "/r" },
	};

	(void)state;
	begin("[server]\nroot = @\nrewrite = /a -> /server-a\nrewrite = /s -> /server-s\n"
	      "redirect = /r -> /server-r\n"
	      "[host h]\nrewrite = /a -> /host-a\nrewrite = /v/*/** -> /static/$2\n"
	      "rewrite = /once -> /twice\nrewrite = /twice -> /thrice\n"
	      "redirect = /first -> /x\nrewrite = /first -> /y\n"
	      "rewrite = /second -> /gone\nredirect = /gone -> /x\n"
	      "redirect = /before -> /x\nrewrite = /third -> /before\n"
	      "rewrite = /up/** -> /x/$1\nrewrite = /dot*/b -> /x/.$1/b\n"
	      "rewrite = /p*/* -> /q$1/$2\n"
	      "[host off]\nrewrite = off\n[host unmoved]\nredirect = off\n");
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *path = cases[i].path;

		check_handler(cases[i].line, cases[i].host,
			      path ? HANDLER_STATIC : HANDLER_REDIRECT);
		if (path) {
			check_slice(cases[i].line, t.x.route.path, slice_of(path));
			check_slice(cases[i].line, t.x.route.lookup, slice_of(path));
			assert_int_equal(t.x.route.path.p[t.x.route.path.len], '\0');
		}
	}
	end();
}

/* Everything behind it is that of the new path. */
static void
test_rewritten_locations(void **state)
{
	(void)state;
	begin("[server]\nroot = @\nrewrite = /a/** -> /b/$1\n[location a]\npath = /a\ncharset = a\n"
	      "[location b]\npath = /b\ncharset = b\nstrip = on\nredirect = /b/r -> /c\n");
	check_handler("GET /a/x", NULL, HANDLER_STATIC);
	check_slice("charset", t.x.route.scope->now.charset->text, SLICE("b"));
	check_slice("lookup", t.x.route.lookup, SLICE("/x"));
	check_slice("asked for", t.x.route.target.path, SLICE("/a/x"));
	check_handler("GET /a/r", NULL, HANDLER_REDIRECT);
	end();
}

static void
test_locations(void **state)
{
	(void)state;
	begin("[server]\nroot = @\ncharset = a\n"
	      "[location docs]\npath = /docs\ncharset = b\n"
	      "[location deep]\npath = /docs/deep/\ncharset = c\nstrip = yes\n"
	      "[location txt]\npath = *.txt\ncharset = d\n");
	check_handler("GET /docsx", NULL, HANDLER_STATIC);
	assert_null(t.x.route.match.prefix);
	check_slice("charset", t.x.route.scope->now.charset->text, SLICE("a"));
	check_handler("GET /docs", NULL, HANDLER_STATIC);
	check_slice("charset", t.x.route.scope->now.charset->text, SLICE("b"));
	check_slice("lookup", t.x.route.lookup, SLICE("/docs"));
	check_handler("GET /docs/deep/x", NULL, HANDLER_STATIC);
	check_slice("charset", t.x.route.scope->now.charset->text, SLICE("c"));
	check_slice("lookup", t.x.route.lookup, SLICE("/x"));
	check_handler("GET /docs/deep/x/y.txt", NULL, HANDLER_STATIC);
	check_slice("charset", t.x.route.scope->now.charset->text, SLICE("d"));
	check_slice("lookup", t.x.route.lookup, SLICE("/x/y.txt"));
	check_handler("GET /docs/deep/", NULL, HANDLER_STATIC);
	check_slice("lookup", t.x.route.lookup, SLICE("/"));
	check_handler("GET /docs/deep", NULL, HANDLER_STATIC);
	check_slice("lookup", t.x.route.lookup, SLICE_NONE);
	check_handler("GET /docs/../docs/deep/../../a.txt", NULL, HANDLER_STATIC);
	assert_null(t.x.route.match.prefix);
	check_slice("lookup", t.x.route.lookup, SLICE("/a.txt"));
	end();
}

/* A scope can be used whatever went wrong. */
static void
test_scope_of_errors(void **state)
{
	(void)state;
	begin("[server]\n[host one.example]\nroot = @\ndefault = no\n");
	check_error("GET /", "Host: other.example\r\n", 421);
	assert_null(t.x.route.site);
	assert_non_null(t.x.route.scope->now.body_size);
	check_error("GET /%", "Host: one.example\r\n", 400);
	assert_non_null(t.x.route.site);
	route_fail(&t.x.route, t.config, 431, "words");
	assert_int_equal(t.x.route.status, 431);
	assert_non_null(t.x.route.scope->now.body_size);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_no_host),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_redirects),
		cmocka_unit_test(test_rewrites),
		cmocka_unit_test(test_rewritten_locations),
		cmocka_unit_test(test_locations),
		cmocka_unit_test(test_scope_of_errors),
	};

	return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
