/* Response heads as HTTP/1 writes them: each byte, and buffers that are too small. */
#include "config.h"

#include "server/http1_head.h"

#include "check.h"
#include "guard.h"

static struct response_field fields[] = {
	{ { "Server", 6 }, { "tinyhttpd", 9 }, { 0 } },
	{ { "X-Empty", 7 }, { "", 0 }, { 0 } },
};

/* Formats into room that ends at an unreadable page, and into every smaller one. */
static void
check_head(const struct http1_head *head, const char *wanted)
{
	size_t len = strlen(wanted);
	struct guard g;

	guard_init(&g, 4096);
	for (size_t cap = 0; cap <= len; cap++) {
		char *out = guard_room(&g, cap);
		size_t n = http1_head_format(head, out, cap);

		if (cap < len)
			assert_int_equal(n, 0);
		else
			check_slice("head", slice_from(out, n), slice_of(wanted));
	}
	guard_fini(&g);
}

static void
test_framing(void **state)
{
	struct response r = { .status = 200, .fields = fields, .count = 2, .has_length = true };
	struct http1_head h = { .response = &r, .date = SLICE("today") };

	(void)state;
	check_head(&h, "HTTP/1.1 200 OK\r\nDate: today\r\nServer: tinyhttpd\r\nX-Empty: \r\n"
		       "Content-Length: 0\r\n\r\n");
	r.count = 1;
	r.length = UINT64_MAX;
	h.connection = HTTP1_CLOSE;
	check_head(&h, "HTTP/1.1 200 OK\r\nDate: today\r\nServer: tinyhttpd\r\n"
		       "Content-Length: 18446744073709551615\r\nConnection: close\r\n\r\n");
	r.count = 0;
	r.has_length = false;
	h.connection = HTTP1_KEEP_SAY;
	h.chunked = true;
	check_head(&h, "HTTP/1.1 200 OK\r\nDate: today\r\nTransfer-Encoding: chunked\r\n"
		       "Connection: keep-alive\r\n\r\n");
	h.connection = HTTP1_CLOSE;
	h.chunked = false;
	check_head(&h, "HTTP/1.1 200 OK\r\nDate: today\r\nConnection: close\r\n\r\n");
}

/* RFC 9112 6.2, RFC 9110 8.6: neither length nor coding where there is no content. */
static void
test_no_content(void **state)
{
	struct response r = { .has_length = true, .length = 7 };
	struct http1_head h = { .response = &r, .date = SLICE("today") };

	(void)state;
	for (int chunked = 0; chunked < 2; chunked++) {
		h.chunked = chunked;
		r.status = 204;
		check_head(&h, "HTTP/1.1 204 No Content\r\nDate: today\r\n\r\n");
		r.status = 304;
		check_head(&h, "HTTP/1.1 304 Not Modified\r\nDate: today\r\n\r\n");
	}
}

static void
test_status_line(void **state)
{
	struct response r = { .status = 404, .has_length = true, .length = 10 };
	struct http1_head h = { .response = &r, .date = SLICE("d") };

	(void)state;
	check_head(&h, "HTTP/1.1 404 Not Found\r\nDate: d\r\nContent-Length: 10\r\n\r\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_framing),
		cmocka_unit_test(test_no_content),
		cmocka_unit_test(test_status_line),
	};

	return cmocka_run_group_tests_name("http1_head", tests, NULL, NULL);
}
