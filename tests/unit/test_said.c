/* From a line back to what it says. */
#include "config.h"

#include "config/said.h"

#include "load.h"

static const char ini[] = "[server]\n"				  /* 1 */
			  "root = /\n"				  /* 2 */
			  "index = a.html b.html\n"		  /* 3 */
			  "header = X: off\n"			  /* 4 */
			  "index = c.html\n"			  /* 5 */
			  "[gzip]\n"				  /* 6 */
			  "min_size = 5k ; a comment\n"		  /* 7 */
			  "[host one]\nnames = one.test\n"	  /* 8, 9 */
			  "names = two.test THREE.test\n"	  /* 10 */
			  "[host two]\nnames = four.test\n"	  /* 11, 12 */
			  "[location l]\npath = /l\netag = no\n"; /* 13 to 15 */

static struct origin
line(unsigned number)
{
	return (struct origin){ "t.ini", number };
}

static void
check_line(struct said_line got, const char *key, const char *value, unsigned number)
{
	check_slice("key", got.key, slice_of(key));
	check_slice("value", got.value, slice_of(value));
	assert_int_equal(got.at.line, number);
	assert_int_equal(got.at.file != NULL, number != 0);
}

static void
a_line_has_its_key_and_value(void **state)
{
	struct load l;
	const struct config *c = load_good(&l, ini);

	(void)state;
	check_line(said_at(c, line(3)), "index", "a.html b.html", 3);
	check_line(said_at(c, line(5)), "index", "c.html", 5);
	check_line(said_at(c, line(7)), "min_size", "5k", 7);
	check_line(said_at(c, line(10)), "names", "two.test THREE.test", 10);
	check_line(said_at(c, line(15)), "etag", "no", 15);
	check_line(said_at(c, line(1)), "", "", 1);
	check_line(said_at(c, line(99)), "", "", 99);
	check_line(said_at(c, ORIGIN_BUILTIN), "", "", 0);
	check_slice("another file", said_at(c, (struct origin){ "u.ini", 3 }).key, SLICE_NONE);
	load_end(&l);
}

static void
a_word_of_a_list_has_its_line(void **state)
{
	struct load l;
	const struct config *c = load_good(&l, ini);
	struct origin index = c->server_settings.index->at;

	(void)state;
	assert_int_equal(index.line, 3);
	assert_int_equal(said_word_at(c, index, SLICE("b.html")).line, 3);
	assert_int_equal(said_word_at(c, index, SLICE("c.html")).line, 5);
	assert_int_equal(said_word_at(c, index, SLICE("none")).line, 3);
	assert_int_equal(said_word_at(c, line(9), SLICE("three.test")).line, 10);
	assert_int_equal(said_word_at(c, line(9), SLICE("four.test")).line, 9);
	assert_null(said_word_at(c, ORIGIN_BUILTIN, SLICE("x")).file);
	load_end(&l);
}

static void
what_nobody_said_is_the_default(void **state)
{
	struct load l;
	const struct config *c = load_good(&l, ini);

	(void)state;
	check_line(said_in_gzip(c, "min_size"), "min_size", "5k", 7);
	check_line(said_in_gzip(c, "max_size"), "max_size", "16m", 0);
	check_line(said_in_server(c, "real_ip_header"), "real_ip_header", "X-Forwarded-For", 0);
	check_line(said_in_server(c, "user"), "user", "", 0);
	check_line(said_in_host(c, &c->sites[0], "names"), "names", "one.test", 9);
	check_line(said_in_host(c, &c->sites[1], "names"), "names", "four.test", 12);
	check_line(said_in_host(c, &c->sites[1], "default"), "default", "", 0);
	load_end(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_its_key_and_value),
		cmocka_unit_test(a_word_of_a_list_has_its_line),
		cmocka_unit_test(what_nobody_said_is_the_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
