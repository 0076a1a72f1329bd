/* Accept-Encoding, and what is sent for it. */
#include "config.h"

#include "http/coding.h"

#include "head.h"

static struct head head;

#define ACCEPT(value) "Accept-Encoding: " value "\r\n"

static void
test_preferences(void **state)
{
	static const struct {
		const char *lines;
		unsigned identity, gzip, br, zstd;
	} rows[] = {
		{ "", 1, 0, 0, 0 },
		{ ACCEPT(""), 1, 0, 0, 0 },
		{ ACCEPT("gzip"), 1, 1000, 0, 0 },
		{ ACCEPT("GZip"), 1, 1000, 0, 0 },
		{ ACCEPT("x-gzip"), 1, 1000, 0, 0 },
		{ ACCEPT("gzip, deflate, br, zstd"), 1, 1000, 1000, 1000 },
		{ ACCEPT("gzip;q=0.5,br ; q=1.000\t,zstd;Q=0.123"), 1, 500, 1000, 123 },
		{ ACCEPT("gzip;q=0."), 1, 0, 0, 0 },
		{ ACCEPT("gzip;q=1."), 1, 1000, 0, 0 },
		{ ACCEPT("gzip;q=0.05"), 1, 50, 0, 0 },
		{ ACCEPT("gzip") ACCEPT("br;q=0.1"), 1, 1000, 100, 0 },
		{ ACCEPT("gzip, gzip;q=0.2"), 1, 200, 0, 0 },
		{ ACCEPT("*"), 1000, 1000, 1000, 1000 },
		{ ACCEPT("*;q=0.3, gzip"), 300, 1000, 300, 300 },
		{ ACCEPT("gzip, *;q=0"), 0, 1000, 0, 0 },
		{ ACCEPT("identity, *;q=0"), 1000, 0, 0, 0 },
		{ ACCEPT("identity;q=0"), 0, 0, 0, 0 },
		{ ACCEPT("identity;q=0.5, gzip;q=0.4"), 500, 400, 0, 0 },
		/* malformed members count as absent, the others as they are */
		{ ACCEPT("gzip;q=2, br"), 1, 0, 1000, 0 },
		{ ACCEPT("gzip;q=1.001, br"), 1, 0, 1000, 0 },
		{ ACCEPT("gzip;q=0.1234, br"), 1, 0, 1000, 0 },
		{ ACCEPT("gzip;q=-1, br"), 1, 0, 1000, 0 },
		{ ACCEPT("gzip;q=, br"), 1, 0, 1000, 0 },
		{ ACCEPT("gzip;q=.5, br"), 1, 0, 1000, 0 },
		{ ACCEPT("gzip;q=0,5, br"), 1, 0, 1000, 0 },
		{ ACCEPT("gzip;q=0.a, br"), 1, 0, 1000, 0 },
		{ ACCEPT("gzip;q=a, br"), 1, 0, 1000, 0 },
		{ ACCEPT("gzip;q=10, br"), 1, 0, 1000, 0 },
		{ ACCEPT("gzip;q = 1, br"), 1, 0, 1000, 0 },
		{ ACCEPT("gzip;, br"), 1, 0, 1000, 0 },
		{ ACCEPT("gzip;level=1, br"), 1, 0, 1000, 0 },
		{ ACCEPT("gzip;q=1;q=0, br"), 1, 0, 1000, 0 },
		{ ACCEPT("gzip zstd, br"), 1, 0, 1000, 0 },
		{ ACCEPT("\"gzip, zstd\", br"), 1, 0, 1000, 0 },
		{ ACCEPT(";q=1, br"), 1, 0, 1000, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct coding_preferences p;

		coding_preferences(&p, head_parse(&head, "GET", rows[i].lines));
		if (p.q[CODING_IDENTITY] != rows[i].identity || p.q[CODING_GZIP] != rows[i].gzip ||
		    p.q[CODING_BR] != rows[i].br || p.q[CODING_ZSTD] != rows[i].zstd)
			fail_msg("%s: identity %u gzip %u br %u zstd %u", rows[i].lines,
				 p.q[CODING_IDENTITY], p.q[CODING_GZIP], p.q[CODING_BR],
				 p.q[CODING_ZSTD]);
	}
}

enum {
	GZIP = 1 << CODING_GZIP,
	BR = 1 << CODING_BR,
	ZSTD = 1 << CODING_ZSTD,
	ALL = GZIP | BR | ZSTD,
};

static void
test_choice(void **state)
{
	static const struct {
		const char *lines;
		unsigned available;
		enum coding choice;
	} rows[] = {
		{ "", ALL, CODING_IDENTITY },
		{ ACCEPT("gzip, br, zstd"), ALL, CODING_ZSTD },
		{ ACCEPT("gzip, br, zstd"), GZIP | BR, CODING_BR },
		{ ACCEPT("gzip, br, zstd"), GZIP, CODING_GZIP },
		{ ACCEPT("gzip, br, zstd"), 0, CODING_IDENTITY },
		{ ACCEPT("gzip;q=1, br;q=0.9, zstd;q=0.8"), ALL, CODING_GZIP },
		{ ACCEPT("gzip;q=0.001"), ALL, CODING_GZIP },
		{ ACCEPT("gzip;q=0"), ALL, CODING_IDENTITY },
		{ ACCEPT("*"), ALL, CODING_ZSTD },
		{ ACCEPT("*"), GZIP, CODING_GZIP },
		{ ACCEPT("*;q=0.5, br;q=0"), BR | GZIP, CODING_GZIP },
		{ ACCEPT("identity, gzip"), ALL, CODING_GZIP },
		{ ACCEPT("identity, gzip;q=0.9"), ALL, CODING_IDENTITY },
		{ ACCEPT("identity;q=0, gzip"), ALL, CODING_GZIP },
		{ ACCEPT("identity;q=0, gzip"), 0, CODING_IDENTITY },
		{ ACCEPT("*;q=0"), ALL, CODING_IDENTITY },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct coding_preferences p;
		enum coding choice;

		coding_preferences(&p, head_parse(&head, "GET", rows[i].lines));
		choice = coding_choose(&p, rows[i].available);
		if (choice != rows[i].choice)
			fail_msg("%s: %u", rows[i].lines, choice);
	}
}

static void
test_words(void **state)
{
	(void)state;
	check_slice("identity", coding_token(CODING_IDENTITY), SLICE("identity"));
	check_slice("gzip", coding_token(CODING_GZIP), SLICE("gzip"));
	check_slice("br", coding_token(CODING_BR), SLICE("br"));
	check_slice("zstd", coding_token(CODING_ZSTD), SLICE("zstd"));
	check_slice("identity", coding_tag_suffix(CODING_IDENTITY), SLICE(""));
	check_slice("gzip", coding_tag_suffix(CODING_GZIP), SLICE("-gz"));
	check_slice("br", coding_tag_suffix(CODING_BR), SLICE("-br"));
	check_slice("zstd", coding_tag_suffix(CODING_ZSTD), SLICE("-zst"));
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
		cmocka_unit_test(test_preferences),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests_name("coding", tests, set_up, tear_down);
}
