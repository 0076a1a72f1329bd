/* What a folder shows of itself. */
#include "config.h"

#include "content/folder.h"

#include "scratch.h"

struct under_test {
	struct scratch scratch;
	struct docroot root;
	struct folder folder;
};

static void
start(struct under_test *t)
{
	scratch_init(&t->scratch);
	scratch_dir(&t->scratch, "root");
	scratch_dir(&t->scratch, "root/in");
	scratch_dir(&t->scratch, "root/in/dir");
	scratch_write(&t->scratch, "root/in/file", SLICE("12345"));
	scratch_write(&t->scratch, "root/in/.hidden", SLICE("h"));
	scratch_write(&t->scratch, "root/in/copy~", SLICE("h"));
	scratch_write(&t->scratch, "root/in/new\nline", SLICE("n"));
	scratch_write(&t->scratch, "outside", SLICE("secret"));
	assert_int_equal(mkfifo(scratch_at(&t->scratch, "root/in/fifo"), 0644), 0);
	assert_int_equal(symlink("file", scratch_at(&t->scratch, "root/in/to-file")), 0);
	assert_int_equal(symlink("../in", scratch_at(&t->scratch, "root/in/to-dir")), 0);
	assert_int_equal(symlink("none", scratch_at(&t->scratch, "root/in/broken")), 0);
	assert_int_equal(symlink("fifo", scratch_at(&t->scratch, "root/in/to-fifo")), 0);
	assert_int_equal(symlink("../../outside", scratch_at(&t->scratch, "root/in/out")), 0);
	assert_int_equal(symlink("/etc/passwd", scratch_at(&t->scratch, "root/in/absolute")), 0);
	docroot_init(&t->root, scratch_at(&t->scratch, "root"));
	assert_int_equal(docroot_refresh(&t->root, 0), 0);
}

static void
finish(struct under_test *t)
{
	docroot_fini(&t->root);
	scratch_fini(&t->scratch);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* All of it, in the order of the alphabet: "dir/ file=5". */
static const char *
show(struct under_test *t, enum docroot_links links, bool hidden)
{
	static char text[1024];
	char words[32][64];
	size_t count = 0, n = 0;
	enum folder_read got;
	struct folder_entry e;

	t->folder = (struct folder){ .fd = docroot_open(&t->root, "in/", links),
				     .root = &t->root,
				     .path = "in/",
				     .links = links,
				     .hidden = hidden };
	while ((got = folder_read(&t->folder, &e)) != FOLDER_END) {
		assert_int_not_equal(got, FOLDER_BROKEN);
		if (got == FOLDER_ENTRY && e.directory)
			snprintf(words[count++], sizeof words[0], "%.*s/", SLICE_FMT(e.name));
		else if (got == FOLDER_ENTRY)
			snprintf(words[count++], sizeof words[0], "%.*s=%d", SLICE_FMT(e.name),
				 (int)e.size);
	}
	folder_close(&t->folder);
	qsort(words, count, sizeof words[0], by_text);
	text[0] = '\0';
	for (size_t i = 0; i < count; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i ? " " : "", words[i]);
	return text;
}

static void
test_policy(void **state)
{
	struct under_test t;

	(void)state;
	start(&t);
	assert_string_equal(show(&t, DOCROOT_LINKS_BENEATH, false),
			    "dir/ file=5 to-dir/ to-file=5");
	assert_string_equal(show(&t, DOCROOT_LINKS_NONE, false), "dir/ file=5");
	assert_string_equal(show(&t, DOCROOT_LINKS_NONE, true), ".hidden=1 copy~=1 dir/ file=5");
	t.root.walk = true;
	assert_string_equal(show(&t, DOCROOT_LINKS_BENEATH, false),
			    "dir/ file=5 to-dir/ to-file=5");
	finish(&t);
}

/* A root that vanished, a folder that was removed, and what is no folder. */
static void
test_vanished(void **state)
{
	struct folder f = { .fd = -1 };
	struct folder_entry e;
	struct under_test t;

	(void)state;
	start(&t);
	docroot_fini(&t.root);
	f = (struct folder){ .fd = open(scratch_at(&t.scratch, "root/in"), O_RDONLY),
			     .root = &t.root,
			     .path = "in/" };
	for (enum folder_read got = FOLDER_PASSED; got != FOLDER_END;) {
		got = folder_read(&f, &e);
		assert_int_not_equal(got, FOLDER_BROKEN);
		assert_false(got == FOLDER_ENTRY && slice_equal(e.name, SLICE("to-file")));
	}
	folder_close(&f);
	folder_close(&f);
	scratch_dir(&t.scratch, "gone");
	f = (struct folder){ .fd = open(scratch_at(&t.scratch, "gone"), O_RDONLY), .path = "" };
	assert_int_equal(rmdir(scratch_at(&t.scratch, "gone")), 0);
	assert_int_equal(folder_read(&f, &e), FOLDER_END);
	folder_close(&f);
	f = (struct folder){ .fd = open(scratch_at(&t.scratch, "outside"), O_RDONLY), .path = "" };
	assert_int_equal(folder_read(&f, &e), FOLDER_BROKEN);
	folder_close(&f);
	finish(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_policy),
					    cmocka_unit_test(test_vanished) };

	return cmocka_run_group_tests_name("folder", tests, NULL, NULL);
}
