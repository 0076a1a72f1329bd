/* Files that include files. */
#include "config.h"

#include "config/reader.h"

#include "load.h"

/* Loads t.ini and other files, as path and text in turn. */
static void
load_files(struct load *l, const char *const *files)
{
	load_begin(l);
	for (; files[0]; files += 2)
		load_put(l, files[0], files[1]);
	load_run(l);
}

#define FILES(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static void
check_files(const char *const *files, const char *words)
{
	struct load l;

	load_files(&l, files);
	if (strcmp(l.words, words) != 0)
		fail_msg("got:\n%s\nwanted:\n%s", l.words, words);
	assert_true(!l.config == (*words != '\0'));
	load_end(&l);
}

static void
a_file_is_relative_to_the_one_that_includes_it(void **state)
{
	struct load l;

	(void)state;
	load_begin(&l);
	assert_true(inputs_put(l.inputs, SLICE("/etc/a/t.ini"), SLICE("include = x/b.ini\n")));
	assert_true(inputs_put(l.inputs, SLICE("/etc/a/x/b.ini"), SLICE("include = ./c.ini\n")));
	assert_true(inputs_put(l.inputs, SLICE("/etc/a/x/c.ini"), SLICE("include = /d.ini\n")));
	assert_true(inputs_put(l.inputs, SLICE("/d.ini"), SLICE("[server]\nroot = /d\n")));
	l.config = config_load_from(l.inputs, "/etc/a/t.ini", CONFIG_ANY_ROOT, l.problems);
	assert_non_null(l.config);
	assert_string_equal(l.config->server_settings.root->at.file, "/d.ini");
	assert_int_equal(l.config->server_settings.root->at.line, 2);
	load_end(&l);
}

static void
a_pattern_takes_files_in_order_without_leftovers(void **state)
{
	struct load l;

	(void)state;
	load_files(&l,
		   FILES("t.ini", "[server]\nroot = /\ninclude = d/*\nqueue = 5\n", "d/b.ini",
			 "[server]\nheader = X-B: 1\n", "d/a.ini", "[server]\nheader = X-A: 1\n",
			 "d/a.ini~", "broken", "d/.a.ini", "broken", "d/#a.ini#", "broken",
			 "d/a.ini.bak", "broken", "d/a.ini.dpkg-old", "broken", "d/.a.ini.swp",
			 "broken", "d/x/c.ini", "broken"));
	assert_string_equal(l.words, "");
	check_slice("first", l.config->server_settings.header.first->name, SLICE("X-A"));
	check_slice("second", l.config->server_settings.header.first->next->name, SLICE("X-B"));
	assert_int_equal(l.config->server.queue, 5);
	load_end(&l);
}

static void
a_pattern_may_match_nothing_a_name_may_not(void **state)
{
	(void)state;
	check_files(FILES("t.ini", "include = d/*.ini\n[server]\nroot = /\n"), "");
	check_files(FILES("t.ini", "[server]\nroot = /\ninclude = d/a.ini *.conf b.ini\n"),
		    "t.ini:3: [server] include: cannot read d/a.ini: No such file or directory\n"
		    "    include = d/a.ini *.conf b.ini\n");
	check_files(
		FILES("t.ini", "[server]\nroot = /\ninclude = */a.ini\n"),
		"t.ini:3: [server] include: a pattern may stand in the last part of the path only\n"
		"    include = */a.ini\n");
	check_files(FILES("t.ini", "[server]\nroot = /\ninclude = [a\n"),
		    "t.ini:3: [server] include: a '[' in a pattern needs its ']'\n"
		    "    include = [a\n");
}

static void
a_file_begins_without_a_section(void **state)
{
	(void)state;
	check_files(FILES("t.ini", "[server]\nroot = /\ninclude = a.ini\n", "a.ini", "queue = 5\n"),
		    "a.ini:1: queue: this key belongs in [server]\n"
		    "    queue = 5\n");
	check_files(FILES("t.ini", "include = a.ini\nqueue = 5\n", "a.ini", "[server]\nroot = /\n"),
		    "t.ini:2: queue: this key belongs in [server]\n"
		    "    queue = 5\n");
}

static void
include_stands_before_sections_or_in_server(void **state)
{
	(void)state;
	check_files(FILES("t.ini", "[log]\ninclude = a.ini\n[server]\nroot = /\n"),
		    "t.ini:2: [log] include: this key belongs in [server]\n"
		    "    include = a.ini\n");
}

static void
circles_are_named(void **state)
{
	(void)state;
	check_files(
		FILES("t.ini", "include = a.ini\n[server]\nroot = /\n", "a.ini",
		      "include = b.ini\n", "b.ini", "include = a.ini\n"),
		"b.ini:1: include: the files include each other: t.ini -> a.ini -> b.ini -> a.ini\n"
		"    include = a.ini\n");
	check_files(FILES("t.ini", "include = t.ini\n[server]\nroot = /\n"),
		    "t.ini:1: include: the files include each other: t.ini -> t.ini\n"
		    "    include = t.ini\n");
}

static void
a_file_is_read_once(void **state)
{
	(void)state;
	check_files(FILES("t.ini", "include = a.ini\ninclude = *.ini\n", "a.ini",
			  "[server]\nroot = /\n"),
		    "t.ini:2: include: a.ini is included already, at t.ini:1\n"
		    "    include = *.ini\n");
}

static void
eight_files_deep_is_the_limit(void **state)
{
	struct load l;

	(void)state;
	load_begin(&l);
	load_put(&l, "t.ini", "include = 2\n[server]\nroot = /\n");
	for (int i = 2; i <= READER_DEPTH; i++) {
		char path[16], text[32];

		snprintf(path, sizeof path, "%d", i);
		snprintf(text, sizeof text, i < READER_DEPTH ? "include = %d\n" : "; %d\n", i + 1);
		load_put(&l, path, text);
	}
	load_run(&l);
	assert_string_equal(l.words, "");
	load_end(&l);

	load_begin(&l);
	load_put(&l, "t.ini", "include = 2\n[server]\nroot = /\n");
	for (int i = 2; i <= READER_DEPTH + 1; i++) {
		char path[16], text[32];

		snprintf(path, sizeof path, "%d", i);
		snprintf(text, sizeof text, "include = %d\n", i + 1);
		load_put(&l, path, text);
	}
	load_run(&l);
	assert_null(l.config);
	assert_string_equal(l.words, "8:1: include: files include each other more than 8 deep: "
				     "t.ini -> 2 -> 3 -> 4 -> 5 -> 6 -> 7 -> 8 -> 9\n"
				     "    include = 9\n");
	load_end(&l);
}

static void
problems_stand_in_the_order_of_reading(void **state)
{
	(void)state;
	check_files(FILES("t.ini", "a = 1\ninclude = z.ini b.ini\nc = 1\n[server]\nroot = /\n",
			  "z.ini", "\nx\n", "b.ini", "y\n"),
		    "t.ini:1: a: there is no such key\n    a = 1\n"
		    "t.ini:3: c: there is no such key\n    c = 1\n"
		    "z.ini:2: a '=' is missing: a key is written key = value\n    x\n"
		    "b.ini:1: a '=' is missing: a key is written key = value\n    y\n");
}

static void
what_cannot_be_read_is_said(void **state)
{
	struct problems *p = problems_new();

	(void)state;
	assert_null(config_load("/nonexistent/t.ini", p));
	assert_int_equal(problems_count(p, PROBLEM_ERROR), 1);
	problems_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_relative_to_the_one_that_includes_it),
		cmocka_unit_test(a_pattern_takes_files_in_order_without_leftovers),
		cmocka_unit_test(a_pattern_may_match_nothing_a_name_may_not),
		cmocka_unit_test(a_file_begins_without_a_section),
		cmocka_unit_test(include_stands_before_sections_or_in_server),
		cmocka_unit_test(circles_are_named),
		cmocka_unit_test(a_file_is_read_once),
		cmocka_unit_test(eight_files_deep_is_the_limit),
		cmocka_unit_test(problems_stand_in_the_order_of_reading),
		cmocka_unit_test(what_cannot_be_read_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
