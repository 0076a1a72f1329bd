/*
 * holder - see holder.h.
 *
 * The protocol of passed sockets is that of sd_listen_fds(3): descriptors from 3 on, as many as
 * LISTEN_FDS says, meant for the process that LISTEN_PID names.
 */
#include "config.h"

#include "server/holder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/error_log.h"
#include "server/listener.h"

enum {
	PASSED_FIRST = 3,
	PASSED_MAX = 64,
	LOG_FLAGS = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
	LOG_MODE = 0640,
};

struct holder {
	size_t count;
	int passed[PASSED_MAX]; /* -1 = given out */
};

/* How many descriptors were passed to this very process. */
static size_t
count_passed(void)
{
	uint64_t pid, n;

	if (!slice_to_number(slice_of(getenv("LISTEN_PID")), INT32_MAX, &pid) ||
	    !slice_to_number(slice_of(getenv("LISTEN_FDS")), INT32_MAX, &n) ||
	    pid != (uint64_t)getpid())
		return 0;
	if (n > PASSED_MAX) {
		error_log(LOG_LEVEL_WARN,
			  "%llu sockets were passed in, and only the first %d are used",
			  (unsigned long long)n, PASSED_MAX);
		n = PASSED_MAX;
	}
	return (size_t)n;
}

struct holder *
holder_new(void)
{
	struct holder *h = calloc(1, sizeof *h);

	if (!h)
		return NULL;
	h->count = count_passed();
	for (size_t i = 0; i < h->count; i++) {
		h->passed[i] = PASSED_FIRST + (int)i;
		listener_adopt(h->passed[i]);
	}
	/* NOLINTBEGIN(concurrency-mt-unsafe): no thread yet */
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	/* NOLINTEND(concurrency-mt-unsafe) */
	return h;
}

void
holder_free(struct holder *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->count; i++)
		if (h->passed[i] != -1)
			close(h->passed[i]);
	free(h);
}

static bool
is_listening(int fd)
{
	int listening = 0;
	socklen_t len = sizeof listening;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 && listening;
}

int
holder_listener(struct holder *h, const struct address *wanted, unsigned backlog)
{
	for (size_t i = 0; i < h->count; i++) {
		struct address bound;
		int fd = h->passed[i];

		if (fd == -1 || !is_listening(fd) || listener_address(fd, &bound) == -1 ||
		    !listener_matches(&bound, wanted))
			continue;
		h->passed[i] = -1;
		return fd;
	}
	return listener_open(wanted, backlog);
}

/* The numbers of passed sockets are theirs until they are closed. */
static bool
was_passed(const struct holder *h, int fd)
{
	return fd >= PASSED_FIRST && fd < PASSED_FIRST + (int)h->count;
}

void
holder_close_listener(struct holder *h, int fd)
{
	struct address a;

	if (fd == -1)
		return;
	if (!was_passed(h, fd) && listener_address(fd, &a) == 0 && a.any.sa_family == AF_UNIX)
		unlink(a.local.sun_path);
	close(fd);
}

/*
 * A second way into the same pipe or terminal, so that O_NONBLOCK does not reach those who share
 * the first.  -1 for anything else: a socket (the journal's) cannot be opened again and is sent to
 * without waiting; a file shares its offset with whoever else writes to it.
 */
static int
open_again(int standard)
{
	char path[32];
	struct stat st;

	if (fstat(standard, &st) == -1 || !(S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)))
		return -1;
	snprintf(path, sizeof path, "/proc/self/fd/%d", standard);
	return open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

static int
open_standard_output(void)
{
	int fd = open_again(STDOUT_FILENO);

	return fd != -1 ? fd : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, PASSED_FIRST);
}

int
holder_standard_error(struct holder *h)
{
	(void)h;
	return open_again(STDERR_FILENO);
}

/* The directory a file lies in, for openat(2). */
static int
open_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	int fd, error;
	char *parent;

	if (!slash)
		return open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	parent = strndup(path, (size_t)(slash - path) + 1);
	if (!parent)
		return -1;
	fd = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	error = errno;
	free(parent);
	errno = error;
	return fd;
}

/* The target of the symbolic link `name` when root made it.  False with errno. */
static bool
read_root_link(int parent, const char *name, char target[PATH_MAX])
{
	int fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), error;
	struct stat st;
	ssize_t n = -1;

	if (fd == -1)
		return false;
	if (fstat(fd, &st) == 0 && st.st_uid == 0)
		n = readlinkat(fd, "", target, PATH_MAX - 1);
	else
		errno = ELOOP;
	error = errno;
	close(fd);
	errno = error;
	target[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/*
 * A log in a directory that belongs to the server's user may have been replaced by a link to a file
 * that is not his.  So root follows only links that root made; the one read is the one followed.
 */
static int
open_log_as_root(const char *path)
{
	const char *slash = strrchr(path, '/');
	char target[PATH_MAX];
	int fd = -1, parent = open_parent(path), error;

	if (parent == -1)
		return -1;
	fd = openat(parent, slash ? slash + 1 : path, LOG_FLAGS | O_NOFOLLOW, LOG_MODE);
	if (fd == -1 && errno == ELOOP && read_root_link(parent, slash ? slash + 1 : path, target))
		fd = openat(parent, target, LOG_FLAGS, LOG_MODE);
	error = errno;
	close(parent);
	errno = error;
	return fd;
}

int
holder_log(struct holder *h, const char *path)
{
	(void)h;
	if (*path == '\0')
		return open_standard_output();
	return geteuid() == 0 ? open_log_as_root(path) : open(path, LOG_FLAGS, LOG_MODE);
}

bool
holder_next_unclaimed(const struct holder *h, size_t *at, struct address *a)
{
	for (; *at < h->count; ++*at) {
		if (h->passed[*at] == -1)
			continue;
		if (listener_address(h->passed[*at], a) == -1)
			*a = (struct address){ 0 };
		++*at;
		return true;
	}
	return false;
}
