/* Targets, hosts and paths; every input and every output room ends at an unreadable page. */
#include "config.h"

#include "http/uri.h"

#include "check.h"
#include "guard.h"

static struct guard in, out;

#define ROW(raw, status, form, path, query) \
	{ SLICE(raw), status, TARGET_##form, SLICE(path), SLICE(query) }

static void
test_targets(void **state)
{
	static const struct {
		struct slice raw;
		unsigned status;
		enum target_form form;
		struct slice path, query;
	} rows[] = {
		ROW("/", 0, ORIGIN, "/", ""),
		ROW("/a/b.html", 0, ORIGIN, "/a/b.html", ""),
		ROW("//a", 0, ORIGIN, "//a", ""),
		ROW("/a?b=c&d=%00?/", 0, ORIGIN, "/a", "b=c&d=%00?/"),
		ROW("/%zz", 0, ORIGIN, "/%zz", ""),	/* for uri_decode_path() to refuse */
		ROW("/-._~!$&'()*+,;=:@", 0, ORIGIN, "/-._~!$&'()*+,;=:@", ""),
		ROW("/\x80\xFF", 0, ORIGIN, "/\x80\xFF", ""),
		ROW("/[a]^|", 0, ORIGIN, "/[a]^|", ""),
		ROW("/?[a]^|{b}`\\", 0, ORIGIN, "/", "[a]^|{b}`\\"),
		ROW("http://example.org", 0, ABSOLUTE, "/", ""),
		ROW("http://example.org/a?b", 0, ABSOLUTE, "/a", "b"),
		ROW("HTTP://[::1]:80/", 0, ABSOLUTE, "/", ""),
		ROW("http://example.org?b", 0, ABSOLUTE, "/", "b"),
		ROW("http://example.org:80/http://x/", 0, ABSOLUTE, "/http://x/", ""),
		ROW("", 400, ORIGIN, "", ""),
		ROW("a", 400, ORIGIN, "", ""),
		ROW("?a", 400, ORIGIN, "", ""),
		ROW("*", 400, ORIGIN, "", ""),		/* OPTIONS only */
		ROW("/a#b", 400, ORIGIN, "", ""),
		ROW("/a?b#c", 400, ORIGIN, "", ""),
		ROW("/a\\b", 400, ORIGIN, "", ""),
		ROW("/a\"b", 400, ORIGIN, "", ""),
		ROW("/<a>", 400, ORIGIN, "", ""),
		ROW("/{a}", 400, ORIGIN, "", ""),
		ROW("/`", 400, ORIGIN, "", ""),
		ROW("/a b", 400, ORIGIN, "", ""),
		ROW("/a\0b", 400, ORIGIN, "", ""),
		ROW("/?a b", 400, ORIGIN, "", ""),
		ROW("/?<", 400, ORIGIN, "", ""),
		ROW("/?\x7F", 400, ORIGIN, "", ""),
		ROW("http:", 400, ORIGIN, "", ""),
		ROW("http:/example.org/", 400, ORIGIN, "", ""),
		ROW("http://", 400, ORIGIN, "", ""),
		ROW("http:///a", 400, ORIGIN, "", ""),
		ROW("http://me@example.org/", 400, ORIGIN, "", ""),
		ROW("http://me:secret@example.org/", 400, ORIGIN, "", ""),
		ROW("http://example.org\\@x/", 400, ORIGIN, "", ""),
		ROW("http://example.org#a", 400, ORIGIN, "", ""),
		ROW("http://:80/", 400, ORIGIN, "", ""),
		ROW("http://a:b/", 400, ORIGIN, "", ""),
		ROW("http://a/<", 400, ORIGIN, "", ""),
		ROW("ftp://example.org/", 400, ORIGIN, "", ""),
		ROW("httpx://example.org/", 400, ORIGIN, "", ""),
		ROW("example.org:80", 400, ORIGIN, "", ""),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *what = check_show(rows[i].raw);
		struct target t;
		unsigned status = uri_parse_target(&t, guard_place(&in, rows[i].raw), METHOD_GET);

		if (status != rows[i].status)
			fail_msg("%s: %u", what, status);
		if (status != 0)
			continue;
		assert_int_equal(t.form, rows[i].form);
		check_slice(what, t.path, rows[i].path);
		check_slice(what, t.query, rows[i].query);
		assert_int_equal(t.has_query, t.query.len > 0);
	}
}

static void
test_parts_of_targets(void **state)
{
	struct target t;

	(void)state;
	assert_int_equal(0, uri_parse_target(&t, SLICE("/x?"), METHOD_GET));
	assert_true(t.has_query);
	assert_int_equal(t.query.len, 0);
	assert_int_equal(0, uri_parse_target(&t, SLICE("/x"), METHOD_GET));
	assert_false(t.has_query);
	assert_int_equal(t.authority.len, 0);
	assert_int_equal(0, uri_parse_target(&t, SLICE("http://Example.ORG:81/"), METHOD_GET));
	check_slice("authority", t.authority, SLICE("Example.ORG:81"));
	assert_false(t.https);
	assert_int_equal(0, uri_parse_target(&t, SLICE("hTTps://a"), METHOD_GET));
	assert_true(t.https);
}

static void
test_forms_of_methods(void **state)
{
	struct target t;

	(void)state;
	assert_int_equal(0, uri_parse_target(&t, SLICE("*"), METHOD_OPTIONS));
	assert_int_equal(t.form, TARGET_ASTERISK);
	check_slice("path", t.path, SLICE("*"));
	assert_int_equal(0, uri_parse_target(&t, SLICE("/"), METHOD_OPTIONS));
	assert_int_equal(400, uri_parse_target(&t, SLICE("**"), METHOD_OPTIONS));
	assert_int_equal(501, uri_parse_target(&t, SLICE("example.org:443"), METHOD_CONNECT));
	assert_int_equal(501, uri_parse_target(&t, SLICE("[::1]:443"), METHOD_CONNECT));
	assert_int_equal(400, uri_parse_target(&t, SLICE("example.org"), METHOD_CONNECT));
	assert_int_equal(400, uri_parse_target(&t, SLICE("/"), METHOD_CONNECT));
	assert_int_equal(400, uri_parse_target(&t, SLICE("http://a/"), METHOD_CONNECT));
}

static unsigned
decode(struct slice raw, struct slice *path)
{
	return uri_decode_path(guard_place(&in, raw), guard_room(&out, raw.len + 1), path);
}

static void
test_decoding(void **state)
{
	static const struct {
		struct slice raw, path;
	} rows[] = {
		{ SLICE("/"), SLICE("/") },
		{ SLICE("/a"), SLICE("/a") },
		{ SLICE("/a/"), SLICE("/a/") },
		{ SLICE("/a%20b"), SLICE("/a b") },
		{ SLICE("/%41%5a%7E%5C%3f%23"), SLICE("/AZ~\\?#") },
		{ SLICE("/%e4%BD%a0\xE5\xA5\xBD"), SLICE("/\xE4\xBD\xA0\xE5\xA5\xBD") },
		{ SLICE("/%C4%E3.html"), SLICE("/\xC4\xE3.html") },	/* GBK */
		{ SLICE("/%252e%252E/"), SLICE("/%2e%2E/") },		/* once */
		{ SLICE("/%25"), SLICE("/%") },
		{ SLICE("/a+b"), SLICE("/a+b") },	/* a plus is a plus */
		{ SLICE("//"), SLICE("/") },
		{ SLICE("//a///b//"), SLICE("/a/b/") },
		{ SLICE("/./"), SLICE("/") },
		{ SLICE("/."), SLICE("/") },
		{ SLICE("/a/./b"), SLICE("/a/b") },
		{ SLICE("/a/."), SLICE("/a/") },
		{ SLICE("/.."), SLICE("/") },
		{ SLICE("/../"), SLICE("/") },
		{ SLICE("/../../a"), SLICE("/a") },
		{ SLICE("/a/.."), SLICE("/") },
		{ SLICE("/a/../"), SLICE("/") },
		{ SLICE("/a/b/.."), SLICE("/a/") },
		{ SLICE("/a/b/../c"), SLICE("/a/c") },
		{ SLICE("/a//../c"), SLICE("/c") },			/* merged, then removed */
		{ SLICE("/a/b/../../.."), SLICE("/") },
		{ SLICE("/%2e"), SLICE("/") },
		{ SLICE("/a/%2E%2e/b"), SLICE("/b") },
		{ SLICE("/a/.%2e/b"), SLICE("/b") },
		{ SLICE("/%2e%2e/%2e%2e/etc"), SLICE("/etc") },
		{ SLICE("/..."), SLICE("/...") },
		{ SLICE("/.a/..b/a../.a."), SLICE("/.a/..b/a../.a.") },
		{ SLICE("/..;/a"), SLICE("/..;/a") },
		{ SLICE("/a?b"), SLICE("/a?b") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *what = check_show(rows[i].raw);
		struct slice path;
		unsigned status = decode(rows[i].raw, &path);

		if (status != 0)
			fail_msg("%s: %u", what, status);
		check_slice(what, path, rows[i].path);
		assert_int_equal(path.p[path.len], '\0');
	}
}

static void
test_undecodable(void **state)
{
	static const struct {
		struct slice raw;
		unsigned status;
	} rows[] = {
		{ SLICE(""), 400 },	    { SLICE("a"), 400 },	{ SLICE("%2Fa"), 400 },
		{ SLICE("/%"), 400 },	    { SLICE("/%4"), 400 },	{ SLICE("/%g1"), 400 },
		{ SLICE("/%1g"), 400 },	    { SLICE("/% 1"), 400 },	{ SLICE("/%%41"), 400 },
		{ SLICE("/%u0041"), 400 },  { SLICE("/%00"), 400 },	{ SLICE("/a%0a"), 400 },
		{ SLICE("/a%0D"), 400 },    { SLICE("/%1F"), 400 },	{ SLICE("/%7f"), 400 },
		{ SLICE("/a\0b"), 400 },    { SLICE("/a\tb"), 400 },	{ SLICE("/a\x7F"), 400 },
		{ SLICE("/a%2fb"), 404 },   { SLICE("/%2F"), 404 },	{ SLICE("/..%2F.."), 404 },
		{ SLICE("/a%2F../b"), 404 }, { SLICE("/%2F/../.."), 404 },
		{ SLICE("/a%2Fb%00"), 400 },	/* malformed goes before not found */
	};
	struct slice path;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned status = decode(rows[i].raw, &path);

		if (status != rows[i].status)
			fail_msg("%s: %u", check_show(rows[i].raw), status);
	}
}

/* RFC 3986 5.2.4 with an array of segments, which is how one would do it without haste. */
static size_t
naive_path(struct slice raw, char *to)
{
	struct slice kept[64];
	size_t count = 0, len = 0;
	bool slash = true;

	for (size_t i = 1; i <= raw.len;) {
		struct slice rest = slice_after(raw, i);
		struct slice segment = slice_head(rest, slice_find(rest, '/'));

		slash = segment.len == 0;
		if (slice_equal(segment, SLICE("..")))
			count -= count > 0;
		if (slice_equal(segment, SLICE("..")) || slice_equal(segment, SLICE(".")))
			slash = true;
		else if (segment.len > 0)
			kept[count++] = segment;
		i += segment.len + 1;
	}
	for (size_t i = 0; i < count; i++) {
		to[len++] = '/';
		memcpy(to + len, kept[i].p, kept[i].len);
		len += kept[i].len;
	}
	if (slash || count == 0)
		to[len++] = '/';
	return len;
}

/* Every path of up to nine of these three bytes. */
static void
test_dot_segments_exhaustively(void **state)
{
	char raw[10] = "/", wanted[16];

	(void)state;
	for (unsigned n = 0; n < 3 * 3 * 3 * 3 * 3 * 3 * 3 * 3 * 3; n++) {
		struct slice path, text;
		unsigned rest = n;

		for (size_t i = 1; i < sizeof raw; i++, rest /= 3)
			raw[i] = "/.a"[rest % 3];
		text = slice_from(raw, 1 + n % sizeof raw);
		assert_int_equal(decode(text, &path), 0);
		check_slice(check_show(text), path, slice_from(wanted, naive_path(text, wanted)));
	}
}

static void
test_hosts(void **state)
{
	static const struct {
		struct slice value, name;
		unsigned port;
	} rows[] = {
		{ SLICE("example.org"), SLICE("example.org"), 0 },
		{ SLICE("Example.ORG:80"), SLICE("Example.ORG"), 80 },
		{ SLICE("a"), SLICE("a"), 0 },
		{ SLICE("a:"), SLICE("a"), 0 },
		{ SLICE("a.:8080"), SLICE("a"), 8080 },
		{ SLICE("a.b.c."), SLICE("a.b.c"), 0 },
		{ SLICE("a_b-c~d"), SLICE("a_b-c~d"), 0 },
		{ SLICE("192.0.2.1:65535"), SLICE("192.0.2.1"), 65535 },
		{ SLICE("a:0080"), SLICE("a"), 80 },
		{ SLICE("[::1]"), SLICE("[::1]"), 0 },
		{ SLICE("[::1]:"), SLICE("[::1]"), 0 },
		{ SLICE("[2001:DB8::192.0.2.1]:443"), SLICE("[2001:DB8::192.0.2.1]"), 443 },
		{ SLICE("[1111:2222:3333:4444:5555:6666:255.255.255.255]"),	/* no longer one */
		  SLICE("[1111:2222:3333:4444:5555:6666:255.255.255.255]"), 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *what = check_show(rows[i].value);
		struct host host;

		if (!uri_parse_host(&host, guard_place(&in, rows[i].value)))
			fail_msg("%s: refused", what);
		check_slice(what, host.name, rows[i].name);
		assert_int_equal(host.port, rows[i].port);
	}
}

static void
test_no_hosts(void **state)
{
	static const struct slice rows[] = {
		SLICE(""),	    SLICE(":"),		SLICE(":80"),	    SLICE("."),
		SLICE(".."),	    SLICE(".a"),	SLICE("a..b"),	    SLICE("a.."),
		SLICE("a b"),	    SLICE("a,b"),	SLICE("a/b"),	    SLICE("a?b"),
		SLICE("a\\b"),	    SLICE("a#b"),	SLICE("me@a"),	    SLICE("me:x@a"),
		SLICE("a%2Eb"),	    SLICE("a*"),	SLICE("a\x80"),	    SLICE("a\0b"),
		SLICE("a:b"),	    SLICE("a:-1"),	SLICE("a:+1"),	    SLICE("a: 1"),
		SLICE("a:0"),	    SLICE("a:65536"),	SLICE("a:1:2"),
		SLICE("a:99999999999999999999999999"),
		SLICE("::1"),	    SLICE("["),		SLICE("[]"),	    SLICE("[::1"),
		SLICE("::1]"),	    SLICE("[::1]x"),	SLICE("[::1]80"),   SLICE("[::1]:x"),
		SLICE("[::1%25lo]"), SLICE("[::1%lo]"),	SLICE("[v1.x]"),    SLICE("[192.0.2.1]"),
		SLICE("[::1]]"),    SLICE("[[::1]]"),	SLICE("[::1\0]"),   SLICE("[1:2:3]"),
		SLICE("[00000000000000000000000000000000000000000000000000000000001::]"),
	};
	struct host host;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (uri_parse_host(&host, guard_place(&in, rows[i])))
			fail_msg("%s: taken", check_show(rows[i]));
}

static void
test_encoding(void **state)
{
	struct slice text, path;
	char every[256], encoded[3 * sizeof every];
	size_t len = 0, n;

	(void)state;
	text = SLICE("/a b/%\xC3\xA9?#\"<>[]^`{|}\\");
	n = uri_encode_path(text, encoded, sizeof encoded);
	check_slice("encoded", slice_from(encoded, n),
		    SLICE("/a%20b/%25%C3%A9%3F%23%22%3C%3E%5B%5D%5E%60%7B%7C%7D%5C"));
	n = uri_encode_path(SLICE("/-._~!$&'()*+,;=:@09azAZ"), encoded, sizeof encoded);
	check_slice("plain", slice_from(encoded, n), SLICE("/-._~!$&'()*+,;=:@09azAZ"));

	/* Every byte that decodes comes back. */
	every[len++] = '/';
	for (int c = 0x20; c < 256; c++)
		if (c != 0x7F && c != '/')
			every[len++] = (char)c;
	n = uri_encode_path(slice_from(every, len), encoded, 3 * len);
	assert_int_equal(decode(slice_from(encoded, n), &path), 0);
	check_slice("and back", path, slice_from(every, len));
}

static void
test_encoding_without_room(void **state)
{
	const struct slice text = SLICE("/a b");

	(void)state;
	assert_int_equal(uri_encode_path(text, guard_room(&out, 6), 6), 6);
	for (size_t cap = 0; cap < 6; cap++)
		assert_int_equal(uri_encode_path(text, guard_room(&out, cap), cap), 0);
}

static int
set_up(void **state)
{
	(void)state;
	guard_init(&in, 4096);
	guard_init(&out, 4096);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	guard_fini(&in);
	guard_fini(&out);
	return 0;
}

static void
test_query_value(void **state)
{
	static const struct {
		const char *query;
		size_t count;
		const char *value; /* NULL = none */
	} cases[] = {
		{ "", 0, NULL },	  { "a", 0, NULL },	  { "a=", 1, "" },
		{ "a=1", 1, "1" },	  { "a=1&a=2", 2, "2" },  { "b=1&a=2&c=3", 1, "2" },
		{ "aa=1", 0, NULL },	  { "b=a=1", 0, NULL },	  { "&&a=1&", 1, "1" },
		{ "a=1=2", 1, "1=2" },	  { "A=1", 0, NULL },	  { "a%3D1", 0, NULL },
		{ "a&a=x", 1, "x" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct slice value;
		size_t count =
			uri_query_value(slice_of(cases[i].query), SLICE("a"), &value);

		if (count != cases[i].count)
			fail_msg("%s: %zu times", cases[i].query, count);
		check_slice(cases[i].query, value, slice_of(cases[i].value));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_parts_of_targets),
		cmocka_unit_test(test_forms_of_methods),
		cmocka_unit_test(test_decoding),
		cmocka_unit_test(test_undecodable),
		cmocka_unit_test(test_dot_segments_exhaustively),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_no_hosts),
		cmocka_unit_test(test_encoding),
		cmocka_unit_test(test_query_value),
		cmocka_unit_test(test_encoding_without_room),
	};

	return cmocka_run_group_tests_name("uri", tests, set_up, tear_down);
}
