/* The nearest right word. */
#include "config.h"

#include "config/suggest.h"

#include "check.h"

static void
distances_count_typing_mistakes(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned distance;
	} cases[] = {
		{ "", "", 0 },
		{ "listen", "listen", 0 },
		{ "Listen", "listen", 0 },
		{ "lisen", "listen", 1 },
		{ "listten", "listen", 1 },
		{ "lisren", "listen", 1 },
		{ "lsiten", "listen", 1 },
		{ "liestn", "listen", 2 },
		{ "ab", "ba", 1 },
		{ "abc", "xyz", 3 },
		{ "abcdef", "x", 4 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned n = suggest_distance(slice_of(cases[i].a), slice_of(cases[i].b), 3);

		if (n != cases[i].distance)
			fail_msg("%s %s: %u", cases[i].a, cases[i].b, n);
		assert_int_equal(n,
				 suggest_distance(slice_of(cases[i].b), slice_of(cases[i].a), 3));
	}
}

static void
the_nearest_word_wins(void **state)
{
	struct suggestion s;

	(void)state;
	suggest_init(&s, SLICE("idnex"));
	assert_false(suggest_try(&s, SLICE("charset")));
	assert_true(suggest_try(&s, SLICE("inde")));
	assert_true(suggest_try(&s, SLICE("index")));
	assert_false(suggest_try(&s, SLICE("inxde")));
	check_slice("best", s.best, SLICE("index"));
}

static void
nothing_near_is_nothing(void **state)
{
	struct suggestion s;
	char word[200];

	(void)state;
	suggest_init(&s, SLICE("x"));
	assert_false(suggest_try(&s, SLICE("on")));
	assert_false(suggest_try(&s, SLICE("y")));
	suggest_init(&s, SLICE(""));
	assert_false(suggest_try(&s, SLICE("on")));
	memset(word, 'x', sizeof word);
	suggest_init(&s, slice_from(word, sizeof word));
	assert_false(suggest_try(&s, slice_from(word, sizeof word - 1)));
	assert_int_equal(s.best.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances_count_typing_mistakes),
		cmocka_unit_test(the_nearest_word_wins),
		cmocka_unit_test(nothing_near_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
