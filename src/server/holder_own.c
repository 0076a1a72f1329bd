/*
 * holder_own - a holder that opens everything itself, or finds it passed in.
 *
 * The supervisor has one, and so has a server of one process.  The protocol of passed sockets is
 * that of sd_listen_fds(3): descriptors from 3 on, as many as LISTEN_FDS says, meant for the
 * process that LISTEN_PID names.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/error_log.h"
#include "server/holder_ways.h"
#include "server/listener.h"
#include "server/pidfile.h"
#include "server/port_holder.h"
#include "server/root_open.h"

enum {
	PASSED_FIRST = 3,
	PASSED_MAX = 64,
	LOG_FLAGS = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
	LOG_MODE = 0640,
};

struct own {
	struct holder holder;
	struct pidfile pidfile;
	size_t count;
	int passed[PASSED_MAX]; /* -1 = given out */
};

static struct own *
own_of(struct holder *h)
{
	return (struct own *)h; /* its first member */
}

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

static bool
is_listening(int fd)
{
	int listening = 0;
	socklen_t len = sizeof listening;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 && listening;
}

static int
own_listener(struct holder *h, const struct address *wanted, unsigned backlog)
{
	struct own *own = own_of(h);
	int result;

	for (size_t i = 0; i < own->count; i++) {
		struct address bound;
		int fd = own->passed[i];

		if (fd == -1 || !is_listening(fd) || listener_address(fd, &bound) == -1 ||
		    !listener_matches(&bound, wanted))
			continue;
		own->passed[i] = -1;
		return fd;
	}
	result = listener_open(wanted, backlog);
	if (result == -1 && errno == EADDRINUSE) {
		port_holder_words(wanted, h->words, sizeof h->words);
		errno = EADDRINUSE;
	}
	return result;
}

/* The numbers of passed sockets are theirs until they are closed. */
static bool
was_passed(const struct own *own, int fd)
{
	return fd >= PASSED_FIRST && fd < PASSED_FIRST + (int)own->count;
}

static void
own_close_listener(struct holder *h, int fd)
{
	struct address a;

	if (!was_passed(own_of(h), fd) && listener_address(fd, &a) == 0 &&
	    a.any.sa_family == AF_UNIX)
		unlink(a.local.sun_path);
	close(fd);
}

/* A log that root just made belongs to whom the server becomes. */
static void
give_to_owner(int fd, uid_t owner)
{
	struct stat st;

	if (owner != HOLDER_NO_OWNER && geteuid() == 0 && fstat(fd, &st) == 0 &&
	    S_ISREG(st.st_mode) && st.st_uid == 0 && st.st_size == 0 && st.st_nlink == 1 &&
	    fchown(fd, owner, (gid_t)-1) == -1)
		error_log(LOG_LEVEL_WARN, "a log file stays with root: %s", strerror(errno));
}

static int
own_log(struct holder *h, const char *path, uid_t owner, enum holder_log_kind kind)
{
	int fd = root_open(path, LOG_FLAGS, LOG_MODE);

	(void)h, (void)kind;
	if (fd != -1)
		give_to_owner(fd, owner);
	return fd;
}

static int
own_pidfile(struct holder *h, const char *path, pid_t *other)
{
	return pidfile_open(&own_of(h)->pidfile, path, other);
}

static bool
own_next_unclaimed(struct holder *h, size_t *at, struct address *a)
{
	const struct own *own = own_of(h);

	for (; *at < own->count; ++*at) {
		if (own->passed[*at] == -1)
			continue;
		if (listener_address(own->passed[*at], a) == -1)
			*a = (struct address){ 0 };
		++*at;
		return true;
	}
	return false;
}

static void
own_free(struct holder *h)
{
	struct own *own = own_of(h);

	for (size_t i = 0; i < own->count; i++)
		if (own->passed[i] != -1)
			close(own->passed[i]);
	pidfile_close(&own->pidfile);
	free(own);
}

static const struct holder_ways ways = {
	.listener = own_listener,
	.close_listener = own_close_listener,
	.log = own_log,
	.pidfile = own_pidfile,
	.next_unclaimed = own_next_unclaimed,
	.free = own_free,
};

static struct own *
new_own(void)
{
	struct own *own = calloc(1, sizeof *own);

	if (!own)
		return NULL;
	own->holder.ways = &ways;
	own->pidfile = PIDFILE_NONE;
	return own;
}

struct holder *
holder_new(void)
{
	struct own *own = new_own();

	if (!own)
		return NULL;
	own->count = count_passed();
	for (size_t i = 0; i < own->count; i++) {
		own->passed[i] = PASSED_FIRST + (int)i;
		listener_adopt(own->passed[i]);
	}
	/* NOLINTBEGIN(concurrency-mt-unsafe): no thread yet */
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	/* NOLINTEND(concurrency-mt-unsafe) */
	return &own->holder;
}

struct holder *
holder_new_heir(unsigned passed)
{
	struct own *own = new_own();

	if (!own)
		return NULL;
	own->count = passed < PASSED_MAX ? passed : PASSED_MAX;
	for (size_t i = 0; i < own->count; i++)
		own->passed[i] = -1;
	return &own->holder;
}

unsigned
holder_passed(const struct holder *h)
{
	return (unsigned)((const struct own *)h)->count;
}
