/* Links that root made are followed, those of others are not, wherever on the way they lie. */
#include "config.h"

#include "server/root_open.h"

#include <limits.h>
#include <string.h>

#include "scratch.h"

enum { NOBODY = 65534, FLAGS = O_WRONLY | O_CREAT | O_CLOEXEC };

static void
need_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("# skip: needs root\n");
	skip();
}

static void
make_link(const struct scratch *s, const char *name, const char *target, uid_t owner)
{
	assert_int_equal(symlink(target, scratch_at(s, name)), 0);
	assert_int_equal(lchown(scratch_at(s, name), owner, (gid_t)-1), 0);
}

/* 0 or errno. */
static int
try(const struct scratch *s, const char *name, int flags)
{
	int fd = root_open(scratch_at(s, name), flags, 0600);

	if (fd == -1)
		return errno;
	close(fd);
	return 0;
}

static void
what_is_no_link_opens(void **state)
{
	struct scratch s;

	(void)state;
	scratch_init(&s);
	scratch_dir(&s, "dir");
	assert_int_equal(try(&s, "file", FLAGS), 0);
	assert_int_equal(try(&s, "dir/file", FLAGS), 0);
	assert_int_equal(try(&s, "dir//..///file", FLAGS | O_EXCL), EEXIST);
	assert_int_equal(try(&s, "none/file", FLAGS), ENOENT);
	assert_int_equal(try(&s, "file/file", FLAGS), ENOTDIR);
	assert_int_equal(try(&s, "dir/", FLAGS), EISDIR);
	assert_int_equal(chdir(s.path), 0);
	assert_int_equal(root_open("none/..", FLAGS, 0600), -1);
	assert_int_equal(access(scratch_at(&s, "dir/file"), F_OK), 0);
	assert_int_equal(close(root_open("dir/relative", FLAGS, 0600)), 0);
	assert_int_equal(access(scratch_at(&s, "dir/relative"), F_OK), 0);
	assert_int_equal(chdir("/"), 0);
	scratch_fini(&s);
}

static void
links_of_root_are_followed(void **state)
{
	struct scratch s;

	(void)state;
	need_root();
	scratch_init(&s);
	scratch_dir(&s, "dir");
	scratch_dir(&s, "dir/deep");
	make_link(&s, "way", "dir", 0);
	make_link(&s, "dir/up", "../dir/deep/", 0);
	make_link(&s, "far", scratch_at(&s, "way/up"), 0);
	make_link(&s, "last", "far/made", 0);
	assert_int_equal(try(&s, "last", FLAGS), 0);
	assert_int_equal(access(scratch_at(&s, "dir/deep/made"), F_OK), 0);
	assert_int_equal(try(&s, "far/second", FLAGS | O_NOFOLLOW), 0);
	assert_int_equal(access(scratch_at(&s, "dir/deep/second"), F_OK), 0);
	make_link(&s, "other", "far/third", 0);
	assert_int_equal(try(&s, "other", FLAGS | O_NOFOLLOW), ELOOP);
	assert_int_equal(access(scratch_at(&s, "dir/deep/third"), F_OK), -1);
	scratch_fini(&s);
}

static void
links_of_others_are_not(void **state)
{
	struct scratch s;

	(void)state;
	need_root();
	scratch_init(&s);
	scratch_dir(&s, "dir");
	make_link(&s, "last", "dir/file", NOBODY);
	make_link(&s, "way", "dir", NOBODY);
	make_link(&s, "far", "way", 0);
	make_link(&s, "away", scratch_at(&s, "dir"), NOBODY);
	assert_int_equal(try(&s, "last", FLAGS), ELOOP);
	assert_int_equal(try(&s, "way/file", FLAGS), ELOOP);
	assert_int_equal(try(&s, "far/file", FLAGS), ELOOP);
	assert_int_equal(try(&s, "away/file", FLAGS), ELOOP);
	assert_int_equal(access(scratch_at(&s, "dir/file"), F_OK), -1);
	scratch_fini(&s);
}

static void
links_have_an_end(void **state)
{
	char path[PATH_MAX + 1];
	struct scratch s;
	int open_before;

	(void)state;
	need_root();
	scratch_init(&s);
	open_before = scratch_count_fds();
	make_link(&s, "round", "round", 0);
	make_link(&s, "a", "b/x", 0);
	make_link(&s, "b", "a/x", 0);
	assert_int_equal(try(&s, "round", FLAGS), ELOOP);
	assert_int_equal(try(&s, "round/file", FLAGS), ELOOP);
	assert_int_equal(try(&s, "a", FLAGS), ELOOP);
	memset(path, 'x', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	assert_int_equal(root_open(path, FLAGS, 0600), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	assert_int_equal(scratch_count_fds(), open_before);
	scratch_fini(&s);
}

/* They are no paths: that of a pipe leads nowhere. */
static void
the_kernels_own_are_followed(void **state)
{
	char path[64];
	int ends[2], fd;

	(void)state;
	need_root();
	assert_int_equal(pipe(ends), 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", ends[1]);
	fd = root_open(path, O_WRONLY | O_CLOEXEC, 0);
	assert_true(fd != -1);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_link_opens),
		cmocka_unit_test(links_of_root_are_followed),
		cmocka_unit_test(links_of_others_are_not),
		cmocka_unit_test(links_have_an_end),
		cmocka_unit_test(the_kernels_own_are_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
