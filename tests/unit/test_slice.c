/* Slices: cutting, comparing, lists and numbers. */
#include "config.h"

#include "base/slice.h"

#include "check.h"
#include "guard.h"

static struct guard left, right;

static void
test_making(void **state)
{
	(void)state;
	assert_int_equal(slice_of("abc").len, 3);
	assert_null(slice_of(NULL).p);
	assert_int_equal(slice_of(NULL).len, 0);
	assert_int_equal(SLICE("a\0b").len, 3);
	assert_null(slice_after(SLICE_NONE, 1).p);
}

static void
test_cutting(void **state)
{
	const struct slice s = SLICE("abc");

	(void)state;
	check_slice("after 0", slice_after(s, 0), SLICE("abc"));
	check_slice("after 2", slice_after(s, 2), SLICE("c"));
	check_slice("after all", slice_after(s, 3), SLICE(""));
	check_slice("beyond", slice_after(s, 9), SLICE(""));
	check_slice("head 0", slice_head(s, 0), SLICE(""));
	check_slice("head 2", slice_head(s, 2), SLICE("ab"));
	check_slice("head 9", slice_head(s, 9), SLICE("abc"));
}

static void
test_equal(void **state)
{
	static const struct {
		struct slice a, b;
		bool equal, nocase;
	} rows[] = {
		{ SLICE(""), SLICE(""), true, true },
		{ SLICE("a"), SLICE(""), false, false },
		{ SLICE("abc"), SLICE("abc"), true, true },
		{ SLICE("abc"), SLICE("abd"), false, false },
		{ SLICE("abc"), SLICE("ab"), false, false },
		{ SLICE("a\0b"), SLICE("a\0c"), false, false },
		{ SLICE("aZ09"), SLICE("Az09"), false, true },
		{ SLICE("@"), SLICE("`"), false, false },	/* beside the letters */
		{ SLICE("["), SLICE("{"), false, false },
		{ SLICE("\xC4"), SLICE("\xE4"), false, false },	/* letters elsewhere */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice a = guard_place(&left, rows[i].a), b = guard_place(&right, rows[i].b);

		assert_int_equal(slice_equal(a, b), rows[i].equal);
		assert_int_equal(slice_equal_nocase(a, b), rows[i].nocase);
		assert_int_equal(slice_equal_nocase(b, a), rows[i].nocase);
	}
	assert_true(slice_equal(SLICE_NONE, SLICE("")));
}

static void
test_starts_and_ends(void **state)
{
	const struct slice s = SLICE("abc");

	(void)state;
	assert_true(slice_starts(s, SLICE("")));
	assert_true(slice_starts(s, SLICE("ab")));
	assert_true(slice_starts(s, s));
	assert_false(slice_starts(s, SLICE("b")));
	assert_false(slice_starts(s, SLICE("abcd")));
	assert_true(slice_ends(s, SLICE("")));
	assert_true(slice_ends(s, SLICE("bc")));
	assert_true(slice_ends(s, s));
	assert_false(slice_ends(s, SLICE("ab")));
	assert_false(slice_ends(s, SLICE("zabc")));
}

static void
test_finding(void **state)
{
	const struct slice s = SLICE("a.b.c");

	(void)state;
	assert_int_equal(slice_find(s, '.'), 1);
	assert_int_equal(slice_find_last(s, '.'), 3);
	assert_int_equal(slice_find(s, 'x'), s.len);
	assert_int_equal(slice_find_last(s, 'x'), s.len);
	assert_int_equal(slice_find(SLICE_NONE, 'x'), 0);
	assert_int_equal(slice_find_last(SLICE_NONE, 'x'), 0);
}

static void
test_trimming(void **state)
{
	static const struct {
		struct slice s, trimmed;
	} rows[] = {
		{ SLICE(""), SLICE("") },	  { SLICE(" "), SLICE("") },
		{ SLICE(" \t \t"), SLICE("") },	  { SLICE("a"), SLICE("a") },
		{ SLICE("\ta b "), SLICE("a b") }, { SLICE("\na\r"), SLICE("\na\r") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_slice("trim", slice_trim(guard_place(&left, rows[i].s)), rows[i].trimmed);
	check_slice("none", slice_trim(SLICE_NONE), SLICE(""));
}

typedef bool cut(struct slice *, struct slice *);

/* All that a function cuts off, each between < and >. */
static void
check_cuts(cut *next, struct slice s, const char *wanted)
{
	char got[256] = "";
	struct slice rest = guard_place(&left, s), one;
	size_t n = 0;

	while (next(&rest, &one))
		n += (size_t)snprintf(got + n, sizeof got - n, "<%.*s>", SLICE_FMT(one));
	check_slice(check_show(s), slice_of(got), slice_of(wanted));
	assert_int_equal(rest.len, 0);
	assert_false(next(&rest, &one));
}

static void
test_words(void **state)
{
	(void)state;
	check_cuts(slice_word, SLICE(""), "");
	check_cuts(slice_word, SLICE(" \t"), "");
	check_cuts(slice_word, SLICE("one"), "<one>");
	check_cuts(slice_word, SLICE("one two"), "<one><two>");
	check_cuts(slice_word, SLICE("\t one \t two,three  "), "<one><two,three>");
}

static void
test_lists(void **state)
{
	static const struct {
		struct slice s;
		const char *elements;
	} rows[] = {
		{ SLICE(""), "" },
		{ SLICE(" , ,\t,,"), "" },
		{ SLICE("a"), "<a>" },
		{ SLICE("a,b"), "<a><b>" },
		{ SLICE(" a\t, b c ,, d,"), "<a><b c><d>" },
		{ SLICE("a;q=1, b;q=0.5"), "<a;q=1><b;q=0.5>" },
		{ SLICE("\"a,b\",c"), "<\"a,b\"><c>" },
		{ SLICE("x=\"a,b\" ,c"), "<x=\"a,b\"><c>" },
		{ SLICE("\"a\\\",b\",c"), "<\"a\\\",b\"><c>" },
		{ SLICE("\"a\\\\\",c"), "<\"a\\\\\"><c>" },
		{ SLICE("a\\,b"), "<a\\><b>" },		/* a backslash quotes within quotes only */
		{ SLICE("\"a,b"), "<\"a,b>" },		/* never closed: up to the end */
		{ SLICE("\"a\\"), "<\"a\\>" },
		{ SLICE("\"\",\"\""), "<\"\"><\"\">" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_cuts(slice_list_next, rows[i].s, rows[i].elements);
}

static void
test_numbers(void **state)
{
	static const struct {
		struct slice s;
		uint64_t max;
		bool good;
		uint64_t number;
	} rows[] = {
		{ SLICE("0"), 0, true, 0 },
		{ SLICE("1"), 0, false, 0 },
		{ SLICE("65535"), 65535, true, 65535 },
		{ SLICE("65536"), 65535, false, 0 },
		{ SLICE("0000000000000000000000000000007"), 7, true, 7 },
		{ SLICE("18446744073709551615"), UINT64_MAX, true, UINT64_MAX },
		{ SLICE("18446744073709551616"), UINT64_MAX, false, 0 },
		{ SLICE("18446744073709551620"), UINT64_MAX, false, 0 },
		{ SLICE("99999999999999999999"), UINT64_MAX, false, 0 },
		{ SLICE("184467440737095516150"), UINT64_MAX, false, 0 },
		{ SLICE(""), 9, false, 0 },
		{ SLICE("-1"), 9, false, 0 },
		{ SLICE("+1"), 9, false, 0 },
		{ SLICE(" 1"), 9, false, 0 },
		{ SLICE("1 "), 9, false, 0 },
		{ SLICE("0x1"), 9, false, 0 },
		{ SLICE("1a"), 9, false, 0 },
		{ SLICE("1\0"), 9, false, 0 },
		{ SLICE("\xB1"), 9, false, 0 },
		{ SLICE("/"), 9, false, 0 },
		{ SLICE(":"), 99, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t n = 4711;
		bool good = slice_to_number(guard_place(&left, rows[i].s), rows[i].max, &n);

		if (good != rows[i].good)
			fail_msg("%s: %d", check_show(rows[i].s), good);
		assert_true(n == (good ? rows[i].number : 4711));	/* untouched on failure */
	}
}

static int
set_up(void **state)
{
	(void)state;
	guard_init(&left, 4096);
	guard_init(&right, 4096);
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

static void
test_number_out(void **state)
{
	static const struct {
		uint64_t n;
		struct slice text;
	} rows[] = {
		{ 0, SLICE("0") },
		{ 9, SLICE("9") },
		{ 10, SLICE("10") },
		{ 99, SLICE("99") },
		{ 100, SLICE("100") },
		{ 1005, SLICE("1005") },
		{ 1048576, SLICE("1048576") },
		{ UINT64_MAX, SLICE("18446744073709551615") },
	};
	char digits[SLICE_DIGITS];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_slice("digits", slice_of_number(digits, rows[i].n), rows[i].text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_making),
		cmocka_unit_test(test_cutting),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_starts_and_ends),
		cmocka_unit_test(test_finding),
		cmocka_unit_test(test_trimming),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_number_out),
	};

	return cmocka_run_group_tests_name("slice", tests, set_up, tear_down);
}
