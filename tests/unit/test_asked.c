/* A URL becomes the request that a client would send. */
#include "config.h"

#include "command/asked.h"

#include "load.h"

static void
urls(void **state)
{
	static const struct {
		const char *url, *head; /* NULL = no URL */
	} cases[] = {
		{ "http://a.test/x?y#z", "GET /x?y HTTP/1.1\r\nHost: a.test\r\nX: 1\r\n\r\n" },
		{ "http://a.test", "GET / HTTP/1.1\r\nHost: a.test\r\nX: 1\r\n\r\n" },
		{ "https://[::1]:8443/", "GET / HTTP/1.1\r\nHost: [::1]:8443\r\nX: 1\r\n\r\n" },
		{ "/x", "GET /x HTTP/1.0\r\nX: 1\r\n\r\n" },
		{ "", NULL },
		{ "a.test/x", NULL },
		{ "http:///x", NULL },
		{ "ftp://a.test/", NULL },
	};
	static const char *const fields[] = { "X: 1" };
	struct arena arena;

	(void)state;
	arena_init(&arena, 256);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct asked a;

		assert_int_equal(asked_parse_url(&a, slice_of(cases[i].url)),
				 cases[i].head != NULL);
		a.fields = fields;
		a.field_count = COUNT(fields);
		if (cases[i].head)
			check_slice(cases[i].url, asked_write_head(&a, &arena),
				    slice_of(cases[i].head));
	}
	arena_fini(&arena);
}

static void
listeners(void **state)
{
	static const struct {
		const char *url;
		size_t listener;
	} cases[] = {
		{ "http://a.test/", 1 },      { "http://a.test:8080/", 0 },
		{ "http://b.test:8080/", 2 }, { "https://a.test/", 3 },
		{ "http://a.test:99/", 0 },   { "/x", 0 },
	};
	struct load l;
	const struct config *c =
		load_good(&l, "[server]\nroot = /\nlisten = 127.0.0.1:8080\nlisten = 80\n"
			      "listen = 127.0.0.2:8080\nlisten = 443\n"
			      "[host a.test]\n[host b.test]\non = 127.0.0.2:8080\n");

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct asked a;

		assert_true(asked_parse_url(&a, slice_of(cases[i].url)));
		if (asked_find_listener(&a, c) != cases[i].listener)
			fail_msg("%s comes in at %zu", cases[i].url, asked_find_listener(&a, c));
	}
	load_end(&l);
}

static void
limits(void **state)
{
	struct load l;
	const struct config *c = load_good(
		&l, "[server]\nroot = /\ntarget_size = 100\nhead_size = 1k\nhead_fields = 8\n");
	struct asked few = { .field_count = 7, .authority = SLICE("a") },
		     many = { .field_count = 8, .authority = SLICE("a") };

	(void)state;
	assert_int_equal(asked_find_limit(&few, c, 414).line, 3);
	assert_int_equal(asked_find_limit(&few, c, 431).line, 4);
	assert_int_equal(asked_find_limit(&many, c, 431).line, 5);
	assert_null(asked_find_limit(&many, c, 400).file);
	load_end(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls),
		cmocka_unit_test(listeners),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
