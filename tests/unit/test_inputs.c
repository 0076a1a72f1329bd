/* Where the bytes come from: the disk or memory. */
#include "config.h"

#include "config/inputs.h"

#include <unistd.h>
#include <sys/stat.h>

#include "check.h"

static char folder[64];

static int
set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/tinyhttpd-inputs-XXXXXX");
	return mkdtemp(folder) ? chdir(folder) : -1;
}

static int
tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return chdir("/") == 0 ? system(command) : -1;
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
the_disk_is_read_once(void **state)
{
	struct inputs *in = inputs_new_disk();
	struct slice bytes;

	(void)state;
	write_file("a", "one");
	assert_null(inputs_read(in, "a", &bytes));
	check_slice("first", bytes, SLICE("one"));
	write_file("a", "two");
	assert_null(inputs_read(in, "a", &bytes));
	check_slice("again", bytes, SLICE("one"));
	inputs_free(in);
}

static void
only_regular_files_are_read(void **state)
{
	struct inputs *in = inputs_new_disk();
	struct slice bytes;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_string_equal(inputs_read(in, "fifo", &bytes), "this is no regular file");
	assert_string_equal(inputs_read(in, ".", &bytes), "this is a directory");
	assert_string_equal(inputs_read(in, "none", &bytes), "No such file or directory");
	assert_string_equal(inputs_read(in, "/dev/zero", &bytes), "this is no regular file");
	inputs_free(in);
}

static void
a_file_too_large_is_refused(void **state)
{
	struct inputs *in = inputs_new_disk();
	struct slice bytes;

	(void)state;
	write_file("large", "");
	assert_int_equal(truncate("large", INPUT_MAX + 1), 0);
	assert_string_equal(inputs_read(in, "large", &bytes), "this file is larger than 16m");
	inputs_free(in);
}

static void
names_come_sorted(void **state)
{
	struct inputs *in = inputs_new_disk();
	char **names;
	size_t count;

	(void)state;
	assert_int_equal(mkdir("d", 0700), 0);
	write_file("d/b", "");
	write_file("d/a", "");
	write_file("d/C", "");
	assert_null(inputs_list(in, "d", &names, &count));
	assert_int_equal(count, 5); /* with . and .. */
	assert_string_equal(names[2], "C");
	assert_string_equal(names[3], "a");
	assert_string_equal(names[4], "b");
	inputs_free_list(names, count);
	assert_null(inputs_list(in, "none", &names, &count));
	assert_int_equal(count, 0);
	inputs_free_list(names, count);
	inputs_free(in);
}

static void
memory_knows_what_was_put(void **state)
{
	struct inputs *in = inputs_new_memory();
	struct slice bytes;
	char **names;
	size_t count;

	(void)state;
	assert_true(inputs_put(in, SLICE("/x/b"), SLICE("1")));
	assert_true(inputs_put(in, SLICE("/x/a"), SLICE("2")));
	assert_true(inputs_put(in, SLICE("/x/y/c"), SLICE("3")));
	assert_true(inputs_put(in, SLICE("/x/a"), SLICE("4")));
	assert_null(inputs_read(in, "/x/a", &bytes));
	check_slice("replaced", bytes, SLICE("4"));
	assert_non_null(inputs_read(in, "/etc/passwd", &bytes));
	assert_null(inputs_list(in, "/x", &names, &count));
	assert_int_equal(count, 2);
	assert_string_equal(names[0], "a");
	inputs_free_list(names, count);
	inputs_free(in);
}

static void
what_was_read_is_remembered_in_order(void **state)
{
	struct inputs *in = inputs_new_memory();
	struct slice path, bytes;

	(void)state;
	inputs_put(in, SLICE("a"), SLICE("1"));
	inputs_put(in, SLICE("b"), SLICE("2"));
	inputs_put(in, SLICE("c"), SLICE("3"));
	inputs_read(in, "c", &bytes);
	inputs_read(in, "a", &bytes);
	inputs_read(in, "c", &bytes);
	assert_true(inputs_get(in, 0, &path, &bytes));
	check_slice("first", path, SLICE("c"));
	assert_true(inputs_get(in, 1, &path, &bytes));
	check_slice("second", path, SLICE("a"));
	assert_false(inputs_get(in, 2, &path, &bytes));
	inputs_free(in);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_disk_is_read_once),	   TEST(only_regular_files_are_read),
		TEST(a_file_too_large_is_refused), TEST(names_come_sorted),
		TEST(memory_knows_what_was_put),   TEST(what_was_read_is_remembered_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
