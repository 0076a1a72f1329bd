/*
 * Where sockets and logs come from: passed in by a service manager, or opened here.  Passed sockets
 * are numbered from 3 on, so each of those tests is a process of its own.
 */
#include "config.h"

#include "server/holder.h"

#include <netinet/tcp.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "scratch.h"
#include "server/listener.h"

static struct scratch scratch;

/* In a child an assertion that fails cannot go back to cmocka: it says its line and leaves. */
#define require(what)                                                                              \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			fprintf(stderr, "# %d: %s\n", __LINE__, #what);                            \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static void
in_child(void (*f)(void))
{
	pid_t child = fork();
	int status;

	assert_int_not_equal(child, -1);
	if (child == 0) {
		f();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static struct address
address(const char *text)
{
	struct address a;

	require(address_parse(&a, slice_of(text)) == NULL);
	return a;
}

/* The unix socket of the scratch folder. */
static struct address
local(const char *name)
{
	char text[128];

	snprintf(text, sizeof text, "unix:%s", scratch_at(&scratch, name));
	return address(text);
}

/* Passes these sockets in, as a service manager does; closes all else. */
static void
pass(const int *fds, int count, pid_t pid)
{
	char text[32];
	int high[8];

	for (int i = 0; i < count; i++) {
		high[i] = fcntl(fds[i], F_DUPFD, 100);
		require(high[i] != -1);
	}
	for (int fd = 3; fd < 100; fd++)
		close(fd);
	for (int i = 0; i < count; i++) {
		require(dup2(high[i], 3 + i) == 3 + i);
		close(high[i]);
	}
	snprintf(text, sizeof text, "%d", count);
	setenv("LISTEN_FDS", text, 1);
	snprintf(text, sizeof text, "%ld", (long)pid);
	setenv("LISTEN_PID", text, 1);
	setenv("LISTEN_FDNAMES", "a:b", 1);
}

/* A socket as managers open them: without our options. */
static int
open_plain(struct address *a)
{
	int fd = socket(a->any.sa_family, SOCK_STREAM, 0);

	require(fd != -1 && bind(fd, &a->any, a->len) == 0 && listen(fd, 5) == 0);
	require(listener_address(fd, a) == 0);
	return fd;
}

static void
take_passed(void)
{
	struct address first = address("127.0.0.1:0"), second = first, other, left;
	int fds[2] = { open_plain(&first), open_plain(&second) }, on = 0;
	socklen_t len = sizeof on;
	struct holder *h;
	size_t at = 0;

	pass(fds, 2, getpid());
	h = holder_new();
	require(h);
	require(!getenv("LISTEN_FDS") && !getenv("LISTEN_PID") && !getenv("LISTEN_FDNAMES"));
	require(holder_listener(h, &second, 16) == 4);
	require(fcntl(4, F_GETFD) & FD_CLOEXEC);
	require(fcntl(4, F_GETFL) & O_NONBLOCK);
	require(getsockopt(4, IPPROTO_TCP, TCP_NODELAY, &on, &len) == 0 && on);
	other = address("127.0.0.1:0");
	require(holder_listener(h, &other, 16) > 4); /* not passed: opened */
	require(holder_next_unclaimed(h, &at, &left));
	require(address_equal(&left, &first));
	require(!holder_next_unclaimed(h, &at, &left));
	require(holder_listener(h, &second, 16) == -1 && errno == EADDRINUSE);
	holder_free(h);
	require(fcntl(3, F_GETFD) == -1); /* nobody asked for it */
	require(fcntl(4, F_GETFD) != -1); /* ours */
}

static void
test_passed(void **state)
{
	(void)state;
	in_child(take_passed);
}

/* Meant for the process that LISTEN_PID names, and nobody else. */
static void
ignore_foreign(void)
{
	static const char *const pids[] = { "1", "", "x", "-1" };
	struct address a = address("127.0.0.1:0");
	int fd = open_plain(&a);

	for (size_t i = 0; i < COUNT(pids); i++) {
		struct address left;
		struct holder *h;
		size_t at = 0;

		pass(&fd, 1, getpid());
		fd = 3;
		setenv("LISTEN_PID", pids[i], 1);
		h = holder_new();
		require(h && !holder_next_unclaimed(h, &at, &left));
		require(!getenv("LISTEN_FDS"));
		holder_free(h);
		require(fcntl(3, F_GETFD) != -1);
	}
}

static void
test_foreign(void **state)
{
	(void)state;
	in_child(ignore_foreign);
}

/* What is no listening socket is nobody's, and says so. */
static void
refuse_odd(void)
{
	struct address a = address("127.0.0.1:0"), left;
	int pipes[2], fds[2];
	struct holder *h;
	size_t at = 0;

	require(pipe(pipes) == 0);
	fds[0] = pipes[0];
	fds[1] = socket(AF_INET, SOCK_STREAM, 0);
	require(bind(fds[1], &a.any, a.len) == 0 && listener_address(fds[1], &a) == 0);
	pass(fds, 2, getpid());
	h = holder_new();
	require(h);
	require(holder_listener(h, &a, 16) == -1); /* bound, does not listen */
	require(holder_next_unclaimed(h, &at, &left) && holder_next_unclaimed(h, &at, &left));
	require(!holder_next_unclaimed(h, &at, &left));
	holder_free(h);
}

static void
test_odd(void **state)
{
	(void)state;
	in_child(refuse_odd);
}

static bool
is_there(const char *name)
{
	struct stat st;

	return lstat(scratch_at(&scratch, name), &st) == 0;
}

/* Who made the name of a unix socket takes it away. */
static void
close_local(void)
{
	struct address theirs = local("theirs"), ours = local("ours");
	struct holder *h;
	int fd = open_plain(&theirs), a, b;

	pass(&fd, 1, getpid());
	h = holder_new();
	require(h);
	a = holder_listener(h, &theirs, 16);
	b = holder_listener(h, &ours, 16);
	require(a == 3 && b > 3 && is_there("ours") && is_there("theirs"));
	holder_close_listener(h, a);
	holder_close_listener(h, b);
	require(fcntl(a, F_GETFD) == -1 && fcntl(b, F_GETFD) == -1);
	require(!is_there("ours"));
	require(is_there("theirs"));
	holder_free(h);
}

static void
test_local(void **state)
{
	(void)state;
	scratch_init(&scratch);
	in_child(close_local);
	scratch_fini(&scratch);
}

static void
test_log(void **state)
{
	int before = scratch_count_fds(), fd;
	struct holder *h = holder_new();
	struct stat st;

	(void)state;
	assert_non_null(h);
	scratch_init(&scratch);
	scratch_write(&scratch, "log", SLICE("old\n"));
	fd = holder_log(h, scratch_at(&scratch, "log"), HOLDER_NO_OWNER, HOLDER_ACCESS_LOG);
	assert_int_not_equal(fd, -1);
	assert_true(fcntl(fd, F_GETFL) & O_APPEND);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(fd, "new\n", 4), 4);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 8);
	close(fd);
	umask(0);
	fd = holder_log(h, scratch_at(&scratch, "made"), HOLDER_NO_OWNER, HOLDER_ACCESS_LOG);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640); /* logs are not for everyone */
	close(fd);
	assert_int_equal(holder_log(h, scratch_at(&scratch, "no/log"), HOLDER_NO_OWNER,
				    HOLDER_ACCESS_LOG),
			 -1);
	assert_int_equal(errno, ENOENT);
	fd = holder_log(h, "", HOLDER_NO_OWNER, HOLDER_ACCESS_LOG);
	assert_int_not_equal(fd, -1);
	assert_int_not_equal(fd, STDOUT_FILENO);
	close(fd);
	holder_free(h);
	holder_free(NULL);
	scratch_fini(&scratch);
	assert_int_equal(scratch_count_fds(), before);
}

/* A log that is a FIFO without a reader makes nobody wait. */
static void
test_log_fifo(void **state)
{
	struct holder *h = holder_new();

	(void)state;
	assert_non_null(h);
	scratch_init(&scratch);
	assert_int_equal(mkfifo(scratch_at(&scratch, "fifo"), 0600), 0);
	assert_int_equal(holder_log(h, scratch_at(&scratch, "fifo"), HOLDER_NO_OWNER,
				    HOLDER_ACCESS_LOG),
			 -1);
	assert_int_equal(errno, ENXIO);
	holder_free(h);
	scratch_fini(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passed), cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_odd),    cmocka_unit_test(test_local),
		cmocka_unit_test(test_log),    cmocka_unit_test(test_log_fifo),
	};

	return cmocka_run_group_tests_name("holder", tests, NULL, NULL);
}
