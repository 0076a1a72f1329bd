/*
 * Request heads, good and bad.  The parser remembers nothing, so feeding it byte by byte, in
 * two pieces split anywhere, or cut short anywhere is to ask it about every prefix; check_head()
 * does that for each head, with every prefix ending at an unreadable page.
 */
#include "config.h"

#include "http/request.h"

#include "check.h"
#include "guard.h"

enum { FIELDS = 8, HEAD_SIZE = 512, TARGET_SIZE = 64 };

static const struct request_limits limits = {
	.head_size = HEAD_SIZE,
	.target_size = TARGET_SIZE,
	.fields = FIELDS,
};

static struct guard guard;

struct answer {
	enum parse verdict;
	unsigned status;
	size_t consumed;
	struct request request;
	struct field fields[FIELDS];
};

static void
ask_with(struct answer *a, struct slice input, const struct request_limits *l)
{
	a->status = 0;
	a->consumed = 0;
	a->verdict = request_parse(&a->request, guard_place(&guard, input), l, a->fields,
				   &a->consumed, &a->status);
}

static void
ask(struct answer *a, struct slice input)
{
	ask_with(a, input, &limits);
}

/* May that be the answer to the first n bytes of what the whole has an answer for? */
static bool
agrees(const struct answer *a, size_t n, const struct answer *whole)
{
	switch (whole->verdict) {
	case PARSE_OK:
		return a->verdict == (n < whole->consumed ? PARSE_MORE : PARSE_OK);
	case PARSE_MORE:
		return a->verdict == PARSE_MORE;
	default:
		return a->verdict == PARSE_MORE ||
		       (a->verdict == PARSE_BAD && a->status == whole->status);
	}
}

/* The verdict on the whole, after every prefix was asked about. */
static void
check_head(struct answer *whole, struct slice head)
{
	static struct answer a;

	ask(whole, head);
	for (size_t n = 0; n < head.len; n++) {
		ask(&a, slice_head(head, n));
		if (!agrees(&a, n, whole))
			fail_msg("verdict %d, status %u after %zu bytes, then %d, %u: \"%s\"",
				 a.verdict, a.status, n, whole->verdict, whole->status,
				 check_show(head));
	}
	/* The slices point into the last copy, which must be the whole. */
	ask(whole, head);
}

static void
good(struct answer *a, struct slice head)
{
	check_head(a, head);
	if (a->verdict != PARSE_OK)
		fail_msg("verdict %d, status %u: \"%s\"", a->verdict, a->status, check_show(head));
}

static void
bad(struct slice head, unsigned status)
{
	struct answer a;

	check_head(&a, head);
	if (a.verdict != PARSE_BAD || a.status != status)
		fail_msg("verdict %d, status %u, wanted %u: \"%s\"", a.verdict, a.status, status,
			 check_show(head));
}

struct bad_head {
	struct slice head;
	unsigned status;
};

static void
all_bad(const struct bad_head *heads, size_t count)
{
	for (size_t i = 0; i < count; i++)
		bad(heads[i].head, heads[i].status);
}

#define BAD(text, status) { SLICE(text), status }
#define GET "GET / HTTP/1.1\r\n"
#define HOST "Host: example.org\r\n"
#define POST "POST / HTTP/1.1\r\n" HOST
#define END "\r\n"

static void
test_simple(void **state)
{
	struct answer a;

	(void)state;
	good(&a, SLICE("GET /a?b=c HTTP/1.1\r\nHost: example.org\r\n\r\nnext"));
	assert_int_equal(a.consumed, 42);
	assert_int_equal(a.request.method, METHOD_GET);
	check_slice("method", a.request.method_name, SLICE("GET"));
	check_slice("line", a.request.line, SLICE("GET /a?b=c HTTP/1.1"));
	check_slice("target", a.request.target, SLICE("/a?b=c"));
	assert_int_equal(a.request.version_minor, 1);
	assert_true(a.request.keep_alive);
	assert_false(a.request.expect_continue);
	assert_int_equal(a.request.framing, BODY_NONE);
	assert_int_equal(a.request.field_count, 1);
	assert_ptr_equal(a.request.fields, a.fields);
	check_slice("name", a.fields[0].name, SLICE("Host"));
	check_slice("value", a.fields[0].value, SLICE("example.org"));
	assert_int_equal(a.fields[0].id, FIELD_HOST);
}

static void
test_good_heads(void **state)
{
	static const struct slice heads[] = {
		SLICE("\r\n" GET HOST END),			/* one empty line before it */
		SLICE("get / HTTP/1.1\r\n" HOST END),		/* a method of its own: 501 later */
		SLICE("M-SEARCH * HTTP/1.1\r\n" HOST END),
		SLICE("!#$%&'*+-.^_`|~09azAZ / HTTP/1.1\r\n" HOST END),
		SLICE("GET / HTTP/1.0\r\n" END),		/* no Host then */
		SLICE("GET / HTTP/1.9\r\n" HOST END),
		SLICE("GET http://example.org/ HTTP/1.1\r\n" HOST END),
		SLICE("GET \x80\xFF\" HTTP/1.1\r\n" HOST END),	/* the target is judged elsewhere */
		SLICE(GET "Host:example.org\r\n" END),
		SLICE(GET "Host: \t example.org \t\r\n" END),
		SLICE(GET "hOST: [::1]:8080\r\n" END),
		SLICE(GET HOST "X:\r\n" END),
		SLICE(GET HOST "X: \t \r\n" END),
		SLICE(GET HOST "X: a \t b\x80\xFF\"\\\r\n" END),
		SLICE(GET HOST "!#$%&'*+-.^_`|~09azAZ: x\r\n" END),
		SLICE(GET HOST "Content-Length: 0\r\n" END),
		SLICE(GET HOST "Expect:\r\n" END),
		SLICE(GET HOST "Connection: ,, , \r\n" END),
		SLICE(GET HOST "A:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\nG:\r\n" END),
	};
	struct answer a;

	(void)state;
	for (size_t i = 0; i < COUNT(heads); i++)
		good(&a, heads[i]);
}

static void
test_bad_request_lines(void **state)
{
	static const struct bad_head heads[] = {
		BAD("\r\n\r\n" GET HOST END, 400),
		BAD("\n" GET HOST END, 400),
		BAD("\r" GET HOST END, 400),
		BAD(" " GET HOST END, 400),
		BAD(" / HTTP/1.1\r\n" HOST END, 400),		/* no method */
		BAD("G\tT / HTTP/1.1\r\n" HOST END, 400),
		BAD("GET\t/ HTTP/1.1\r\n" HOST END, 400),
		BAD("G(T / HTTP/1.1\r\n" HOST END, 400),
		BAD("G\0T / HTTP/1.1\r\n" HOST END, 400),
		BAD("G\x80T / HTTP/1.1\r\n" HOST END, 400),
		BAD("GET\r\n", 400),
		BAD("GET /\r\n", 400),				/* HTTP/0.9 */
		BAD("GET /\n", 400),
		BAD("GET  / HTTP/1.1\r\n" HOST END, 400),
		BAD("GET /  HTTP/1.1\r\n" HOST END, 400),
		BAD("GET /\tHTTP/1.1\r\n" HOST END, 400),
		BAD("GET /a b HTTP/1.1\r\n" HOST END, 400),
		BAD("GET /a\x01 HTTP/1.1\r\n" HOST END, 400),
		BAD("GET /a\x7F HTTP/1.1\r\n" HOST END, 400),
		BAD("GET /a\0 HTTP/1.1\r\n" HOST END, 400),
		BAD("GET  HTTP/1.1\r\n" HOST END, 400),
		BAD("GET / HTTP/1.1 \r\n" HOST END, 400),
		BAD("GET / HTTP/1.1\n" HOST END, 400),
		BAD("GET / HTTP/1.1\r" HOST END, 400),
		BAD("GET / HTTP/1.1\r\r\n" HOST END, 400),
		BAD("GET / \r\n" HOST END, 400),
		BAD("GET / HTTP\r\n" HOST END, 400),
		BAD("GET / HTTP/1\r\n" HOST END, 400),
		BAD("GET / HTTP/1.\r\n" HOST END, 400),
		BAD("GET / HTTP/.1\r\n" HOST END, 400),
		BAD("GET / HTTP/11.1\r\n" HOST END, 400),
		BAD("GET / HTTP/1.10\r\n" HOST END, 400),
		BAD("GET / HTTP/01.1\r\n" HOST END, 400),
		BAD("GET / HTTP/1,1\r\n" HOST END, 400),
		BAD("GET / HTTP/a.1\r\n" HOST END, 400),
		BAD("GET / http/1.1\r\n" HOST END, 400),
		BAD("GET / HTTPS/1.1\r\n" HOST END, 400),
		BAD("GET / ICE/1.0\r\n" HOST END, 400),
		BAD("GET / HTTP/0.9\r\n" END, 505),
		BAD("GET / HTTP/2.0\r\n" HOST END, 505),
		BAD("GET / HTTP/3.1\r\n" HOST END, 505),
		BAD("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
	};

	(void)state;
	all_bad(heads, COUNT(heads));
}

static void
test_bad_fields(void **state)
{
	static const struct bad_head heads[] = {
		BAD(GET " " HOST END, 400),			/* blanks before the first */
		BAD(GET "\t" HOST END, 400),
		BAD(GET " \r\n" HOST END, 400),
		BAD(GET HOST "X: a\r\n b\r\n" END, 400),	/* obs-fold */
		BAD(GET HOST "X: a\r\n\tb\r\n" END, 400),
		BAD(GET "Host : example.org\r\n" END, 400),
		BAD(GET HOST "X\t: a\r\n" END, 400),
		BAD(GET HOST ": a\r\n" END, 400),
		BAD(GET HOST "X\r\n" END, 400),
		BAD(GET HOST "X Y: a\r\n" END, 400),
		BAD(GET HOST "X(Y): a\r\n" END, 400),
		BAD(GET HOST "X\x80: a\r\n" END, 400),
		BAD(GET HOST "X\0: a\r\n" END, 400),
		BAD(GET HOST "X: a\0b\r\n" END, 400),
		BAD(GET HOST "X: a\x01\r\n" END, 400),
		BAD(GET HOST "X: a\x7F\r\n" END, 400),
		BAD(GET HOST "X: a\x1B[2J\r\n" END, 400),
		BAD(GET HOST "X: a\n" END, 400),		/* bare LF */
		BAD(GET HOST "X: a\rb\r\n" END, 400),		/* bare CR */
		BAD(GET HOST "X: a\r\r\n" END, 400),
		BAD(GET HOST "X:\n" END, 400),
		BAD(GET HOST "\n", 400),
		BAD(GET HOST "\r\r\n", 400),
		BAD(GET HOST "\rX: a\r\n" END, 400),
		BAD(GET HOST "Authorization: a\r\nAUTHORIZATION: a\r\n" END, 400),
		BAD(GET HOST "A:\r\nB:\r\nC:\r\nD:\r\nE:\r\nF:\r\nG:\r\nH:\r\n" END, 431),
	};

	(void)state;
	all_bad(heads, COUNT(heads));
}

static void
test_bad_hosts(void **state)
{
	static const struct bad_head heads[] = {
		BAD(GET END, 400),
		BAD("GET http://example.org/ HTTP/1.1\r\n" END, 400),
		BAD(GET HOST HOST END, 400),
		BAD(GET HOST "host: other.org\r\n" END, 400),
		BAD("GET / HTTP/1.0\r\n" HOST HOST END, 400),
		BAD(GET "Host:\r\n" END, 400),
		BAD("GET / HTTP/1.0\r\nHost: \r\n" END, 400),
		BAD(GET "Host: a b\r\n" END, 400),
		BAD(GET "Host: a,b\r\n" END, 400),
		BAD(GET "Host: a/b\r\n" END, 400),
		BAD(GET "Host: me@a\r\n" END, 400),
		BAD(GET "Host: a:99999\r\n" END, 400),
		BAD("GET http://example.org/ HTTP/1.1\r\nHost: a b\r\n" END, 400),
	};

	(void)state;
	all_bad(heads, COUNT(heads));
}

static void
test_bad_framing(void **state)
{
	static const struct bad_head heads[] = {
		BAD(POST "Content-Length: 5\r\nContent-Length: 5\r\n" END, 400),
		BAD(POST "Content-Length: 5\r\nContent-Length: 6\r\n" END, 400),
		BAD(POST "Content-Length: 5, 5\r\n" END, 400),
		BAD(POST "Content-Length: 5,\r\n" END, 400),
		BAD(POST "Content-Length:\r\n" END, 400),
		BAD(POST "Content-Length: +5\r\n" END, 400),
		BAD(POST "Content-Length: -5\r\n" END, 400),
		BAD(POST "Content-Length: 0x5\r\n" END, 400),
		BAD(POST "Content-Length: 5 5\r\n" END, 400),
		BAD(POST "Content-Length: 5.0\r\n" END, 400),
		BAD(POST "Content-Length: five\r\n" END, 400),
		BAD(POST "Content-Length: 9223372036854775808\r\n" END, 400),
		BAD(POST "Content-Length: 18446744073709551616\r\n" END, 400),
		BAD(POST "Content-Length: 99999999999999999999999\r\n" END, 400),
		BAD(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END, 400),
		BAD(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" END, 400),
		BAD("POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n" END, 400),
		BAD("POST / HTTP/1.0\r\nTransfer-Encoding: gzip, chunked\r\n" END, 400),
		BAD(POST "Transfer-Encoding:\r\n" END, 400),
		BAD(POST "Transfer-Encoding: ,\r\n" END, 400),
		BAD(POST "Transfer-Encoding: chunked,\r\n" END, 400),
		BAD(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" END, 400),
		BAD(POST "Transfer-Encoding: chunked, chunked\r\n" END, 400),
		BAD(POST "Transfer-Encoding: identity\r\n" END, 400),
		BAD(POST "Transfer-Encoding: identity, chunked\r\n" END, 400),
		BAD(POST "Transfer-Encoding: chunked, identity\r\n" END, 400),
		BAD(POST "Transfer-Encoding: chunked, gzip\r\n" END, 400),
		BAD(POST "Transfer-Encoding: gzip\r\n" END, 400),
		BAD(POST "Transfer-Encoding: xchunked\r\n" END, 400),
		BAD(POST "Transfer-Encoding: chunked x\r\n" END, 400),
		BAD(POST "Transfer-Encoding: \x0B" "chunked\r\n" END, 400),
		BAD(POST "Transfer-Encoding: \"chunked\"\r\n" END, 400),
		BAD(POST "Transfer-Encoding: g zip, chunked\r\n" END, 400),
		BAD(POST "Transfer-Encoding: ;a, chunked\r\n" END, 400),
		BAD(POST "Transfer-Encoding: chunked;q=1\r\n" END, 400),
		BAD(POST "Transfer-Encoding: gzip, chunked\r\n" END, 501),
		BAD(POST "Transfer-Encoding: x-gzip , Chunked\r\n" END, 501),
		BAD(POST "Transfer-Encoding: a;b=\"c,d\", chunked\r\n" END, 501),
	};

	(void)state;
	all_bad(heads, COUNT(heads));
}

static void
test_framing(void **state)
{
	static const struct {
		struct slice head;
		enum body_framing framing;
		uint64_t length;
	} heads[] = {
		{ SLICE(POST END), BODY_NONE, 0 },
		{ SLICE(POST "Content-Length: 0\r\n" END), BODY_LENGTH, 0 },
		{ SLICE(POST "content-length:5 \t\r\n" END), BODY_LENGTH, 5 },
		{ SLICE(POST "Content-Length: 007\r\n" END), BODY_LENGTH, 7 },
		{ SLICE(POST "Content-Length: 9223372036854775807\r\n" END), BODY_LENGTH,
		  INT64_MAX },
		{ SLICE("POST / HTTP/1.0\r\nContent-Length: 3\r\n" END), BODY_LENGTH, 3 },
		{ SLICE(POST "Transfer-Encoding: chunked\r\n" END), BODY_CHUNKED, 0 },
		{ SLICE(POST "TRANSFER-ENCODING:\tCHUNKED \r\n" END), BODY_CHUNKED, 0 },
		{ SLICE(GET HOST "Transfer-Encoding: chunked\r\n" END), BODY_CHUNKED, 0 },
	};
	struct answer a;

	(void)state;
	for (size_t i = 0; i < COUNT(heads); i++) {
		good(&a, heads[i].head);
		assert_int_equal(a.request.framing, heads[i].framing);
		assert_int_equal(a.request.content_length, heads[i].length);
	}
}

static void
test_keep_alive(void **state)
{
	static const struct {
		struct slice head;
		bool keep;
	} heads[] = {
		{ SLICE(GET HOST END), true },
		{ SLICE(GET HOST "Connection: close\r\n" END), false },
		{ SLICE(GET HOST "Connection: CLOSE\r\n" END), false },
		{ SLICE(GET HOST "Connection: te, close , x\r\n" END), false },
		{ SLICE(GET HOST "Connection: x\r\nConnection: close\r\n" END), false },
		{ SLICE(GET HOST "Connection: close\r\nConnection: keep-alive\r\n" END), false },
		{ SLICE(GET HOST "Connection: closed\r\n" END), true },
		{ SLICE("GET / HTTP/1.7\r\n" HOST END), true },
		{ SLICE("CONNECT a:443 HTTP/1.1\r\n" HOST END), false },
		{ SLICE("GET / HTTP/1.0\r\n" END), false },
		{ SLICE("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n" END), true },
		{ SLICE("GET / HTTP/1.0\r\nConnection: x,keep-alive\r\n" END), true },
		{ SLICE("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n" END), false },
		{ SLICE("GET / HTTP/1.0\r\nKeep-Alive: 300\r\n" END), false },
	};
	struct answer a;

	(void)state;
	for (size_t i = 0; i < COUNT(heads); i++) {
		good(&a, heads[i].head);
		if (a.request.keep_alive != heads[i].keep)
			fail_msg("keep_alive: \"%s\"", check_show(heads[i].head));
	}
}

static void
test_expect(void **state)
{
	struct answer a;

	(void)state;
	good(&a, SLICE(POST "Expect: 100-Continue\r\n" END));
	assert_true(a.request.expect_continue);
	good(&a, SLICE(POST "Expect: ,100-continue\r\nExpect: 100-continue\r\n" END));
	assert_true(a.request.expect_continue);
	good(&a, SLICE("POST / HTTP/1.0\r\nExpect: 100-continue\r\n" END));
	assert_false(a.request.expect_continue);
	bad(SLICE(POST "Expect: 200-maybe\r\n" END), 417);
	bad(SLICE(POST "Expect: 100-continue, more\r\n" END), 417);
	bad(SLICE(POST "Expect: 100-continue;x\r\n" END), 417);
}

static void
test_version_minor(void **state)
{
	struct answer a;

	(void)state;
	good(&a, SLICE("GET / HTTP/1.0\r\n" END));
	assert_int_equal(a.request.version_minor, 0);
	good(&a, SLICE("GET / HTTP/1.2\r\n" HOST END));
	assert_int_equal(a.request.version_minor, 1);
}

/* The verdict must be there with the last byte given, and not before. */
static void
test_verdict_is_early(void **state)
{
	static const struct bad_head heads[] = {
		BAD("\x16", 400),			/* a TLS ClientHello */
		BAD("\0", 400),
		BAD("\n", 400),
		BAD("\rx", 400),
		BAD("\r\n\r", 400),
		BAD("GET /\r", 400),
		BAD("GET / X", 400),
		BAD("GET / HTTP/2.0\r\n", 505),
		BAD(GET " ", 400),
		BAD(GET "Host ", 400),
		BAD(GET "Host: a b\r\n", 400),
		BAD(GET HOST HOST, 400),
		BAD(POST "Content-Length: x\r\n", 400),
		BAD(POST "Transfer-Encoding: x, chunked\r\n", 501),
		BAD(POST "Expect: x\r\n", 417),
	};
	struct answer a;

	(void)state;
	for (size_t i = 0; i < COUNT(heads); i++) {
		bad(heads[i].head, heads[i].status);
		ask(&a, slice_head(heads[i].head, heads[i].head.len - 1));
		if (a.verdict != PARSE_MORE)
			fail_msg("not with the last byte: \"%s\"", check_show(heads[i].head));
	}
}

/* What to log of a request that is refused. */
static void
test_line_of_bad_requests(void **state)
{
	static const struct {
		struct slice head, line;
	} heads[] = {
		{ SLICE("\x16\x03\x01"), SLICE("\x16\x03\x01") },
		{ SLICE("\r\nGET /a b HTTP/1.1\r\n"), SLICE("GET /a b HTTP/1.1") },
		{ SLICE("GET / HTTP/2.0\r\nX"), SLICE("GET / HTTP/2.0") },
		{ SLICE("GET /\nX"), SLICE("GET /") },
		{ SLICE("GET / HTTP/1.1\r\nX Y"), SLICE("GET / HTTP/1.1") },
	};
	struct answer a;

	(void)state;
	for (size_t i = 0; i < COUNT(heads); i++) {
		ask(&a, heads[i].head);
		assert_int_equal(a.verdict, PARSE_BAD);
		check_slice("line", a.request.line, heads[i].line);
	}
}

/* before + count times fill + after */
static struct slice
long_head(const char *before, char fill, size_t count, const char *after)
{
	static char text[2048];

	assert_true(strlen(before) + count + strlen(after) < sizeof text);
	strcpy(text, before);
	memset(text + strlen(before), fill, count);
	strcpy(text + strlen(before) + count, after);
	return slice_of(text);
}

static void
test_target_size(void **state)
{
	struct answer a;

	(void)state;
	good(&a, long_head("GET /", 'a', TARGET_SIZE - 1, " HTTP/1.1\r\n" HOST END));
	assert_int_equal(a.request.target.len, TARGET_SIZE);
	bad(long_head("GET /", 'a', TARGET_SIZE, " HTTP/1.1\r\n" HOST END), 414);
	bad(long_head("GET /", 'a', TARGET_SIZE, ""), 414);	/* as soon as it is passed */
	ask(&a, long_head("GET /", 'a', TARGET_SIZE - 1, ""));
	assert_int_equal(a.verdict, PARSE_MORE);
	bad(long_head("GET /", 'a', HEAD_SIZE, ""), 414);
	bad(long_head("GET /\x01", 'a', TARGET_SIZE, ""), 400);
}

static void
test_head_size(void **state)
{
	const size_t fixed = sizeof GET HOST "X: \r\n" END - 1;
	struct answer a;

	(void)state;
	good(&a, long_head(GET HOST "X: ", 'a', HEAD_SIZE - fixed, "\r\n" END));
	assert_int_equal(a.consumed, HEAD_SIZE);
	bad(long_head(GET HOST "X: ", 'a', HEAD_SIZE - fixed + 1, "\r\n" END), 431);
	bad(long_head(GET HOST "X: ", 'a', HEAD_SIZE, ""), 431);
	bad(long_head(GET HOST, 'a', HEAD_SIZE, ""), 431);
	bad(long_head("", 'A', HEAD_SIZE, ""), 501);	/* no method is that long */
	ask(&a, long_head(GET HOST, 'a', HEAD_SIZE - 1 - (sizeof GET HOST - 1), ""));
	assert_int_equal(a.verdict, PARSE_MORE);
}

/* The limit may fall on any byte of a head; one byte more and it is good. */
static void
test_head_size_everywhere(void **state)
{
	const struct slice head = SLICE("\r\n" GET HOST "X: y\r\n" END);
	struct request_limits small = limits;
	struct answer a;

	(void)state;
	for (small.head_size = 1; small.head_size < head.len; small.head_size++) {
		ask_with(&a, head, &small);
		assert_int_equal(a.verdict, PARSE_BAD);
		assert_true(a.status == 414 || a.status == 431 || a.status == 501);
	}
	ask_with(&a, head, &small);
	assert_int_equal(a.verdict, PARSE_OK);
}

/* A target that fills the whole head is too long a target. */
static void
test_target_beyond_head(void **state)
{
	struct request_limits small = { .head_size = 8, .target_size = 100, .fields = FIELDS };
	struct answer a;

	(void)state;
	ask_with(&a, SLICE("GET /aaaaaaaaaa"), &small);
	assert_int_equal(a.verdict, PARSE_BAD);
	assert_int_equal(a.status, 414);
}

static void
test_names_are_known(void **state)
{
	static const struct {
		const char *name;
		enum field_id id;
	} known[] = {
#define FIELD(enumerator, name, once) { name, enumerator },
#include "http/field.def"
#undef FIELD
	};
	struct answer a;
	char head[256];

	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		/* None of the values is wrong for any of them, but Host has one already. */
		const char *value = known[i].id == FIELD_CONTENT_LENGTH	     ? "1"
				    : known[i].id == FIELD_TRANSFER_ENCODING ? "chunked"
				    : known[i].id == FIELD_EXPECT	     ? "100-continue"
									     : "x";
		int start = known[i].id == FIELD_HOST ? 0 : 1;

		snprintf(head, sizeof head, GET "%s%s: %s\r\n%sx: y\r\n\r\n", start ? HOST : "",
			 known[i].name, value, known[i].name);
		good(&a, slice_of(head));
		assert_int_equal(a.fields[start].id, known[i].id);
		assert_int_equal(a.fields[start + 1].id, FIELD_OTHER);
		assert_int_equal(a.request.first[known[i].id], start + 1);
		check_slice(known[i].name, request_field(&a.request, known[i].id), slice_of(value));

		/* One letter changed: another field. */
		for (char *p = head + sizeof GET HOST - 1; start > 0 && *p != ':'; p++) {
			char letter = *p;

			*p = letter == 'q' ? 'z' : 'q';
			good(&a, slice_of(head));
			assert_int_equal(a.fields[start].id, FIELD_OTHER);
			*p = letter;
		}
	}
}

static void
test_looking_up(void **state)
{
	struct answer a;
	struct slice value;
	size_t at = 0;

	(void)state;
	good(&a, SLICE(GET "X-One: 1\r\nAccept: a\r\n" HOST "ACCEPT: b\r\nx-one: 2\r\n"
		       "accept:\r\n" END));
	check_slice("first", request_field(&a.request, FIELD_ACCEPT), SLICE("a"));
	assert_null(request_field(&a.request, FIELD_RANGE).p);
	assert_true(request_field_next(&a.request, FIELD_ACCEPT, &at, &value));
	check_slice("line 1", value, SLICE("a"));
	assert_true(request_field_next(&a.request, FIELD_ACCEPT, &at, &value));
	check_slice("line 2", value, SLICE("b"));
	assert_true(request_field_next(&a.request, FIELD_ACCEPT, &at, &value));
	check_slice("line 3", value, SLICE(""));
	assert_false(request_field_next(&a.request, FIELD_ACCEPT, &at, &value));
	at = 0;
	assert_false(request_field_next(&a.request, FIELD_RANGE, &at, &value));
	check_slice("named", request_field_named(&a.request, SLICE("x-ONE")), SLICE("1"));
	check_slice("known", request_field_named(&a.request, SLICE("host")), SLICE("example.org"));
	assert_null(request_field_named(&a.request, SLICE("x-two")).p);
}

static int
set_up(void **state)
{
	(void)state;
	guard_init(&guard, 4096);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	guard_fini(&guard);
	return 0;
}

/* Fields of HTTP/2, one by one: the same rules. */
static void
test_adding(void **state)
{
	static const struct {
		const char *name, *value;
		unsigned status;
	} added[] = {
		{ "accept", "a/b", 0 },
		{ "accept", "c/d", 0 },
		{ "host", "example.org:81", 0 },
		{ "host", "example.org:81", 400 },
		{ "content-length", "12", 0 },
		{ "content-length", "12", 400 },
		{ "expect", "100-continue", 0 },
		{ "expect", "200-ok", 417 },
	};
	struct field fields[sizeof added / sizeof *added];
	struct request r;
	size_t at = 0;
	struct slice value;

	(void)state;
	request_begin_http2(&r);
	r.fields = fields;
	for (size_t i = 0; i < sizeof added / sizeof *added; i++)
		assert_int_equal(request_add_field(&r, slice_of(added[i].name),
						   slice_of(added[i].value)),
				 added[i].status);
	assert_true(r.http2 && r.keep_alive && r.expect_continue);
	assert_int_equal(r.framing, BODY_LENGTH);
	assert_int_equal(r.content_length, 12);
	assert_int_equal(r.host.port, 81);
	assert_true(request_field_next(&r, FIELD_ACCEPT, &at, &value));
	assert_true(request_field_next(&r, FIELD_ACCEPT, &at, &value));
	assert_true(slice_equal(value, SLICE("c/d")));
	assert_false(request_field_next(&r, FIELD_ACCEPT, &at, &value));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_simple),
		cmocka_unit_test(test_good_heads),
		cmocka_unit_test(test_bad_request_lines),
		cmocka_unit_test(test_bad_fields),
		cmocka_unit_test(test_bad_hosts),
		cmocka_unit_test(test_bad_framing),
		cmocka_unit_test(test_framing),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_expect),
		cmocka_unit_test(test_version_minor),
		cmocka_unit_test(test_verdict_is_early),
		cmocka_unit_test(test_line_of_bad_requests),
		cmocka_unit_test(test_target_size),
		cmocka_unit_test(test_head_size),
		cmocka_unit_test(test_head_size_everywhere),
		cmocka_unit_test(test_target_beyond_head),
		cmocka_unit_test(test_names_are_known),
		cmocka_unit_test(test_looking_up),
		cmocka_unit_test(test_adding),
	};

	return cmocka_run_group_tests_name("request", tests, set_up, tear_down);
}
