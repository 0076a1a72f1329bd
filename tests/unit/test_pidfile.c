/* The pid file: taken over when stale, refused when held, gone at the end. */
#include "config.h"

#include "server/pidfile.h"

#include <sys/file.h>
#include <sys/wait.h>

#include "scratch.h"

static int flocks_until_unlink = -1; /* -1: never */
static const char *unlink_path;

int __real_flock(int, int);
int __wrap_flock(int, int);

/* Linked with --wrap=flock, so that another server can leave just before we lock. */
int
__wrap_flock(int fd, int how)
{
	if (flocks_until_unlink >= 0 && flocks_until_unlink-- == 0)
		unlink(unlink_path);
	return __real_flock(fd, how);
}

/* The first line of the file as a number, or -1 when there is no file. */
static long
pid_in(const char *path)
{
	char text[64] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return -1;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	assert_true(n >= 0);
	assert_true(n == 0 || text[n - 1] == '\n');
	return strtol(text, NULL, 10);
}

static void
test_taken_over(void **state)
{
	static const char *const left[] = { NULL, "", "99999\n", "garbage",
					    "123456789012345678901234567890123456789\n" };
	struct scratch s;

	(void)state;
	scratch_init(&s);
	for (size_t i = 0; i < COUNT(left); i++) {
		const char *path = scratch_at(&s, "pid");
		struct pidfile p = PIDFILE_NONE;
		pid_t holder = 0;

		if (left[i])
			scratch_write(&s, "pid", slice_of(left[i]));
		assert_int_equal(pidfile_open(&p, path, &holder), 0);
		assert_int_equal(pid_in(path), getpid());
		pidfile_close(&p);
		assert_int_equal(pid_in(path), -1);
		assert_int_equal(p.fd, -1);
		pidfile_close(&p); /* harmless */
	}
	scratch_fini(&s);
}

/* In another process: 0 when the file cannot be had because `owner` has it. */
static int
try_in_child(const char *path, pid_t owner)
{
	struct pidfile p = PIDFILE_NONE;
	pid_t holder = 0;

	if (pidfile_open(&p, path, &holder) == 0)
		return 1;
	if (errno != EWOULDBLOCK)
		return 2;
	return holder == owner && p.fd == -1 ? 0 : 3;
}

static void
test_held(void **state)
{
	struct pidfile p = PIDFILE_NONE;
	pid_t holder = 0, child;
	struct scratch s;
	const char *path;
	int status;

	(void)state;
	scratch_init(&s);
	path = scratch_at(&s, "pid");
	assert_int_equal(pidfile_open(&p, path, &holder), 0);
	child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0)
		_exit(try_in_child(path, getppid()));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(pid_in(path), getpid()); /* which it did not touch */
	pidfile_close(&p);
	scratch_fini(&s);
}

static void
test_no_file(void **state)
{
	struct pidfile p = PIDFILE_NONE;
	int before = scratch_count_fds();
	struct scratch s;
	pid_t holder;

	(void)state;
	scratch_init(&s);
	assert_int_equal(pidfile_open(&p, scratch_at(&s, "no/pid"), &holder), -1);
	assert_int_equal(errno, ENOENT);
	scratch_write(&s, "precious", SLICE("bytes"));
	scratch_link(&s, "precious", "pid"); /* who may write there shall not choose the file */
	assert_int_equal(pidfile_open(&p, scratch_at(&s, "pid"), &holder), -1);
	assert_int_equal(errno, ELOOP);
	assert_int_equal(p.fd, -1);
	assert_int_equal(scratch_count_fds(), before);
	scratch_fini(&s);
}

/* The directory may belong to the user: what he put there is not written through. */
static void
test_not_alone(void **state)
{
	struct pidfile p = PIDFILE_NONE;
	struct scratch s;
	pid_t holder;
	char text[8] = "";
	int fd;

	(void)state;
	scratch_init(&s);
	scratch_write(&s, "precious", SLICE("bytes"));
	assert_int_equal(link(scratch_at(&s, "precious"), scratch_at(&s, "pid")), 0);
	assert_int_equal(pidfile_open(&p, scratch_at(&s, "pid"), &holder), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(p.fd, -1);
	fd = open(scratch_at(&s, "precious"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, text, sizeof text), 5);
	assert_string_equal(text, "bytes");
	close(fd);
	assert_int_equal(mkfifo(scratch_at(&s, "pipe"), 0600), 0);
	assert_int_equal(pidfile_open(&p, scratch_at(&s, "pipe"), &holder), -1);
	assert_int_equal(errno, EEXIST);
	scratch_fini(&s);
}

/* A server that leaves takes its file away: what was locked must still have the name. */
static void
test_unlinked_meanwhile(void **state)
{
	struct pidfile p = PIDFILE_NONE;
	struct scratch s;
	pid_t holder;

	(void)state;
	scratch_init(&s);
	scratch_write(&s, "pid", SLICE("1\n"));
	unlink_path = scratch_at(&s, "pid");
	flocks_until_unlink = 0;
	assert_int_equal(pidfile_open(&p, unlink_path, &holder), 0);
	assert_int_equal(pid_in(unlink_path), getpid());
	pidfile_close(&p);
	scratch_fini(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken_over),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_not_alone),
		cmocka_unit_test(test_unlinked_meanwhile),
	};

	return cmocka_run_group_tests_name("pidfile", tests, NULL, NULL);
}
