/* The grammar of what stands behind '='. */
#include "config.h"

#include "config/value.h"

#include "check.h"

static struct arena arena;

static int
set_up(void **state)
{
	(void)state;
	arena_init(&arena, 4096);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

/* The words of a value, each in brackets, quoted ones in quotes. */
static void
check_words(const char *raw, const char *wanted)
{
	char got[512] = "";
	struct value v;
	const char *words = value_split(&v, slice_of(raw), &arena);

	for (size_t i = 0; !words && i < v.count; i++)
		sprintf(got + strlen(got), v.words[i].quoted ? "<%.*s>" : "[%.*s]",
			SLICE_FMT(v.words[i].text));
	if (words ? !strstr(words, wanted) : strcmp(got, wanted) != 0)
		fail_msg("%s: got %s, wanted %s", raw, words ? words : got, wanted);
}

static void
words_stand_between_blanks(void **state)
{
	(void)state;
	check_words(" a", "[a]");
	check_words("a\tb  c ", "[a][b][c]");
	check_words("", "missing behind the '='");
	check_words("  ", "missing behind the '='");
}

static void
quotes_keep_blanks_and_semicolons(void **state)
{
	(void)state;
	check_words(" \"a b\"", "<a b>");
	check_words(" \"a ; b\" c", "<a ; b>[c]");
	check_words(" \"\"", "<>");
	check_words(" \"a\\\"b\\\\c\"", "<a\"b\\c>");
	check_words(" \"a\\nb\"", "<a\\nb>");
	check_words(" a\\b", "[a\\b]");
	check_words(" @\"a b\" @c", "[@a b][@c]");
}

static void
quotes_stand_around_a_whole_word(void **state)
{
	(void)state;
	check_words(" a\"b\"", "inside of a word");
	check_words(" \"a\"b", "behind a closing quote");
	check_words(" \"a", "never closed");
	check_words(" \"a\\\"", "never closed");
	check_words(" \"", "never closed");
}

static void
a_comment_is_a_blank_and_a_semicolon(void **state)
{
	(void)state;
	check_words(" a ; b", "[a]");
	check_words(" a;b", "[a;b]");
	check_words(" a\t;b", "[a]");
	check_words(";a", "[;a]");
	check_words(" ;a", "missing behind the '='");
	check_words(" a # b", "[a][#][b]");
	check_words(" \"a\" ; \"", "<a>");
}

static void
the_text_is_what_stands_there_without_comment(void **state)
{
	struct value v;

	(void)state;
	assert_null(value_split(&v, SLICE("  a \"b c\"  ; d"), &arena));
	check_slice("text", v.text, SLICE("a \"b c\""));
}

static void
a_value_has_8192_bytes(void **state)
{
	char long_value[8300];
	struct value v;
	struct slice text;

	(void)state;
	memset(long_value, 'x', sizeof long_value);
	assert_null(value_split(&v, slice_from(long_value, 8192), &arena));
	assert_null(value_whole(&text, slice_from(long_value, 8192), &arena));
	assert_non_null(value_split(&v, slice_from(long_value, 8193), &arena));
	assert_non_null(value_whole(&text, slice_from(long_value, 8193), &arena));
	memcpy(long_value + 8192, " ; a comment does not count", 27);
	assert_null(value_split(&v, slice_from(long_value, 8192 + 27), &arena));
}

static void
check_whole(const char *raw, const char *wanted)
{
	struct slice text = SLICE_NONE;
	const char *words = value_whole(&text, slice_of(raw), &arena);

	if (words ? !strstr(words, wanted) : !slice_equal(text, slice_of(wanted)))
		fail_msg("%s: got %s, wanted %s", raw, words ? words : check_show(text), wanted);
}

static void
a_whole_value_keeps_its_quotes(void **state)
{
	(void)state;
	check_whole(" X: a \"b\" c ", "X: a \"b\" c");
	check_whole(" X: a; b", "X: a; b");
	check_whole(" X: \"a", "X: \"a");
	check_whole(" \"X: a ; b\"", "X: a ; b");
	check_whole(" \"X: \\\"a\\\"\" ; comment", "X: \"a\"");
	check_whole(" X: a ; b", "Put quotes around the whole value");
	check_whole(" X: \"a ; b\"", "Put quotes around the whole value");
	check_whole(" \"X: a\" b", "behind the closing quote");
	check_whole(" \"X: a", "never closed");
	check_whole(" ", "missing behind the '='");
}

static void
quoting_can_be_taken_back(void **state)
{
	static const char *const texts[] = { "", "a b", "a ; b", "\"\\\"", "\\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct value v;

		assert_null(value_split(&v, value_quote(slice_of(texts[i]), &arena), &arena));
		assert_int_equal(v.count, 1);
		check_slice(texts[i], v.words[0].text, slice_of(texts[i]));
	}
}

static void
check_number(const char *word, enum unit unit, uint64_t min, uint64_t max, uint64_t wanted,
	     const char *refused)
{
	uint64_t n = 0;
	const char *words = value_number(&n, slice_of(word), unit, min, max, &arena);

	if (refused ? !words || !strstr(words, refused) : words || n != wanted)
		fail_msg("%s: got %s %llu", word, words ? words : "", (unsigned long long)n);
}

static void
sizes_are_powers_of_1024(void **state)
{
	const uint64_t all = UINT64_MAX;

	(void)state;
	check_number("0", UNIT_SIZE, 0, all, 0, NULL);
	check_number("17", UNIT_SIZE, 0, all, 17, NULL);
	check_number("2k", UNIT_SIZE, 0, all, 2048, NULL);
	check_number("2K", UNIT_SIZE, 0, all, 2048, NULL);
	check_number("3m", UNIT_SIZE, 0, all, 3 << 20, NULL);
	check_number("1G", UNIT_SIZE, 0, all, 1 << 30, NULL);
	check_number("2kb", UNIT_SIZE, 0, all, 0, "with k, m or g");
	check_number("k", UNIT_SIZE, 0, all, 0, "with k, m or g");
	check_number("-1", UNIT_SIZE, 0, all, 0, "with k, m or g");
	check_number("1.5m", UNIT_SIZE, 0, all, 0, "with k, m or g");
	check_number("2k", UNIT_SIZE, 4096, 1 << 20, 0, "between 4k and 1m");
	check_number("18014398509481984k", UNIT_SIZE, 0, all, 0, "too large");
	check_number("17179869184g", UNIT_SIZE, 0, all, 0, "too large");
	check_number("18446744073709551616", UNIT_SIZE, 0, all, 0, "too large");
	check_number("18446744073709551615", UNIT_SIZE, 0, all, all, NULL);
}

static void
times_have_a_unit(void **state)
{
	(void)state;
	check_number("0", UNIT_TIME, 0, 1000, 0, NULL);
	check_number("5ms", UNIT_TIME, 0, 1000, 5, NULL);
	check_number("1S", UNIT_TIME, 0, 1000, 1000, NULL);
	check_number("2m", UNIT_TIME, 0, UINT64_MAX, 120000, NULL);
	check_number("2h", UNIT_TIME, 0, UINT64_MAX, 7200000, NULL);
	check_number("1D", UNIT_TIME, 0, UINT64_MAX, 86400000, NULL);
	check_number("30", UNIT_TIME, 0, 86400000, 0, "write 30s");
	check_number("00", UNIT_TIME, 0, 86400000, 0, "write 00s");
	check_number("30x", UNIT_TIME, 0, 86400000, 0, "ms, s, m, h, d");
	check_number("s", UNIT_TIME, 0, 86400000, 0, "ms, s, m, h, d");
	check_number("2d", UNIT_TIME, 1, 86400000, 0, "between 1ms and 1d");
	check_number("0", UNIT_TIME, 1, 86400000, 0, "between 1ms and 1d");
	check_number("999999999999999999999d", UNIT_TIME, 0, 86400000, 0, "between 0 and 1d");
}

static void
plain_numbers_have_none(void **state)
{
	(void)state;
	check_number("5", UNIT_NONE, 1, 9, 5, NULL);
	check_number("0", UNIT_NONE, 1, 9, 0, "between 1 and 9");
	check_number("10", UNIT_NONE, 1, 9, 0, "between 1 and 9");
	check_number("5k", UNIT_NONE, 1, 9, 0, "no whole number");
	check_number("", UNIT_NONE, 1, 9, 0, "no whole number");
}

static void
switches_have_four_spellings(void **state)
{
	static const char *const on[] = { "on", "yes", "true", "1", "ON", "Yes" };
	static const char *const off[] = { "off", "no", "false", "0", "OFF", "No" };
	bool b = false;

	(void)state;
	for (size_t i = 0; i < COUNT(on); i++)
		assert_true(!value_switch(&b, slice_of(on[i])) && b);
	for (size_t i = 0; i < COUNT(off); i++)
		assert_true(!value_switch(&b, slice_of(off[i])) && !b);
	assert_non_null(value_switch(&b, SLICE("o")));
	assert_non_null(value_switch(&b, SLICE("2")));
	assert_non_null(value_switch(&b, SLICE("")));
}

static void
numbers_are_shown_in_the_largest_exact_unit(void **state)
{
	(void)state;
	check_slice("0", value_format(0, UNIT_TIME, &arena), SLICE("0"));
	check_slice("1500ms", value_format(1500, UNIT_TIME, &arena), SLICE("1500ms"));
	check_slice("2m", value_format(120000, UNIT_TIME, &arena), SLICE("2m"));
	check_slice("1025", value_format(1025, UNIT_SIZE, &arena), SLICE("1025"));
	check_slice("3g", value_format(3ull << 30, UNIT_SIZE, &arena), SLICE("3g"));
	check_slice("7", value_format(7, UNIT_NONE, &arena), SLICE("7"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(words_stand_between_blanks),
		TEST(quotes_keep_blanks_and_semicolons),
		TEST(quotes_stand_around_a_whole_word),
		TEST(a_comment_is_a_blank_and_a_semicolon),
		TEST(the_text_is_what_stands_there_without_comment),
		TEST(a_value_has_8192_bytes),
		TEST(a_whole_value_keeps_its_quotes),
		TEST(quoting_can_be_taken_back),
		TEST(sizes_are_powers_of_1024),
		TEST(times_have_a_unit),
		TEST(plain_numbers_have_none),
		TEST(switches_have_four_spellings),
		TEST(numbers_are_shown_in_the_largest_exact_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
