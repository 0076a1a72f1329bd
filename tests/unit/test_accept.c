/* Accept, and how much a type is liked. */
#include "config.h"

#include "http/accept.h"

#include "head.h"

#define ACCEPT(value) "Accept: " value "\r\n"

static void
test_quality(void **state)
{
	static const struct {
		const char *lines;
		unsigned html, json;
	} rows[] = {
		{ "", 1000, 1000 },
		{ ACCEPT(""), 1000, 1000 },
		{ ACCEPT("*/*"), 1000, 1000 },
		{ ACCEPT("application/json"), 0, 1000 },
		{ ACCEPT("Application/JSON"), 0, 1000 },
		{ ACCEPT("text/*"), 1000, 0 },
		{ ACCEPT("text/html, application/json;q=0.9"), 1000, 900 },
		{ ACCEPT("text/html;q=0.2") ACCEPT("application/json ; q=0.3"), 200, 300 },
		/* RFC 9110 12.5.1: the most specific range has the word, wherever it stands */
		{ ACCEPT("*/*;q=0.8, text/html;q=0.1"), 100, 800 },
		{ ACCEPT("text/html;q=0, text/*, */*;q=0.5"), 0, 500 },
		{ ACCEPT("application/*;q=0.4, */*"), 1000, 400 },
		{ ACCEPT("text/html;q=0.1, text/html;q=0.6"), 600, 0 },
		{ ACCEPT("application/json;charset=utf-8;q=0.7"), 0, 700 },
		{ ACCEPT("application/json;charset=utf-8"), 0, 1000 },
		/* malformed members count as absent */
		{ ACCEPT("text/html;q=2, */*;q=0.3"), 300, 300 },
		{ ACCEPT("text/html;q=x"), 0, 0 },
		{ ACCEPT("text, json, *, */, /*, text/htm, text/htmlx"), 0, 0 },
		{ ACCEPT("textx/*, tex/*, */html"), 0, 0 },
	};
	struct head head;

	(void)state;
	head_init(&head);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct request *r = head_parse(&head, "GET", rows[i].lines);

		if (accept_quality(r, SLICE("text/html")) != rows[i].html ||
		    accept_quality(r, SLICE("application/json")) != rows[i].json)
			fail_msg("%s: %u and %u", check_show(slice_of(rows[i].lines)),
				 accept_quality(r, SLICE("text/html")),
				 accept_quality(r, SLICE("application/json")));
	}
	head_fini(&head);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_quality) };

	return cmocka_run_group_tests_name("accept", tests, NULL, NULL);
}
