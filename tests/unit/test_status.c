/* Status codes: what the list says, and what is said of codes that are not in it. */
#include "config.h"

#include "http/status.h"

#include "check.h"

static void
test_list(void **state)
{
	static const struct {
		unsigned code;
		const char *reason, *words;
	} rows[] = {
#define STATUS(code, reason, words) { code, reason, words },
#include "http/status.def"
#undef STATUS
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(status_known(rows[i].code));
		check_slice("reason", status_reason(rows[i].code), slice_of(rows[i].reason));
		check_slice("words", status_words(rows[i].code), slice_of(rows[i].words));
		/* Whoever reads a page of ours finds words on it. */
		assert_int_equal(rows[i].words[0] != '\0',
				 rows[i].code >= 300 && rows[i].code != 304);
	}
}

static void
test_others(void **state)
{
	static const struct {
		unsigned code;
		struct slice reason;
	} rows[] = {
		{ 0, SLICE("Unknown") },	{ 99, SLICE("Unknown") },
		{ 199, SLICE("Informational") }, { 299, SLICE("Successful") },
		{ 399, SLICE("Redirection") },	{ 499, SLICE("Client Error") },
		{ 599, SLICE("Server Error") }, { 600, SLICE("Unknown") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_false(status_known(rows[i].code));
		check_slice("reason", status_reason(rows[i].code), rows[i].reason);
		assert_int_equal(status_words(rows[i].code).len, 0);
	}
}

static void
test_content(void **state)
{
	(void)state;
	assert_true(status_has_content(200));
	assert_true(status_has_content(206));
	assert_true(status_has_content(404));
	assert_false(status_has_content(100));
	assert_false(status_has_content(199));
	assert_false(status_has_content(204));
	assert_false(status_has_content(304));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_content),
	};

	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
