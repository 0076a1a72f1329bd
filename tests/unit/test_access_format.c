/* Formats of the access log: each directive, and the words for what is none. */
#include "config.h"

#include "log/access_format.h"

#include "check.h"

static struct access_format
parse(struct arena *arena, const char *text)
{
	struct access_format format;
	const char *words = access_format_parse(&format, slice_of(text), arena);

	if (words)
		fail_msg("%s: %s", text, words);
	return format;
}

static void
test_every_directive(void **state)
{
	static const struct {
		enum access_kind kind;
		char letter;
		bool named;
	} all[] = {
#define ACCESS_ITEM(enumerator, letter, named) { enumerator, letter, named },
#include "log/access_item.def"
#undef ACCESS_ITEM
	};
	struct arena arena;

	(void)state;
	arena_init(&arena, 1024);
	for (size_t i = 0; i < COUNT(all); i++) {
		const char *name = all[i].kind == ACCESS_PEER  ? "c"
				   : all[i].kind == ACCESS_TLS ? "SSL_CIPHER"
							       : "Some-Name";
		struct access_format f;
		char text[20];

		snprintf(text, sizeof text, all[i].named ? "%%{%s}%c" : "%%%.0s%c", name,
			 all[i].letter);
		f = parse(&arena, text);
		assert_int_equal(f.count, 1);
		assert_int_equal(f.items[0].kind, all[i].kind);
		check_slice(text, f.items[0].text, all[i].named ? slice_of(name) : SLICE_NONE);
	}
	arena_fini(&arena);
}

static void
test_text_between(void **state)
{
	struct access_format f;
	struct arena arena;

	(void)state;
	arena_init(&arena, 1024);
	f = parse(&arena, "<%h> %% \"%>s\"");
	assert_int_equal(f.count, 7);
	check_slice("first", f.items[0].text, SLICE("<"));
	assert_int_equal(f.items[1].kind, ACCESS_CLIENT_HOST);
	check_slice("third", f.items[2].text, SLICE("> "));
	check_slice("percent", f.items[3].text, SLICE("%"));
	assert_int_equal(f.items[3].kind, ACCESS_TEXT);
	assert_int_equal(f.items[5].kind, ACCESS_STATUS);
	check_slice("last", f.items[6].text, SLICE("\""));
	assert_int_equal(parse(&arena, "").count, 0);
	assert_int_equal(parse(&arena, "no directive").count, 1);
	assert_int_equal(parse(&arena, "%%%%%%").count, 3);
	arena_fini(&arena);
}

/* What was parsed does not point into the text it came from. */
static void
test_own_memory(void **state)
{
	char text[] = "a%{Via}o";
	struct access_format f;
	struct arena arena;

	(void)state;
	arena_init(&arena, 1024);
	f = parse(&arena, text);
	memset(text, '#', sizeof text - 1);
	check_slice("text", f.items[0].text, SLICE("a"));
	check_slice("name", f.items[1].text, SLICE("Via"));
	check_slice("source", f.source, SLICE("a%{Via}o"));
	arena_fini(&arena);
}

static void
test_errors(void **state)
{
	static const struct {
		const char *text, *word;
	} bad[] = {
		{ "%", "unknown directive" },		{ "100%", "unknown directive" },
		{ "%>", "unknown directive" },		{ "%y", "unknown directive" },
		{ "% h", "unknown directive" },		{ "%{Referer}", "unknown directive" },
		{ "%{Referer}y", "unknown directive" }, { "%{Referer", "needs its '}'" },
		{ "%i", "needs a field name" },		{ "%{}i", "needs a field name" },
		{ "%{Referer}h", "only %{Name}i" },	{ "%{x}a", "%{c}a that of the connection" },
	};
	struct access_format f;
	struct arena arena;

	(void)state;
	arena_init(&arena, 1024);
	for (size_t i = 0; i < COUNT(bad); i++) {
		const char *words = access_format_parse(&f, slice_of(bad[i].text), &arena);

		if (!words || !strstr(words, bad[i].word))
			fail_msg("%s: \"%s\" should speak of \"%s\"", bad[i].text,
				 words ? words : "nothing", bad[i].word);
	}
	arena_fini(&arena);
}

static void
test_ready_made(void **state)
{
	static const char *const names[] = { "combined", "vhost" };
	struct arena arena;

	(void)state;
	arena_init(&arena, 1024);
	for (size_t i = 0; i < COUNT(names); i++) {
		struct slice text = access_format_named(slice_of(names[i]));
		struct access_format f;

		assert_non_null(text.p);
		assert_null(access_format_parse(&f, text, &arena));
	}
	assert_null(access_format_named(SLICE("common")).p);
	assert_null(access_format_named(SLICE("Combined")).p);
	assert_null(access_format_named(SLICE_NONE).p);
	arena_fini(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_directive), cmocka_unit_test(test_text_between),
		cmocka_unit_test(test_own_memory),	cmocka_unit_test(test_errors),
		cmocka_unit_test(test_ready_made),
	};

	return cmocka_run_group_tests_name("access_format", tests, NULL, NULL);
}
