/* Conditional requests: the precedence of RFC 9110 13.2.2, and entity-tags. */
#include "config.h"

#include "http/conditions.h"

#include "head.h"

static struct head head;

static const time_t now = 784200000;

/* Sun, 06 Nov 1994 08:49:37 GMT */
static const struct validators strong = { SLICE("\"v1\""), 784111777, true, false };
static const struct validators weak = { SLICE("W/\"v1\""), 784111777, true, false };
static const struct validators none = { { NULL, 0 }, 0, false, false };

#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT\r\n"
#define SAME "Sun, 06 Nov 1994 08:49:37 GMT\r\n"
#define AFTER "Sun, 06 Nov 1994 08:49:38 GMT\r\n"

struct row {
	const char *method;
	const char *lines;
	const struct validators *validators;
	enum condition condition;
};

static void
check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct request *r = head_parse(&head, rows[i].method, rows[i].lines);
		enum condition got = conditions_evaluate(r, rows[i].validators, now);

		if (got != rows[i].condition)
			fail_msg("%s %s: %u", rows[i].method,
				 check_show(slice_of(rows[i].lines)), got);
	}
}

#define SEND CONDITION_SEND
#define NOT_MODIFIED CONDITION_NOT_MODIFIED
#define FAILED CONDITION_FAILED

static void
test_if_none_match(void **state)
{
	static const struct row rows[] = {
		{ "GET", "", &strong, SEND },
		{ "GET", "If-None-Match: \"v1\"\r\n", &strong, NOT_MODIFIED },
		{ "HEAD", "If-None-Match: \"v1\"\r\n", &strong, NOT_MODIFIED },
		{ "POST", "If-None-Match: \"v1\"\r\n", &strong, FAILED },
		{ "GET", "If-None-Match: W/\"v1\"\r\n", &strong, NOT_MODIFIED },
		{ "GET", "If-None-Match: \"v1\"\r\n", &weak, NOT_MODIFIED },
		{ "GET", "If-None-Match: \"v2\"\r\n", &strong, SEND },
		{ "GET", "If-None-Match: \"v1\"\r\n", &none, SEND },
		{ "GET", "If-None-Match: *\r\n", &strong, NOT_MODIFIED },
		{ "GET", "If-None-Match: *\r\n", &none, NOT_MODIFIED },
		{ "PUT", "If-None-Match: *\r\n", &none, FAILED },
		{ "GET", "If-None-Match: \"a\" , ,W/\"b\",\"v1\"\r\n", &strong, NOT_MODIFIED },
		{ "GET", "If-None-Match: \"a\"\r\nIf-None-Match: \"v1\"\r\n", &strong,
		  NOT_MODIFIED },
		{ "GET", "If-None-Match: \"a,\\\", \"v1\"\r\n", &strong, NOT_MODIFIED },
		{ "GET", "If-None-Match: \"a, \"v1\"\r\n", &strong, SEND },
		{ "GET", "If-None-Match: v1\r\n", &strong, SEND },
		{ "GET", "If-None-Match: \"v1\r\n", &strong, SEND },
		{ "GET", "If-None-Match: w/\"v1\"\r\n", &strong, SEND },
		{ "GET", "If-None-Match: W/ \"v1\"\r\n", &strong, SEND },
		{ "GET", "If-None-Match: W/\r\n", &strong, SEND },
		{ "GET", "If-None-Match: \"\r\n", &strong, SEND },
		{ "GET", "If-None-Match: \"v1\"x\r\n", &strong, SEND },
		{ "GET", "If-None-Match:\r\n", &strong, SEND },
		{ "GET", "If-None-Match: \"*\"\r\n", &strong, SEND },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void
test_if_modified_since(void **state)
{
	static const struct row rows[] = {
		{ "GET", "If-Modified-Since: " BEFORE, &strong, SEND },
		{ "GET", "If-Modified-Since: " SAME, &strong, NOT_MODIFIED },
		{ "HEAD", "If-Modified-Since: " AFTER, &strong, NOT_MODIFIED },
		{ "GET", "If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT\r\n", &strong,
		  NOT_MODIFIED },
		{ "POST", "If-Modified-Since: " SAME, &strong, SEND },
		{ "GET", "If-Modified-Since: " SAME, &none, SEND },
		{ "GET", "If-Modified-Since: yesterday\r\n", &strong, SEND },
		{ "GET", "If-Modified-Since: " SAME "If-Modified-Since: " SAME, &strong, SEND },
		/* If-None-Match alone decides when it is there. */
		{ "GET", "If-None-Match: \"v2\"\r\nIf-Modified-Since: " SAME, &strong, SEND },
		{ "GET", "If-None-Match: \"v1\"\r\nIf-Modified-Since: " BEFORE, &strong,
		  NOT_MODIFIED },
		{ "GET", "If-None-Match: x\r\nIf-Modified-Since: " SAME, &strong, SEND },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void
test_if_match(void **state)
{
	static const struct row rows[] = {
		{ "GET", "If-Match: \"v1\"\r\n", &strong, SEND },
		{ "GET", "If-Match: \"v2\", \"v1\"\r\n", &strong, SEND },
		{ "GET", "If-Match: *\r\n", &none, SEND },
		{ "GET", "If-Match: \"v2\"\r\n", &strong, FAILED },
		{ "GET", "If-Match: W/\"v1\"\r\n", &strong, FAILED },
		{ "GET", "If-Match: W/\"v1\"\r\n", &weak, FAILED },
		{ "GET", "If-Match: \"v1\"\r\n", &weak, FAILED },
		{ "GET", "If-Match: \"v1\"\r\n", &none, FAILED },
		{ "GET", "If-Match:\r\n", &strong, FAILED },
		{ "GET", "If-Match: \"v1\"\r\nIf-None-Match: \"v1\"\r\n", &strong, NOT_MODIFIED },
		{ "GET", "If-Match: \"v2\"\r\nIf-None-Match: \"v1\"\r\n", &strong, FAILED },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void
test_if_unmodified_since(void **state)
{
	static const struct row rows[] = {
		{ "GET", "If-Unmodified-Since: " BEFORE, &strong, FAILED },
		{ "GET", "If-Unmodified-Since: " SAME, &strong, SEND },
		{ "POST", "If-Unmodified-Since: " AFTER, &strong, SEND },
		{ "POST", "If-Unmodified-Since: " BEFORE, &strong, FAILED },
		{ "GET", "If-Unmodified-Since: " BEFORE, &none, SEND },
		{ "GET", "If-Unmodified-Since: never\r\n", &strong, SEND },
		{ "GET", "If-Match: \"v1\"\r\nIf-Unmodified-Since: " BEFORE, &strong, SEND },
		{ "GET", "If-Unmodified-Since: " SAME "If-None-Match: \"v1\"\r\n", &strong,
		  NOT_MODIFIED },
		{ "GET", "If-Unmodified-Since: " SAME "If-Modified-Since: " SAME, &strong,
		  NOT_MODIFIED },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

/* The table of RFC 9110 8.8.3.2 */
static void
test_comparison(void **state)
{
	static const struct {
		struct slice a, b;
		bool strong, weak;
	} rows[] = {
		{ SLICE("W/\"1\""), SLICE("W/\"1\""), false, true },
		{ SLICE("W/\"1\""), SLICE("W/\"2\""), false, false },
		{ SLICE("W/\"1\""), SLICE("\"1\""), false, true },
		{ SLICE("\"1\""), SLICE("\"1\""), true, true },
		{ SLICE("\"1\""), SLICE("\"1-gz\""), false, false },
		{ SLICE(""), SLICE(""), false, false },
		{ SLICE("\"\""), SLICE("\"\""), true, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(etag_equal_strong(rows[i].a, rows[i].b), rows[i].strong);
		assert_int_equal(etag_equal_strong(rows[i].b, rows[i].a), rows[i].strong);
		assert_int_equal(etag_equal_weak(rows[i].a, rows[i].b), rows[i].weak);
		assert_int_equal(etag_equal_weak(rows[i].b, rows[i].a), rows[i].weak);
	}
}

static int
set_up(void **state)
{
	(void)state;
	head_init(&head);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	head_fini(&head);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_if_none_match),
		cmocka_unit_test(test_if_modified_since),
		cmocka_unit_test(test_if_match),
		cmocka_unit_test(test_if_unmodified_since),
		cmocka_unit_test(test_comparison),
	};

	return cmocka_run_group_tests_name("conditions", tests, set_up, tear_down);
}
