/*
 * Patterns: rows by hand, then random ones against a matcher so naive that it is plainly
 * right, and patterns that make such a matcher take for ever.
 */
#include "config.h"

#include "base/glob.h"

#include <time.h>

#include "check.h"
#include "guard.h"

enum { LONG = 1 << 18 };

static struct guard left, right;

static bool
match(const char *pattern, const char *text, struct slice captures[GLOB_CAPTURES])
{
	return glob_match(guard_place(&left, slice_of(pattern)),
			  guard_place(&right, slice_of(text)), captures);
}

static void
test_matching(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} rows[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "a", "", false },
		{ "a", "a", true },
		{ "a", "A", false },
		{ "a", "ab", false },
		{ "ab", "a", false },
		{ "*", "", true },
		{ "*", "abc", true },
		{ "*", "/", false },
		{ "*", "a/b", false },
		{ "**", "", true },
		{ "**", "/a//b/", true },
		{ "/*", "/a", true },
		{ "/*", "/", true },
		{ "/*", "/a/b", false },
		{ "/*/", "/a/", true },
		{ "/**", "/a/b", true },
		{ "/a/**/b", "/a/x/y/b", true },
		{ "/a/**/b", "/a//b", true },
		{ "/a/**/b", "/a/b", false },
		{ "*.pdf", "a.pdf", true },
		{ "*.pdf", "a.pdf.pdf", true },
		{ "*.pdf", ".pdf", true },
		{ "*.pdf", "a.pdf/", false },
		{ "*.pdf", "a/b.pdf", false },
		{ "**.pdf", "a/b.pdf", true },
		{ "***", "a/b", true },
		{ "?", "", false },
		{ "?", "a", true },
		{ "?", "/", false },
		{ "?", "\xFF", true },
		{ "a?c", "abc", true },
		{ "[abc]", "b", true },
		{ "[abc]", "d", false },
		{ "[a-c]", "b", true },
		{ "[a-c]", "-", false },
		{ "[a-]", "-", true },
		{ "[-a]", "-", true },
		{ "[c-a]", "b", false },
		{ "[!a-c]", "b", false },
		{ "[^a-c]", "d", true },
		{ "[!a]", "/", false },
		{ "[.-0]", "/", false },
		{ "[.-0]", ".", true },
		{ "[]]", "]", true },
		{ "[]a]", "a", true },
		{ "[!]]", "]", false },
		{ "[!]]", "a", true },
		{ "[a^]", "^", true },
		{ "[*]", "*", true },
		{ "[*]", "a", false },
		{ "[[]", "[", true },
		{ "[\x80-\xFF]", "\xC3", true },
		{ "[\x80-\xFF]", "a", false },
		{ "[a", "[a", true },		/* not closed, which glob_check() refuses */
		{ "[", "[", true },
		{ "[!", "[!", true },
		{ "\\*", "\\a", true },		/* no escapes */
		{ "*/*", "a/b", true },
		{ "*/*", "a/b/c", false },
		{ "**/*", "a/b/c", true },
		{ "*/**", "a/b/c", true },
		{ "**a*b", "xa/ab", true },
		{ "**/a*/c", "/ab/ac/c", true },
		{ "a**b*c", "ab/bc", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (match(rows[i].pattern, rows[i].text, NULL) != rows[i].matches)
			fail_msg("pattern %s, text %s", rows[i].pattern, rows[i].text);
}

static void
test_captures(void **state)
{
	static const struct {
		const char *pattern, *text, *captures[3];
	} rows[] = {
		{ "/old/*", "/old/a.html", { "a.html" } },
		{ "/*/*.html", "/a/b.html", { "a", "b" } },
		{ "/**/x/*", "/a/x/b/x/c", { "a/x/b", "c" } },
		{ "**", "/a/b", { "/a/b" } },
		{ "*", "", { "" } },
		{ "*a*", "banana", { "b", "nana" } },		/* as little as it can */
		{ "*na*", "banana", { "ba", "na" } },
		{ "**a**", "banana", { "b", "nana" } },
		{ "***", "a", { "", "a" } },
		{ "*?*", "abc", { "", "bc" } },
		{ "[a-c]*", "ab", { "b" } },
		{ "a**b*c", "ab/bc", { "b/", "" } },
		{ "**/*-*", "a-b/c-d", { "a-b", "c", "d" } },
		{ "plain", "plain", { NULL } },
	};
	struct slice captures[GLOB_CAPTURES];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(match(rows[i].pattern, rows[i].text, captures));
		for (size_t c = 0; c < GLOB_CAPTURES; c++)
			check_slice(rows[i].pattern, captures[c],
				    slice_of(c < 3 ? rows[i].captures[c] : NULL));
	}
}

static void
test_checking(void **state)
{
	static const char *const good[] = {
		"", "a", "*", "**", "/*.html", "[a]", "[]]", "[!]]", "[^]]", "[*]", "]", "a]b",
		"*********", "*a*b*c*d*e*f*g*h*", "******************", "[a*][b*]*",
	};
	static const char *const bad[] = {
		"[", "*[", "[a", "[]", "[!]", "[^]", "a[", "[a][", "*******************",
		"*a*b*c*d*e*f*g*h*i*",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		if (glob_check(guard_place(&left, slice_of(good[i]))))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		if (!glob_check(guard_place(&left, slice_of(bad[i]))))
			fail_msg("taken: %s", bad[i]);
	/* More stars than captures: the words are for the administrator, a match is none. */
	assert_false(match("*a*a*a*a*a*a*a*a*a*", "aaaaaaaaa", NULL));
}

static void
test_is_pattern(void **state)
{
	(void)state;
	assert_false(glob_is_pattern(SLICE("")));
	assert_false(glob_is_pattern(SLICE("/a/b.html")));
	assert_false(glob_is_pattern(SLICE("a]b{c}\\")));
	assert_true(glob_is_pattern(SLICE("*")));
	assert_true(glob_is_pattern(SLICE("/a?")));
	assert_true(glob_is_pattern(SLICE("/[")));
}

/* Is c in the set, which stands from p[0] == '[' to p[len - 1] == ']'? */
static bool
naive_set(const char *p, size_t len, unsigned char c)
{
	bool member[256] = { false };
	bool negate = p[1] == '!' || p[1] == '^';

	for (size_t i = negate ? 2 : 1; i < len - 1; i++) {
		int from = (unsigned char)p[i], to = from;

		if (i + 2 < len - 1 && p[i + 1] == '-') {
			to = (unsigned char)p[i + 2];
			i += 2;
		}
		for (int b = from; b <= to; b++)
			member[b] = true;
	}
	return c != '/' && member[c] != negate;
}

/* What the header says, word for word: every star tries every length, the shortest first. */
static bool
naive_match(struct slice p, struct slice t, struct slice *captures)
{
	if (p.len == 0)
		return t.len == 0;
	if (p.p[0] == '*') {
		bool deep = p.len > 1 && p.p[1] == '*';
		struct slice behind = slice_after(p, deep ? 2 : 1);

		for (size_t n = 0; n <= t.len; n++) {
			if (n > 0 && !deep && t.p[n - 1] == '/')
				return false;
			*captures = slice_head(t, n);
			if (naive_match(behind, slice_after(t, n), captures + 1))
				return true;
		}
		return false;
	}
	if (t.len == 0)
		return false;
	if (p.p[0] == '[') {
		size_t from = p.len > 1 && (p.p[1] == '!' || p.p[1] == '^') ? 2 : 1;
		struct slice rest = slice_after(p, from + 1);
		size_t end = slice_find(rest, ']');

		if (end < rest.len) {
			size_t len = from + 1 + end + 1;

			return naive_set(p.p, len, (unsigned char)t.p[0]) &&
			       naive_match(slice_after(p, len), slice_after(t, 1), captures);
		}
	}
	if (p.p[0] == '?' ? t.p[0] == '/' : p.p[0] != t.p[0])
		return false;
	return naive_match(slice_after(p, 1), slice_after(t, 1), captures);
}

/* Marsaglia's xorshift: the same numbers every time. */
static unsigned
draw(unsigned below)
{
	static uint64_t seed = 88172645463325252;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % below;
}

/* Up to max of the letters. */
static struct slice
draw_text(const struct guard *g, const char *letters, unsigned max)
{
	unsigned len = draw(max + 1);
	char *p = guard_room(g, len);

	for (unsigned i = 0; i < len; i++)
		p[i] = letters[draw((unsigned)strlen(letters))];
	return slice_from(p, len);
}

static size_t
stars_in(struct slice pattern)
{
	size_t stars = 0;

	for (size_t i = 0; i < pattern.len; i++)
		stars += pattern.p[i] == '*';
	return stars;
}

static void
compare(const char *pattern_letters, const char *text_letters, unsigned rounds)
{
	unsigned matched = 0;

	while (rounds-- > 0) {
		struct slice captures[GLOB_CAPTURES], wanted[GLOB_CAPTURES] = { SLICE_NONE };
		struct slice pattern = draw_text(&left, pattern_letters, 12);
		struct slice text = draw_text(&right, text_letters, 12);
		bool matches;

		if (stars_in(pattern) > GLOB_CAPTURES)
			continue;
		matches = naive_match(pattern, text, wanted);
		if (glob_match(pattern, text, captures) != matches)
			fail_msg("pattern %s, text %s: should %smatch", check_show(pattern),
				 check_show(text), matches ? "" : "not ");
		if (!matches)
			continue;
		matched++;
		for (size_t i = 0; i < GLOB_CAPTURES; i++)
			check_slice(check_show(pattern), captures[i], wanted[i]);
	}
	assert_true(matched > 100);	/* or it was no test */
}

static void
test_against_the_naive(void **state)
{
	(void)state;
	compare("ab/**", "ab/", 400000);
	compare("a**/", "a/", 400000);
	compare("a*?/", "aab/", 200000);
	compare("a[]!-^/*", "a]-!/", 200000);
	compare("ab/*?[]", "ab/", 200000);
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/*
 * The naive one would need longer than the universe has, and one that is merely quadratic a
 * minute.  The bound leaves much room for slow machines.
 */
static void
test_bounded_time(void **state)
{
	static const char *const patterns[] = {
		"*a*a*a*a*a*a*a*ab", "**a**a**a**a**a**a**a**ab", "**a*a**a*a**a*a**a*ab",
		"**/*/**/*/**/*/**/*b", "**/*a**/*a**/*a**/*ab", "**a*b", "**a*a*a*a*b",
	};
	static char text[LONG + 1];
	double start = seconds();

	(void)state;
	for (size_t i = 0; i < COUNT(patterns); i++) {
		memset(text, 'a', LONG);
		assert_false(match(patterns[i], text, NULL));
		text[LONG - 1] = '/';
		assert_false(match(patterns[i], text, NULL));
		for (size_t at = 0; at < LONG; at += 7)
			text[at] = '/';
		assert_false(match(patterns[i], text, NULL));
	}
	assert_true(seconds() - start < 5);
}

static int
set_up(void **state)
{
	(void)state;
	guard_init(&left, 4096);
	guard_init(&right, LONG);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	guard_fini(&left);
	guard_fini(&right);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matching),
		cmocka_unit_test(test_captures),
		cmocka_unit_test(test_checking),
		cmocka_unit_test(test_is_pattern),
		cmocka_unit_test(test_against_the_naive),
		cmocka_unit_test(test_bounded_time),
	};

	return cmocka_run_group_tests_name("glob", tests, set_up, tear_down);
}
