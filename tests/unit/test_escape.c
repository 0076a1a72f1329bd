/* Escaping: what is special to HTML, JSON and links, and bytes that are no UTF-8. */
#include "config.h"

#include "content/escape.h"

#include "check.h"
#include "guard.h"

static struct guard in, out;

/* The text put() makes of s, in a buffer that has not a byte more. */
static struct slice
escaped(void (*put)(struct text *, struct slice), struct slice s, size_t room)
{
	struct text t = { .p = guard_room(&out, room), .cap = room };

	put(&t, guard_place(&in, s));
	if (t.full)
		return SLICE("(full)");
	return slice_from(t.p, t.len);
}

static void
test_known(void **state)
{
	static const struct {
		struct slice raw;
		const char *html, *json, *url;
	} rows[] = {
		{ SLICE(""), "", "", "" },
		{ SLICE("a.txt"), "a.txt", "a.txt", "a.txt" },
		{ SLICE("<i>&\"'"), "&lt;i&gt;&amp;&quot;&#39;", "<i>&\\\"'", "%3Ci%3E&%22'" },
		{ SLICE("a\\b\n\x01"), "a\\b\n\x01", "a\\\\b\\u000a\\u0001", "a%5Cb%0A%01" },
		{ SLICE("a b?c#d%e:f"), "a b?c#d%e:f", "a b?c#d%e:f", "a%20b%3Fc%23d%25e:f" },
		{ SLICE("a;"), "a;", "a;", "a%3B" },
		{ SLICE("caf\xC3\xA9"), "caf\xC3\xA9", "caf\xC3\xA9", "caf%C3%A9" },
		{ SLICE("caf\xE9"), "caf\xEF\xBF\xBD", "caf\xEF\xBF\xBD", "caf%E9" },
		{ SLICE("\xFF<\xFE"), "\xEF\xBF\xBD&lt;\xEF\xBF\xBD", "\xEF\xBF\xBD<\xEF\xBF\xBD",
		  "%FF%3C%FE" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name = check_show(rows[i].raw);

		check_slice(name, escaped(text_put_html, rows[i].raw, strlen(rows[i].html)),
			    slice_of(rows[i].html));
		check_slice(name, escaped(text_put_json, rows[i].raw, strlen(rows[i].json)),
			    slice_of(rows[i].json));
		check_slice(name, escaped(text_put_url, rows[i].raw, strlen(rows[i].url)),
			    slice_of(rows[i].url));
	}
	check_slice("link", escaped(text_put_link, SLICE("a&b'c\"<"), 100),
		    SLICE("a&amp;b&#39;c%22%3C"));
}

/* Every text is taken whole or reported, and nothing is written behind the room. */
static void
test_room(void **state)
{
	(void)state;
	check_slice("html", escaped(text_put_html, SLICE("a<"), 4), SLICE("(full)"));
	check_slice("json", escaped(text_put_json, SLICE("\""), 1), SLICE("(full)"));
	check_slice("url", escaped(text_put_url, SLICE(" "), 2), SLICE("(full)"));
	check_slice("utf8", escaped(text_put_utf8, SLICE("\xC3\xA9"), 1), SLICE("(full)"));
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;
		struct slice one = slice_from(&byte, 1);

		assert_string_not_equal(escaped(text_put_html, one, ESCAPE_MOST).p, "(full)");
		assert_string_not_equal(escaped(text_put_json, one, ESCAPE_MOST).p, "(full)");
		assert_string_not_equal(escaped(text_put_link, one, ESCAPE_MOST).p, "(full)");
	}
}

/* RFC 3629 4 */
static void
test_utf8(void **state)
{
	static const struct {
		struct slice bytes;
		size_t length;
	} rows[] = {
		{ SLICE("a\xFF"), 1 },
		{ SLICE("\x7F"), 1 },
		{ SLICE("\x80"), 0 },
		{ SLICE("\xBF"), 0 },
		{ SLICE("\xC0\x80"), 0 },
		{ SLICE("\xC1\xBF"), 0 },
		{ SLICE("\xC2\x80"), 2 },
		{ SLICE("\xDF\xBF"), 2 },
		{ SLICE("\xC2"), 0 },
		{ SLICE("\xC2\x7F"), 0 },
		{ SLICE("\xC2\xC0"), 0 },
		{ SLICE("\xE0\x9F\xBF"), 0 },
		{ SLICE("\xE0\xA0\x80"), 3 },
		{ SLICE("\xE2\x82"), 0 },
		{ SLICE("\xED\x9F\xBF"), 3 },
		{ SLICE("\xED\xA0\x80"), 0 },
		{ SLICE("\xEF\xBF\xBF"), 3 },
		{ SLICE("\xE2\x82\x41"), 0 },
		{ SLICE("\xF0\x8F\xBF\xBF"), 0 },
		{ SLICE("\xF0\x90\x80\x80"), 4 },
		{ SLICE("\xF4\x8F\xBF\xBF"), 4 },
		{ SLICE("\xF4\x90\x80\x80"), 0 },
		{ SLICE("\xF0\x90\x80"), 0 },
		{ SLICE("\xF5\x80\x80\x80"), 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (utf8_length(guard_place(&in, rows[i].bytes)) != rows[i].length)
			fail_msg("%s", check_show(rows[i].bytes));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_known),
					    cmocka_unit_test(test_room),
					    cmocka_unit_test(test_utf8) };

	guard_init(&in, 4096);
	guard_init(&out, 4096);
	return cmocka_run_group_tests_name("escape", tests, NULL, NULL);
}
