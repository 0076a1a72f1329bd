/*
 * Document roots: what may be opened and what not, by openat2 and by the walk, with the same
 * verdict; an attacker who renames while we look; roots that are switched.
 */
#include "config.h"

#include "content/docroot.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

#include "scratch.h"

/* A tree with all that may lie in one; "outside" beside it holds what nobody may read. */
struct tree {
	struct scratch scratch;
	struct docroot root;
};

static void
plant(struct tree *t)
{
	struct scratch *s = &t->scratch;
	static char path[64];

	scratch_init(s);
	scratch_dir(s, "outside");
	scratch_write(s, "outside/secret", SLICE("secret"));
	scratch_dir(s, "root");
	scratch_write(s, "root/file", SLICE("file"));
	scratch_dir(s, "root/dir");
	scratch_write(s, "root/dir/file", SLICE("dir/file"));
	scratch_dir(s, "root/dir/sub");
	scratch_write(s, "root/dir/sub/file", SLICE("dir/sub/file"));
	scratch_link(s, "file", "root/link");
	scratch_link(s, "dir/sub/file", "root/far");
	scratch_link(s, "dir", "root/dirlink");
	scratch_link(s, "dir/", "root/dirlink-slash");
	scratch_link(s, ".", "root/dot");
	scratch_link(s, "..", "root/dir/up");
	scratch_link(s, "../file", "root/dir/up-file");
	scratch_link(s, "../../dir/./sub//file", "root/dir/sub/around");
	scratch_link(s, "../dir/up/file", "root/dir/up-and-down");
	scratch_link(s, "..", "root/escape");
	scratch_link(s, "../outside", "root/out");
	scratch_link(s, "../outside/secret", "root/out-file");
	scratch_link(s, "../root/file", "root/out-and-back");
	scratch_link(s, "dir/../../outside/secret", "root/dir-out");
	scratch_link(s, "/etc/passwd", "root/absolute");
	scratch_link(s, "/", "root/slash");
	scratch_link(s, "loop", "root/loop");
	scratch_link(s, "pong", "root/ping");
	scratch_link(s, "ping", "root/pong");
	scratch_link(s, "nothing", "root/dangling");
	scratch_link(s, "file/", "root/file-slash");
	scratch_write(s, "root/closed", SLICE("x"));
	assert_int_equal(mkfifo(scratch_at(s, "root/fifo"), 0600), 0);
	snprintf(path, sizeof path, "%s", scratch_at(s, "root"));
	docroot_init(&t->root, path);
	assert_int_equal(docroot_refresh(&t->root, 0), 0);
}

static void
uproot(struct tree *t)
{
	docroot_fini(&t->root);
	scratch_fini(&t->scratch);
}

/* What opening gave: an error (negative), or what was opened. */
static long
verdict_of(int fd)
{
	struct stat st;
	long verdict;

	if (fd == -1)
		return -errno;
	assert_int_equal(fstat(fd, &st), 0);
	verdict = S_ISREG(st.st_mode) ? (long)st.st_size : S_ISDIR(st.st_mode) ? 100000 : 200000;
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	return verdict;
}

static long
open_verdict(struct tree *t, const char *path, enum docroot_links links, bool walk)
{
	t->root.walk = walk;
	return verdict_of(docroot_open(&t->root, path, links));
}

/* Everything on the way may just have been looked at, but some file systems forget. */
static bool
cached_agrees(struct tree *t, const char *path, enum docroot_links links, long wanted)
{
	long got;

	t->root.walk = t->root.never_cold = false;
	t->root.sleepless = 0;
	got = verdict_of(docroot_open_cached(&t->root, path, links));
	return got == wanted || got == -EAGAIN;
}

enum { DIRECTORY = 100000, OTHER = 200000 };

static const struct {
	const char *path;
	long beneath, none; /* a size, DIRECTORY, OTHER, or an error */
} cases[] = {
	{ "", DIRECTORY, DIRECTORY },
	{ ".", DIRECTORY, DIRECTORY },
	{ "file", 4, 4 },
	{ "./file", 4, 4 },
	{ "dir", DIRECTORY, DIRECTORY },
	{ "dir/", DIRECTORY, DIRECTORY },
	{ "dir/.", DIRECTORY, DIRECTORY },
	{ "dir//sub/./file", 12, 12 },
	{ "dir/../file", 4, 4 },
	{ "dir/sub/../../file", 4, 4 },
	{ "dir/sub/..", DIRECTORY, DIRECTORY },
	{ "dir/..", DIRECTORY, DIRECTORY },
	{ "nothing", -ENOENT, -ENOENT },
	{ "nothing/file", -ENOENT, -ENOENT },
	{ "nothing/../file", -ENOENT, -ENOENT },
	{ "file/", -ENOTDIR, -ENOTDIR },
	{ "file/x", -ENOTDIR, -ENOTDIR },
	{ "file/..", -ENOTDIR, -ENOTDIR },
	{ "fifo", OTHER, OTHER },
	{ "fifo/", -ENOTDIR, -ENOTDIR },
	/* out of the root */
	{ "..", -EXDEV, -EXDEV },
	{ "../root/file", -EXDEV, -EXDEV },
	{ "dir/../../outside/secret", -EXDEV, -EXDEV },
	{ "dir/sub/../../..", -EXDEV, -EXDEV },
	/* links that stay inside */
	{ "link", 4, -ELOOP },
	{ "far", 12, -ELOOP },
	{ "dirlink", DIRECTORY, -ELOOP },
	{ "dirlink/", DIRECTORY, -ELOOP },
	{ "dirlink/file", 8, -ELOOP },
	{ "dirlink-slash/file", 8, -ELOOP },
	{ "dirlink-slash", DIRECTORY, -ELOOP },
	{ "dirlink/..", DIRECTORY, -ELOOP },
	{ "dirlink/../file", 4, -ELOOP },
	{ "dot", DIRECTORY, -ELOOP },
	{ "dot/dot/dot/file", 4, -ELOOP },
	{ "dir/up/file", 4, -ELOOP },
	{ "dir/up-file", 4, -ELOOP },
	{ "dir/sub/around", 12, -ELOOP },
	{ "dir/up-and-down", 4, -ELOOP },
	{ "dir/up/dir/up/dir/file", 8, -ELOOP },
	/* links that do not */
	{ "escape", -EXDEV, -ELOOP },
	{ "out", -EXDEV, -ELOOP },
	{ "out/", -EXDEV, -ELOOP },
	{ "out/secret", -EXDEV, -ELOOP },
	{ "out-file", -EXDEV, -ELOOP },
	{ "out-and-back", -EXDEV, -ELOOP },
	{ "dir-out", -EXDEV, -ELOOP },
	{ "dir/up/out-file", -EXDEV, -ELOOP },
	{ "dir/up/..", -EXDEV, -ELOOP },
	{ "absolute", -EXDEV, -ELOOP },
	{ "slash", -EXDEV, -ELOOP },
	{ "slash/etc/passwd", -EXDEV, -ELOOP },
	{ "dirlink/../out-file", -EXDEV, -ELOOP },
	/* links to nowhere */
	{ "loop", -ELOOP, -ELOOP },
	{ "loop/file", -ELOOP, -ELOOP },
	{ "ping", -ELOOP, -ELOOP },
	{ "dangling", -ENOENT, -ELOOP },
	{ "dangling/file", -ENOENT, -ELOOP },
	{ "file-slash", -ENOTDIR, -ELOOP },
	{ "link/", -ENOTDIR, -ELOOP },
};

static void
check_verdict(struct tree *t, const char *path, enum docroot_links links, long wanted)
{
	for (int walk = 0; walk < 2; walk++) {
		long got = open_verdict(t, path, links, walk);

		if (got != wanted)
			fail_msg("\"%.60s\" %s, %s: %ld, not %ld", path,
				 links == DOCROOT_LINKS_NONE ? "without links" : "with links",
				 walk ? "walking" : "by openat2", got, wanted);
	}
	if (!cached_agrees(t, path, links, wanted))
		fail_msg("\"%.60s\" from what is cached: %s", path, strerror(errno));
}

static void
test_verdicts(void **state)
{
	int before = scratch_count_fds();
	struct tree t;

	(void)state;
	plant(&t);
	for (size_t i = 0; i < COUNT(cases); i++) {
		check_verdict(&t, cases[i].path, DOCROOT_LINKS_BENEATH, cases[i].beneath);
		check_verdict(&t, cases[i].path, DOCROOT_LINKS_NONE, cases[i].none);
	}
	uproot(&t);
	assert_int_equal(scratch_count_fds(), before);
}

/* Links that may lead out do; paths may not, whatever they are made of. */
static const struct {
	const char *path;
	long wanted;
} leaving[] = {
	{ "file", 4 },
	{ "dirlink/file", 8 },
	{ "out", DIRECTORY },
	{ "out/", DIRECTORY },
	{ "out/secret", 6 },
	{ "out-file", 6 },
	{ "dir-out", 6 },
	{ "dir/up/out-file", 6 },
	{ "out-and-back", 4 },
	{ "far-out", 6 },
	{ "far-out-dir/secret", 6 },
	{ "slash", DIRECTORY },
	{ "escape", DIRECTORY },
	{ "loop", -ELOOP },
	{ "dangling", -ENOENT },
	{ "..", -EXDEV },
	{ "../outside/secret", -EXDEV },
	{ "out/..", -EXDEV },
	{ "out/../outside/secret", -EXDEV },
	{ "dir/..", -EXDEV },
	{ "/etc/passwd", -EXDEV },
};

/* A link by its whole path to something in the scratch folder. */
static void
link_whole(struct tree *t, const char *target, const char *name)
{
	scratch_link(&t->scratch, scratch_at(&t->scratch, target), name);
}

static void
test_leaving(void **state)
{
	int before = scratch_count_fds();
	struct tree t;

	(void)state;
	plant(&t);
	link_whole(&t, "outside/secret", "root/far-out");
	link_whole(&t, "outside", "root/far-out-dir");
	for (size_t i = 0; i < COUNT(leaving); i++) {
		check_verdict(&t, leaving[i].path, DOCROOT_LINKS_ALLOW, leaving[i].wanted);
		if (strcmp(leaving[i].path, "slash") != 0 && strcmp(leaving[i].path, "escape") != 0)
			check_verdict(&t, leaving[i].path, DOCROOT_LINKS_OWNER, leaving[i].wanted);
	}
	uproot(&t);
	assert_int_equal(scratch_count_fds(), before);
}

enum { SOMEBODY = 65534 };

static void
give(struct tree *t, const char *name)
{
	assert_int_equal(lchown(scratch_at(&t->scratch, name), SOMEBODY, SOMEBODY), 0);
}

/* Owners of links and of what they lead to; needs root, who may give things away. */
static void
test_owners(void **state)
{
	int before = scratch_count_fds();
	struct tree t;

	(void)state;
	if (geteuid() != 0) {
		print_message("# skip: only root can give files away\n");
		skip();
	}
	plant(&t);
	scratch_link(&t.scratch, "link", "root/chain");
	check_verdict(&t, "chain", DOCROOT_LINKS_OWNER, 4);
	give(&t, "outside/secret");
	check_verdict(&t, "out-file", DOCROOT_LINKS_OWNER, -EXDEV);
	check_verdict(&t, "out-file", DOCROOT_LINKS_ALLOW, 6);
	check_verdict(&t, "out/secret", DOCROOT_LINKS_OWNER, 6); /* the folder is what counts */
	give(&t, "outside");
	check_verdict(&t, "out/secret", DOCROOT_LINKS_OWNER, -EXDEV);
	give(&t, "root/out");
	check_verdict(&t, "out/secret", DOCROOT_LINKS_OWNER, 6);
	give(&t, "root/out-file");
	check_verdict(&t, "out-file", DOCROOT_LINKS_OWNER, 6);
	give(&t, "root/dirlink");
	check_verdict(&t, "dirlink/file", DOCROOT_LINKS_OWNER, -EXDEV);
	check_verdict(&t, "dirlink", DOCROOT_LINKS_OWNER, -EXDEV);
	check_verdict(&t, "dirlink/file", DOCROOT_LINKS_BENEATH, 8);
	give(&t, "root/chain"); /* his, but it leads through a link of root's */
	check_verdict(&t, "chain", DOCROOT_LINKS_OWNER, -EXDEV);
	give(&t, "root/file");
	check_verdict(&t, "chain", DOCROOT_LINKS_OWNER, -EXDEV);
	give(&t, "root/link");
	check_verdict(&t, "chain", DOCROOT_LINKS_OWNER, 4);
	uproot(&t);
	assert_int_equal(scratch_count_fds(), before);
}

/* Chains of links are followed as far as the kernel does, and no farther. */
static void
test_many_links(void **state)
{
	struct tree t;
	char name[32], target[32];

	(void)state;
	plant(&t);
	for (int i = 0; i < 45; i++) {
		snprintf(name, sizeof name, "root/l%d", i);
		snprintf(target, sizeof target, i ? "l%d" : "file", i - 1);
		scratch_link(&t.scratch, target, name);
	}
	for (int i = 0; i < 45; i++) {
		snprintf(name, sizeof name, "l%d", i);
		check_verdict(&t, name, DOCROOT_LINKS_BENEATH, i < 40 ? 4 : -ELOOP);
	}
	uproot(&t);
}

static void
test_deep_and_long(void **state)
{
	static char path[PATH_MAX + 100];
	struct tree t;
	size_t len = 0;
	int dir;

	(void)state;
	plant(&t);
	dir = open(scratch_at(&t.scratch, "root"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 64; i++) {
		int next;

		assert_int_equal(mkdirat(dir, "d", 0755), 0);
		next = openat(dir, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(dir);
		dir = next;
		len += (size_t)snprintf(path + len, sizeof path - len, "d/");
	}
	assert_int_equal(mkdirat(dir, "e", 0755), 0);
	close(dir);
	check_verdict(&t, path, DOCROOT_LINKS_BENEATH, DIRECTORY);
	snprintf(path + len, sizeof path - len, "e/.");
	assert_int_equal(open_verdict(&t, path, DOCROOT_LINKS_NONE, true), -ENAMETOOLONG);
	assert_int_equal(open_verdict(&t, path, DOCROOT_LINKS_NONE, false), DIRECTORY);
	path[len] = '\0';
	check_verdict(&t, path, DOCROOT_LINKS_NONE, DIRECTORY);
	for (int i = 0; i < 64; i++)
		len += (size_t)snprintf(path + len, sizeof path - len, "../");
	snprintf(path + len, sizeof path - len, "file");
	check_verdict(&t, path, DOCROOT_LINKS_NONE, 4);
	snprintf(path + len, sizeof path - len, "../file");
	check_verdict(&t, path, DOCROOT_LINKS_NONE, -EXDEV);
	memset(path, 'x', NAME_MAX + 1);
	path[NAME_MAX + 1] = '\0';
	check_verdict(&t, path, DOCROOT_LINKS_NONE, -ENAMETOOLONG);
	path[NAME_MAX] = '\0';
	check_verdict(&t, path, DOCROOT_LINKS_NONE, -ENOENT);
	for (len = 0; len < sizeof path - 1; len++)
		path[len] = "./"[len % 2];
	path[PATH_MAX] = '\0';
	check_verdict(&t, path, DOCROOT_LINKS_NONE, -ENAMETOOLONG);
	uproot(&t);
}

/* Root may read everything, so this asks as somebody else. */
static void
test_no_permission(void **state)
{
	struct tree t;

	(void)state;
	if (geteuid() == 0 && seteuid(65534) != 0)
		skip();
	plant(&t);
	assert_int_equal(chmod(scratch_at(&t.scratch, "root/closed"), 0), 0);
	assert_int_equal(chmod(scratch_at(&t.scratch, "root/dir/sub"), 0), 0);
	check_verdict(&t, "closed", DOCROOT_LINKS_BENEATH, -EACCES);
	check_verdict(&t, "dir/sub", DOCROOT_LINKS_BENEATH, -EACCES);
	check_verdict(&t, "dir/sub/file", DOCROOT_LINKS_BENEATH, -EACCES);
	check_verdict(&t, "far", DOCROOT_LINKS_BENEATH, -EACCES);
	assert_int_equal(chmod(scratch_at(&t.scratch, "root/dir/sub"), 0700), 0);
	uproot(&t);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

/* An attacker who switches one name between what is inside and what leads out. */
struct attacker {
	pthread_t thread;
	_Atomic bool stop;
	const char *a, *b, *name;
};

static void *
attack(void *arg)
{
	struct attacker *at = arg;

	while (!atomic_load(&at->stop))
		if (renameat2(AT_FDCWD, at->a, AT_FDCWD, at->name, RENAME_EXCHANGE) != 0 ||
		    renameat2(AT_FDCWD, at->b, AT_FDCWD, at->name, RENAME_EXCHANGE) != 0)
			break;
	return NULL;
}

/* Opens while the attacker works.  Whatever comes, it is never the outside. */
/* One may be over before the attacker's thread has run. */
enum { ATTACKS_MAX = 200 };

static int
open_under_attack(struct tree *t, const char *path, enum docroot_links links, bool walk)
{
	int opened = 0;

	t->root.walk = walk;
	for (int i = 0; i < 4000; i++) {
		char text[16] = "";
		int fd = i % 2 ? docroot_open(&t->root, path, links)
			       : docroot_open_cached(&t->root, path, links);

		if (fd == -1)
			continue;
		opened++;
		if (read(fd, text, sizeof text - 1) < 0)
			assert_int_equal(errno, EISDIR);
		close(fd);
		assert_null(strstr(text, "secret"));
	}
	return opened;
}

static void
test_race(void **state)
{
	static const char *const paths[] = { "dir/race/secret", "dir/race",
					     "dir/race/../race/secret", "dirlink/race/secret",
					     "dir/race/.." };
	struct attacker at = { 0 };
	struct tree t;
	char a[64], b[64], name[64];
	int opened[2] = { 0 };

	(void)state;
	plant(&t);
	scratch_dir(&t.scratch, "root/dir/race");
	scratch_write(&t.scratch, "root/dir/race/secret", SLICE("harmless"));
	scratch_link(&t.scratch, "../../outside", "root/dir/race-out");
	scratch_link(&t.scratch, "../../outside/secret", "root/dir/race-file");
	snprintf(a, sizeof a, "%s", scratch_at(&t.scratch, "root/dir/race-out"));
	snprintf(b, sizeof b, "%s", scratch_at(&t.scratch, "root/dir/race-file"));
	snprintf(name, sizeof name, "%s", scratch_at(&t.scratch, "root/dir/race"));
	at.a = a;
	at.b = b;
	at.name = name;
	assert_int_equal(pthread_create(&at.thread, NULL, attack, &at), 0);
	for (size_t i = 0; i < COUNT(paths); i++)
		for (int walk = 0; walk < 2; walk++) {
			opened[walk] +=
				open_under_attack(&t, paths[i], DOCROOT_LINKS_BENEATH, walk);
			opened[walk] += open_under_attack(&t, paths[i], DOCROOT_LINKS_NONE, walk);
		}
	atomic_store(&at.stop, true);
	pthread_join(at.thread, NULL);
	assert_true(opened[0] > 0 && opened[1] > 0); /* it was not all refusals */
	uproot(&t);
}

/* A link that is now to what its owner has, now to what he has not. */
static void
test_owner_race(void **state)
{
	struct attacker at = { 0 };
	char a[64], b[64], name[64];
	int opened[2] = { 0 };
	struct tree t;

	(void)state;
	if (geteuid() != 0) {
		print_message("# skip: only root can give files away\n");
		skip();
	}
	plant(&t);
	give(&t, "outside/secret");
	scratch_link(&t.scratch, "file", "root/race");
	scratch_link(&t.scratch, "../outside/secret", "root/race-out");
	scratch_link(&t.scratch, "dir/file", "root/race-in");
	snprintf(a, sizeof a, "%s", scratch_at(&t.scratch, "root/race-out"));
	snprintf(b, sizeof b, "%s", scratch_at(&t.scratch, "root/race-in"));
	snprintf(name, sizeof name, "%s", scratch_at(&t.scratch, "root/race"));
	at = (struct attacker){ .a = a, .b = b, .name = name };
	assert_int_equal(pthread_create(&at.thread, NULL, attack, &at), 0);
	for (int walk = 0; walk < 2; walk++)
		for (int i = 0; i < ATTACKS_MAX && opened[walk] == 0; i++)
			opened[walk] = open_under_attack(&t, "race", DOCROOT_LINKS_OWNER, walk);
	atomic_store(&at.stop, true);
	pthread_join(at.thread, NULL);
	assert_true(opened[0] > 0 && opened[1] > 0);
	uproot(&t);
}

/* A directory that is moved out of the root while we stand in it: ".." must not follow it. */
static void *
move_about(void *arg)
{
	struct attacker *at = arg;

	while (!atomic_load(&at->stop))
		if (rename(at->a, at->b) != 0 || rename(at->b, at->a) != 0)
			break;
	return NULL;
}

static void
test_moved_out(void **state)
{
	struct attacker at = { 0 };
	char a[64], b[64];
	struct tree t;

	(void)state;
	plant(&t);
	scratch_dir(&t.scratch, "root/dir/sub/deep");
	scratch_write(&t.scratch, "secret", SLICE("secret"));
	snprintf(a, sizeof a, "%s", scratch_at(&t.scratch, "root/dir/sub"));
	snprintf(b, sizeof b, "%s", scratch_at(&t.scratch, "outside/sub"));
	at.a = a;
	at.b = b;
	assert_int_equal(pthread_create(&at.thread, NULL, move_about, &at), 0);
	for (int walk = 0; walk < 2; walk++) {
		open_under_attack(&t, "dir/sub/deep/../../../secret", DOCROOT_LINKS_BENEATH, walk);
		open_under_attack(&t, "dir/sub/deep/../../secret", DOCROOT_LINKS_BENEATH, walk);
	}
	atomic_store(&at.stop, true);
	pthread_join(at.thread, NULL);
	uproot(&t);
}

static void
test_switched(void **state)
{
	struct docroot root;
	struct scratch s;
	char path[64];
	int fd;

	(void)state;
	scratch_init(&s);
	scratch_dir(&s, "one");
	scratch_dir(&s, "two");
	scratch_write(&s, "one/file", SLICE("1"));
	scratch_write(&s, "two/file", SLICE("22"));
	scratch_link(&s, "one", "current");
	scratch_link(&s, "two", "next");
	snprintf(path, sizeof path, "%s", scratch_at(&s, "current"));
	docroot_init(&root, path);
	assert_int_equal(docroot_refresh(&root, 5000), 0);
	fd = root.fd;
	assert_int_equal(docroot_refresh(&root, 7000), 0);
	assert_int_equal(root.fd, fd); /* nothing new */
	assert_int_equal(rename(scratch_at(&s, "next"), path), 0);
	assert_int_equal(docroot_refresh(&root, 7499), 0);
	fd = docroot_open(&root, "file", DOCROOT_LINKS_BENEATH);
	assert_int_equal(lseek(fd, 0, SEEK_END), 1); /* not a second old: still the first */
	close(fd);
	assert_int_equal(docroot_refresh(&root, 7500), 0);
	fd = docroot_open(&root, "file", DOCROOT_LINKS_BENEATH);
	assert_int_equal(lseek(fd, 0, SEEK_END), 2);
	close(fd);
	docroot_fini(&root);
	docroot_fini(&root);
	scratch_fini(&s);
}

static void
test_missing(void **state)
{
	int before = scratch_count_fds();
	struct docroot root;
	struct scratch s;
	char path[64];

	(void)state;
	scratch_init(&s);
	snprintf(path, sizeof path, "%s", scratch_at(&s, "root"));
	docroot_init(&root, path);
	assert_int_equal(docroot_refresh(&root, 0), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(docroot_open(&root, "file", DOCROOT_LINKS_BENEATH), -1);
	scratch_dir(&s, "root");
	assert_int_equal(docroot_refresh(&root, 1), 0); /* back: noticed at once */
	scratch_write(&s, "root/file", SLICE("x"));
	assert_int_equal(rename(path, scratch_at(&s, "away")), 0);
	assert_int_equal(docroot_refresh(&root, 2000), -1);
	assert_int_equal(docroot_open(&root, "file", DOCROOT_LINKS_BENEATH), -1);
	scratch_write(&s, "root", SLICE("no directory"));
	assert_int_equal(docroot_refresh(&root, 2001), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rename(scratch_at(&s, "away"), path), 0);
	assert_int_equal(docroot_refresh(&root, 2002), 0);
	assert_int_equal(rename(path, scratch_at(&s, "away")), 0);
	scratch_write(&s, "root", SLICE("no directory")); /* from one to the other */
	assert_int_equal(docroot_refresh(&root, 4000), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(docroot_open(&root, "file", DOCROOT_LINKS_BENEATH), -1);
	docroot_fini(&root);
	scratch_fini(&s);
	assert_int_equal(scratch_count_fds(), before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),      cmocka_unit_test(test_many_links),
		cmocka_unit_test(test_deep_and_long), cmocka_unit_test(test_no_permission),
		cmocka_unit_test(test_race),	      cmocka_unit_test(test_moved_out),
		cmocka_unit_test(test_leaving),	      cmocka_unit_test(test_owners),
		cmocka_unit_test(test_owner_race),    cmocka_unit_test(test_switched),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests_name("docroot", tests, NULL, NULL);
}
