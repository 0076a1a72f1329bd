/* What is wrong, in order, and safe to print. */
#include "config.h"

#include "config/problems.h"

#include "check.h"

static void
check_printed(const struct problems *p, const char *wanted)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	problems_print(p, out);
	fclose(out);
	assert_string_equal(text, wanted);
	free(text);
}

static void
add(struct problems *p, enum problem_kind kind, const char *file, unsigned line)
{
	struct problem_place place = { .at = { file, line } };

	problems_add(p, kind, &place, SLICE_NONE, "words");
}

static void
a_problem_is_told_in_full(void **state)
{
	struct problems *p = problems_new();
	struct problem_place place = { .at = { "a.ini", 7 },
				       .section = SLICE("host x"),
				       .key = SLICE("idnex"),
				       .line = SLICE("idnex = a") };

	(void)state;
	problems_add(p, PROBLEM_ERROR, &place, SLICE("index"), "no %s", "such key");
	problems_add(p, PROBLEM_WARNING, &(struct problem_place){ 0 }, SLICE_NONE, "odd");
	check_printed(p, "warning: odd\n"
			 "a.ini:7: [host x] idnex: no such key\n"
			 "    idnex = a\n"
			 "    did you mean \"index\"?\n");
	assert_int_equal(problems_count(p, PROBLEM_ERROR), 1);
	assert_int_equal(problems_count(p, PROBLEM_WARNING), 1);
	problems_free(p);
}

static void
files_stand_in_the_order_of_reading(void **state)
{
	struct problems *p = problems_new();

	(void)state;
	problems_begin_file(p, "z");
	problems_begin_file(p, "a");
	problems_begin_file(p, "z");
	add(p, PROBLEM_ERROR, "a", 1);
	add(p, PROBLEM_ERROR, "z", 9);
	add(p, PROBLEM_WARNING, "z", 2);
	add(p, PROBLEM_ERROR, "z", 10);
	check_printed(p, "warning: z:2: words\nz:9: words\nz:10: words\na:1: words\n");
	problems_free(p);
}

static void
fifty_are_shown_and_the_rest_counted(void **state)
{
	struct problems *p = problems_new();
	char *text = NULL;
	size_t len, lines = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	problems_begin_file(p, "f");
	for (unsigned i = 100; i > 0; i--)
		add(p, PROBLEM_ERROR, "f", i);
	add(p, PROBLEM_WARNING, "f", 1);
	problems_print(p, out);
	fclose(out);
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	assert_int_equal(lines, 51);
	assert_true(strncmp(text, "f:1: words\n", 11) == 0);
	assert_non_null(strstr(text, "f:50: words\nand 51 more\n"));
	free(text);
	problems_free(p);
}

static void
an_error_pushes_out_a_warning(void **state)
{
	struct problems *p = problems_new();
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	problems_begin_file(p, "f");
	for (unsigned i = 1; i <= PROBLEMS_SHOWN; i++)
		add(p, PROBLEM_WARNING, "f", i);
	add(p, PROBLEM_ERROR, "f", 1000);
	problems_print(p, out);
	fclose(out);
	assert_non_null(strstr(text, "f:49: words\nf:1000: words\nand 1 more\n"));
	free(text);
	problems_free(p);
}

static void
hostile_bytes_do_not_reach_the_terminal(void **state)
{
	struct problems *p = problems_new();
	struct problem_place place = { .at = { "a\n", 1 }, .line = SLICE("x\x1b[2J\ty") };

	(void)state;
	problems_add(p, PROBLEM_ERROR, &place, SLICE("\r"), "w\x7f");
	check_printed(p, "a\\x0A:1: w\\x7F\n    x\\x1B[2J y\n    did you mean \"\\x0D\"?\n");
	problems_free(p);
}

static void
a_long_line_is_cut(void **state)
{
	struct problems *p = problems_new();
	char line[500], *text = NULL;
	struct problem_place place = { .at = { "a", 1 }, .line = { line, sizeof line } };
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	memset(line, 'x', sizeof line);
	problems_add(p, PROBLEM_ERROR, &place, SLICE_NONE, "w");
	problems_print(p, out);
	fclose(out);
	assert_true(len < 200);
	assert_non_null(strstr(text, "xxx ...\n"));
	free(text);
	problems_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_problem_is_told_in_full),
		cmocka_unit_test(files_stand_in_the_order_of_reading),
		cmocka_unit_test(fifty_are_shown_and_the_rest_counted),
		cmocka_unit_test(an_error_pushes_out_a_warning),
		cmocka_unit_test(hostile_bytes_do_not_reach_the_terminal),
		cmocka_unit_test(a_long_line_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
