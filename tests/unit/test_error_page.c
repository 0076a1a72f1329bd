/* Error pages and fixed pages: built in, in words, from a file, and when that is missing. */
#include "config.h"

#include "content/error_page.h"

#include "http/status.h"
#include "site.h"

static struct site_under_test t;

static int
begin(void **state)
{
	(void)state;
	scratch_init(&t.scratch);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	site_fini(&t);
	scratch_fini(&t.scratch);
	return 0;
}

static bool
contains(struct slice text, const char *words)
{
	return memmem(text.p, text.len, words, strlen(words)) != NULL;
}

static void
check_page(const char *line, unsigned status, const char *type, const char *words)
{
	unsigned got = site_ask(&t, line, NULL);
	struct slice body = site_body(&t);

	if (got != status)
		fail_msg("%s: %u, not %u", line, got, status);
	check_slice(line, site_field(&t, "Content-Type"), slice_of(type));
	check_slice(line, site_field(&t, "X-Content-Type-Options"), SLICE("nosniff"));
	assert_true(t.x.response.has_length);
	assert_int_equal(body.len, t.x.response.length);
	if (!contains(body, words))
		fail_msg("%s: \"%s\" without \"%s\"", line, check_show(body), words);
}

/* Every status: its number, its name and its words; no script, nothing from elsewhere. */
static void
test_builtin(void **state)
{
	(void)state;
	site_init(&t, "[server]\nroot = @\n");
	for (unsigned status = 400; status < 600; status++) {
		char number[16];
		struct slice body;

		if (!status_known(status))
			continue;
		exchange_reset(&t.x);
		content_fail(&t.x, status, "a reason for the log", true);
		assert_int_equal(t.x.response.status, status);
		assert_true(t.x.response.close);
		body = site_body(&t);
		snprintf(number, sizeof number, ">%u<", status);
		assert_true(contains(body, number));
		snprintf(number, sizeof number, "<title>%u", status);
		assert_true(contains(body, number));
		assert_true(status_words(status).len > 10);
		assert_true(
			memmem(body.p, body.len, status_words(status).p, status_words(status).len));
		assert_false(contains(body, "<script"));
		assert_false(contains(body, "://"));
		assert_true(contains(body, "color-scheme"));
		assert_true(body.len < 2500);
		assert_false(contains(body, "a reason"));
		assert_non_null(strstr(t.x.route.reason, "a reason"));
	}
}

static void
test_fields(void **state)
{
	(void)state;
	site_init(&t, "[server]\nroot = @\n");
	assert_int_equal(site_ask(&t, "DELETE /", NULL), 405);
	check_slice("allow", site_field(&t, "Allow"), SLICE("GET, HEAD, OPTIONS"));
	assert_int_equal(site_ask(&t, "BREW /", NULL), 501);
	assert_null(site_field(&t, "Allow").p);
	exchange_reset(&t.x);
	content_fail(&t.x, 503, NULL, true);
	assert_true(site_field(&t, "Retry-After").len > 0);
}

/* Exact before class, host before server, words and files. */
static void
test_own(void **state)
{
	(void)state;
	scratch_dir(&t.scratch, "errors");
	scratch_write(&t.scratch, "errors/404.html", SLICE("<p>gone fishing"));
	scratch_write(&t.scratch, ".hidden.html", SLICE("hidden"));
	site_init(&t, "[server]\nroot = @\nerror = 5xx \"server words\"\nerror = 4xx \"four\"\n"
		      "[host a]\nroot = @\nerror = 404 /errors/404.html\nerror = 405 \"not so\"\n"
		      "[location b]\npath = /b\nerror = 404 /errors/nothing.html\n"
		      "[location c]\npath = /c\nerror = 404 /.hidden.html\n"
		      "[location d]\npath = /d\nerror = 404 /errors/\n"
		      "[location e]\npath = /e\nerror = off\n");
	check_page("GET /x", 404, "text/html; charset=utf-8", "<p>gone fishing");
	assert_int_equal(t.x.response.body.kind, BODY_SOURCE_FILE);
	check_page("DELETE /x", 405, "text/plain; charset=utf-8", "not so");
	check_slice("allow", site_field(&t, "Allow"), SLICE("GET, HEAD, OPTIONS"));
	check_page("GET /%", 400, "text/plain; charset=utf-8", "four");
	check_page("BREW /", 501, "text/plain; charset=utf-8", "server words");
	/* a page that is missing, hidden, or a folder */
	check_page("GET /b/x", 404, "text/html; charset=utf-8", "<title>404");
	check_page("GET /c/x", 404, "text/html; charset=utf-8", "<title>404");
	check_page("GET /d/x", 404, "text/html; charset=utf-8", "<title>404");
	check_page("GET /e/x", 404, "text/html; charset=utf-8", "<title>404");
	/* validators belong to the page's own address, not to this one */
	assert_int_equal(site_ask(&t, "GET /x", "If-None-Match: *\r\n"), 404);
	assert_null(site_field(&t, "ETag").p);
	assert_null(site_field(&t, "Last-Modified").p);
}

/* An error page is not an errand: it is looked up once, without redirects. */
static void
test_no_loops(void **state)
{
	(void)state;
	scratch_write(&t.scratch, "404.html", SLICE("own"));
	site_init(&t, "[server]\nroot = @\nerror = 404 /missing.html\n"
		      "error = 403 /404.html\nredirect = /404.html -> /elsewhere\n");
	check_page("GET /x", 404, "text/html; charset=utf-8", "<title>404");
	check_page("GET /", 403, "text/html; charset=utf-8", "own");
	assert_null(site_field(&t, "Location").p);
}

static void
test_fixed(void **state)
{
	(void)state;
	site_init(&t, "[server]\nroot = @\nerror = 404 \"own\"\n"
		      "[location a]\npath = /a\nreturn = 200 \"hello\"\n"
		      "[location b]\npath = /b\nreturn = 201 application/json \"{}\"\n"
		      "[location c]\npath = /c\nreturn = 410\n"
		      "[location d]\npath = /d\nreturn = 204\n"
		      "[location e]\npath = /e\nreturn = 200 text/html \"\"\n");
	check_page("GET /a", 200, "text/plain; charset=utf-8", "hello");
	check_page("POST /a/b/c", 200, "text/plain; charset=utf-8", "hello");
	check_page("GET /b", 201, "application/json", "{}");
	check_page("GET /c", 410, "text/html; charset=utf-8", "<title>410");
	assert_int_equal(site_ask(&t, "GET /d", NULL), 204);
	assert_int_equal(t.x.response.body.kind, BODY_SOURCE_NONE);
	assert_null(site_field(&t, "Content-Type").p);
	check_page("GET /e", 200, "text/html; charset=utf-8", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_builtin, begin, end),
		cmocka_unit_test_setup_teardown(test_fields, begin, end),
		cmocka_unit_test_setup_teardown(test_own, begin, end),
		cmocka_unit_test_setup_teardown(test_no_loops, begin, end),
		cmocka_unit_test_setup_teardown(test_fixed, begin, end),
	};

	return cmocka_run_group_tests_name("error_page", tests, NULL, NULL);
}
