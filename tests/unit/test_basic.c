/* Credentials of Basic authentication, RFC 7617. */
#include "config.h"

#include "http/basic.h"

#include "check.h"
#include "guard.h"

/* "USER|PASSWORD", or NULL when it is refused. */
static const char *
parse(const char *field)
{
	static char text[2 * BASIC_MAX];
	struct basic b;
	struct guard g;
	bool good;

	guard_init(&g, strlen(field) + 1);
	good = basic_parse(&b, guard_place(&g, slice_of(field)));
	guard_fini(&g);
	if (!good)
		return NULL;
	snprintf(text, sizeof text, "%.*s|%.*s", SLICE_FMT(b.user), SLICE_FMT(b.password));
	return text;
}

static void
test_good(void **state)
{
	(void)state;
	/* RFC 7617 2 and 2.1 */
	assert_string_equal(parse("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), "Aladdin|open sesame");
	assert_string_equal(parse("Basic dGVzdDoxMjPCow=="), "test|123\xc2\xa3");
	assert_string_equal(parse("basic  \t Ojo= "), "|:");
	assert_string_equal(parse("Basic Og=="), "|");
	assert_string_equal(parse("Basic YTpiYw=="), "a|bc");
	assert_string_equal(parse("Basic YTpiYzo+Pz8/"), "a|bc:>???");
}

static void
test_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"Basic",
		"Basic ",
		"Basic =",
		"Basic ====",
		"Basic QQ==", /* no colon */
		"Basic YTpi YTpi",
		"Basic YTpiYw=", /* padding cut short */
		"Basic YTpiYw",
		"Basic YTpiY===",
		"Basic YTp=Yw==",
		"Basic YTpiCg==", /* a line feed */
		"Basic YTpiYx==", /* bits behind the last byte */
		"Basic YTpiY2=",
		"Basic YTpi-_-_", /* RFC 4648 5 is another alphabet */
		"Basic YQA6Yg==", /* a NUL in the name */
		"Basic YTpif38=", /* DEL */
		"BasicYTpiYw==",
		"Bearer YTpiYw==",
		"Digest username=\"a\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (parse(bad[i]))
			fail_msg("taken: %s", bad[i]);
}

/* Four digits are three bytes. */
static void
test_longest(void **state)
{
	char field[6 + BASIC_MAX * 2] = "Basic Ojo6";
	struct basic b;
	size_t len = 10;

	(void)state;
	while (len < 6 + BASIC_MAX / 3 * 4)
		memcpy(field + len, "YWFh", 4), len += 4;
	assert_true(basic_parse(&b, slice_from(field, len)));
	assert_int_equal(b.password.len, BASIC_MAX / 3 * 3 - 1);
	memcpy(field + len, "YWFh", 4);
	assert_false(basic_parse(&b, slice_from(field, len + 4)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
