/*
 * What every response gets, and what comes when memory runs out: linked with --wrap=malloc and
 * --wrap=calloc, so that a test can let each allocation fail in its turn.
 */
#include "config.h"

#include "content/content.h"

#include "site.h"

static int allocations_left = -1; /* -1: as many as they like */

void *__real_malloc(size_t);
void *__wrap_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__wrap_calloc(size_t, size_t);

/* May this one be had?  Once one failed, all do. */
static bool
allow(void)
{
	if (allocations_left == 0) {
		errno = ENOMEM;
		return false;
	}
	allocations_left -= allocations_left > 0;
	return true;
}

void *
__wrap_malloc(size_t size)
{
	return allow() ? __real_malloc(size) : NULL;
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return allow() ? __real_calloc(count, size) : NULL;
}

static struct site_under_test t;

static int
begin(void **state)
{
	static char text[5000];

	(void)state;
	memset(text, 'x', sizeof text);
	scratch_init(&t.scratch);
	scratch_write(&t.scratch, "file.txt", slice_from(text, sizeof text));
	scratch_dir(&t.scratch, "dir");
	scratch_write(&t.scratch, "index.html", SLICE("index"));
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

static void
test_server_header(void **state)
{
	(void)state;
	site_init(&t, "[server]\nroot = @\n");
	assert_int_equal(site_ask(&t, "GET /", NULL), 200);
	check_slice("name", site_field(&t, "Server"), SLICE(PACKAGE_NAME));
	assert_int_equal(site_ask(&t, "GET /nothing", NULL), 404);
	check_slice("name", site_field(&t, "Server"), SLICE(PACKAGE_NAME));
	site_fini(&t);
	site_init(&t, "[server]\nroot = @\nserver_header = full\n");
	assert_int_equal(site_ask(&t, "GET /", NULL), 200);
	check_slice("full", site_field(&t, "Server"), SLICE(PACKAGE_NAME "/" PACKAGE_VERSION));
	site_fini(&t);
	site_init(&t, "[server]\nroot = @\nserver_header = off\n");
	assert_int_equal(site_ask(&t, "GET /", NULL), 200);
	assert_null(site_field(&t, "Server").p);
}

static size_t
count_fields(const char *name)
{
	size_t n = 0;

	const struct response_field *f;

	for (size_t i = 0; (f = response_field_at(&t.x.response, i)); i++)
		n += slice_equal_nocase(f->name, slice_of(name));
	return n;
}

static void
test_header_rules(void **state)
{
	(void)state;
	site_init(
		&t,
		"[server]\nroot = @\nheader = X-A: server\nheader = X-B: server\nheader = X-C: server\n"
		"[host a]\nroot = @\nheader = x-a: host\nheader = Link: <1>\n"
		"header = Link: <2>\nheader = -X-C\nheader = X-Content-Type-Options: own\n"
		"[location l]\npath = /dir\nheader = off\n"
		"[location f]\npath = /f\nreturn = 204\n");
	assert_int_equal(site_ask(&t, "GET /", NULL), 200);
	check_slice("nearer", site_field(&t, "X-A"), SLICE("host"));
	assert_int_equal(count_fields("X-A"), 1);
	check_slice("farther", site_field(&t, "X-B"), SLICE("server"));
	assert_int_equal(count_fields("Link"), 2);
	check_slice("first", site_field(&t, "Link"), SLICE("<1>"));
	assert_null(site_field(&t, "X-C").p);
	check_slice("replaced", site_field(&t, "X-Content-Type-Options"), SLICE("own"));
	assert_int_equal(count_fields("X-Content-Type-Options"), 1);
	assert_int_equal(site_ask(&t, "GET /dir", NULL), 301);
	assert_null(site_field(&t, "X-B").p);
	assert_int_equal(site_ask(&t, "GET /f", NULL), 204);
	check_slice("204", site_field(&t, "X-B"), SLICE("server"));
	assert_int_equal(site_ask(&t, "GET /", "If-None-Match: *\r\n"), 304);
	check_slice("304", site_field(&t, "X-B"), SLICE("server"));
	assert_int_equal(site_ask(&t, "GET /nothing", NULL), 404); /* not on errors */
	assert_null(site_field(&t, "X-B").p);
}

static void
test_header_always(void **state)
{
	(void)state;
	site_init(&t,
		  "[server]\nroot = @\nheader_always = X-A: server\nheader_always = X-B: server\n"
		  "[host a]\nheader = X-A: host\n"
		  "[location f]\npath = /f\nreturn = 503\nheader_always = Retry-After: 3600\n"
		  "header = X-B: good\n");
	assert_int_equal(site_ask(&t, "GET /", NULL), 200);
	check_slice("nearer", site_field(&t, "X-A"), SLICE("host"));
	check_slice("farther", site_field(&t, "X-B"), SLICE("server"));
	assert_int_equal(site_ask(&t, "GET /nothing", NULL), 404);
	assert_null(site_field(&t, "X-A").p); /* replaced, by one that is not for errors */
	check_slice("on an error", site_field(&t, "X-B"), SLICE("server"));
	assert_int_equal(site_ask(&t, "GET /f", NULL), 503);
	check_slice("the server's own is replaced", site_field(&t, "Retry-After"), SLICE("3600"));
	assert_int_equal(count_fields("Retry-After"), 1);
	assert_null(site_field(&t, "X-B").p);
	assert_int_equal(site_ask(&t, "GET /%", NULL), 400);
	check_slice("before any location", site_field(&t, "X-B"), SLICE("server"));
}

/* tinyhttpd.ini(5): "A field that header or header_always speaks of, at whatever level, is left to
 * them." */
static void
test_security_headers(void **state)
{
	(void)state;
	site_init(&t, "[server]\nroot = @\nsecurity_headers = on\nheader = referrer-policy: own\n"
		      "[location d]\npath = /dir\nheader = -X-Frame-Options\n"
		      "[location f]\npath = /file.txt\nsecurity_headers = off\n");
	assert_int_equal(site_ask(&t, "GET /", NULL), 200);
	check_slice("preset", site_field(&t, "X-Frame-Options"), SLICE("SAMEORIGIN"));
	check_slice("preset", site_field(&t, "Cross-Origin-Opener-Policy"), SLICE("same-origin"));
	check_slice("preset", site_field(&t, "Permissions-Policy"),
		    SLICE("camera=(), geolocation=(), microphone=()"));
	check_slice("own", site_field(&t, "Referrer-Policy"), SLICE("own"));
	assert_int_equal(count_fields("Referrer-Policy"), 1);
	assert_int_equal(site_ask(&t, "GET /nothing", NULL), 404);
	check_slice("on an error", site_field(&t, "X-Frame-Options"), SLICE("SAMEORIGIN"));
	assert_null(site_field(&t, "Referrer-Policy").p);
	assert_int_equal(site_ask(&t, "GET /dir", NULL), 301);
	assert_null(site_field(&t, "X-Frame-Options").p);
	assert_int_equal(site_ask(&t, "GET /file.txt", NULL), 200);
	assert_null(site_field(&t, "X-Frame-Options").p);
}

static void
test_options(void **state)
{
	(void)state;
	site_init(&t, "[server]\nroot = @\n");
	assert_int_equal(site_ask(&t, "OPTIONS *", NULL), 204);
	check_slice("allow", site_field(&t, "Allow"), SLICE("GET, HEAD, OPTIONS"));
	assert_int_equal(t.x.response.body.kind, BODY_SOURCE_NONE);
	assert_int_equal(site_ask(&t, "OPTIONS /file.txt", NULL), 204);
}

/* A request that was never routed gets its error from the server alone. */
static void
test_fail(void **state)
{
	(void)state;
	site_init(&t, "[server]\nroot = @\nerror = 431 \"too much\"\n"
		      "[host a]\nroot = @\nerror = 413 \"too big for a\"\nerror = 431 \"never\"\n");
	exchange_reset(&t.x);
	content_fail(&t.x, 431, "the head is too large", true);
	assert_int_equal(t.x.response.status, 431);
	assert_true(t.x.response.close);
	check_slice("server", site_body(&t), SLICE("too much"));
	site_route(&t, "GET /file.txt", NULL);
	content_fail(&t.x, 413, "the body is too large", true);
	check_slice("host", site_body(&t), SLICE("too big for a"));
	check_slice("reason", slice_of(t.x.route.reason), SLICE("the body is too large"));
	content_respond(&t.x); /* anew: its page was changed while it was read */
	assert_int_equal(t.x.response.status, 413);
	exchange_reset(&t.x); /* which forgets the host */
	content_fail(&t.x, 413, NULL, false);
	assert_false(slice_equal(site_body(&t), SLICE("too big for a")));
}

/* Whichever allocation fails, there is a response to send, and nothing leaks. */
static void
test_out_of_memory(void **state)
{
	static const char *const lines[] = { "GET /file.txt", "GET /",	    "GET /dir",
					     "GET /nothing",  "DELETE /",   "OPTIONS *",
					     "GET /old",      "GET /fixed", "GET /own",
					     "GET /%" };
	int before;

	(void)state;
	site_init(&t, "[server]\nroot = @\nheader = X-A: b\nredirect = /old -> /new\n"
		      "[location f]\npath = /fixed\nreturn = 200 \"x\"\n"
		      "[location o]\npath = /own\nerror = 404 /file.txt\n");
	site_ask(&t, lines[0], NULL);
	exchange_reset(&t.x);
	before = scratch_count_fds();
	for (size_t i = 0; i < COUNT(lines); i++) {
		unsigned wanted, status = 0;

		wanted = site_ask(&t, lines[i], "Accept-Encoding: gzip\r\n");
		for (int n = 0; status != wanted; n++) {
			assert_true(n < 1000);
			exchange_reset(&t.x);
			arena_fini(&t.x.arena);
			arena_init(&t.x.arena, 64); /* so that there are many allocations */
			allocations_left = n;
			status = site_ask(&t, lines[i], "Accept-Encoding: gzip\r\n");
			allocations_left = -1;
			if (status != wanted && status != 503)
				fail_msg("%s with %d allocations: %u", lines[i], n, status);
			if (status == 503)
				assert_true(t.x.response.has_length);
			if (t.x.response.has_length && t.x.response.body.kind != BODY_SOURCE_NONE)
				assert_int_equal(site_body(&t).len, t.x.response.length);
		}
	}
	exchange_reset(&t.x);
	assert_int_equal(scratch_count_fds(), before);
}

/* A deflate state that cannot be had breaks the body off; the next one works. */
static void
test_gzip_out_of_memory(void **state)
{
	struct body_stream *s;
	char out[100];
	size_t len;

	(void)state;
	site_init(&t, "[server]\nroot = @\n");
	for (int n = 0; n < 2; n++) {
		assert_int_equal(site_ask(&t, "GET /file.txt", "Accept-Encoding: gzip\r\n"), 200);
		assert_int_equal(t.x.response.body.kind, BODY_SOURCE_STREAM);
		s = t.x.response.body.stream;
		allocations_left = n;
		assert_int_equal(s->fill(s, out, sizeof out, &len) == BODY_BROKEN, n == 0);
		allocations_left = -1;
	}
}

static void
test_store_out_of_memory(void **state)
{
	(void)state;
	site_init(&t, "[server]\nroot = @\n");
	for (int n = 0; n < 2; n++) {
		allocations_left = n;
		assert_null(store_new(t.config, NULL));
		assert_int_equal(errno, ENOMEM);
		allocations_left = -1;
	}
	store_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_server_header, begin, end),
		cmocka_unit_test_setup_teardown(test_header_rules, begin, end),
		cmocka_unit_test_setup_teardown(test_header_always, begin, end),
		cmocka_unit_test_setup_teardown(test_security_headers, begin, end),
		cmocka_unit_test_setup_teardown(test_options, begin, end),
		cmocka_unit_test_setup_teardown(test_fail, begin, end),
		cmocka_unit_test_setup_teardown(test_out_of_memory, begin, end),
		cmocka_unit_test_setup_teardown(test_gzip_out_of_memory, begin, end),
		cmocka_unit_test_setup_teardown(test_store_out_of_memory, begin, end),
	};

	return cmocka_run_group_tests_name("content", tests, NULL, NULL);
}
