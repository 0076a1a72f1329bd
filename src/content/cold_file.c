/*
 * cold_file - see cold_file.h.
 *
 * Names: docroot_open_cached() tells what the kernel does not have.  The helper opens the path and
 * closes it again, rather than handing the descriptor over: so there is one way to a file and one
 * place where it is judged, and the worker's own open is short.  Not covered is a file system that
 * waits in open(2) itself, as NFSv4 does.
 *
 * Bytes: preadv2(2) with RWF_NOWAIT reads what is in memory.  Small contents are read with it in
 * place of pread(2), at no cost.  Before a slice goes to sendfile(2) its last byte is asked for:
 * one short call for a quarter of a megabyte.  The last one, since files are read from front to
 * back: read-ahead that stopped within the slice shows there.
 *
 * A job reads a window, eight such slices, and starts the reading of the next one, so that the
 * disk works on while this one is sent; who downloads a cold file costs a job for each window at
 * most, and none while the disk is ahead of him.
 *
 * EOPNOTSUPP: NFS, FUSE and overlayfs do not tell.  The first two are the very ones that can take
 * for ever, so every window of theirs is taken for cold: that costs a warm file of an overlay two
 * hand-overs for eight slices.  The helper looks here and there first, and copies nothing where it
 * did not have to sleep for that.  tmpfs does not tell either, but never waits, and is known by its
 * type.
 */
#include "config.h"

#include "content/cold_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/job.h"
#include "base/sleeps.h"
#include "content/exchange.h"

enum { PIECE = 64 * 1024 };

/* Reading. */

static bool
reaches(const struct file_reach *r, off_t at, size_t len)
{
	return at >= r->from && at <= r->until && (off_t)len <= r->until - at;
}

static ssize_t
read_cached(int fd, char *bytes, size_t len, off_t at)
{
	struct iovec io = { .iov_base = bytes, .iov_len = len };

	return preadv2(fd, &io, 1, at, RWF_NOWAIT);
}

/* After EOPNOTSUPP.  errno is EAGAIN when it may be cold. */
static bool
never_waits(int fd, struct file_reach *r)
{
	if (docroot_is_memory(fd)) {
		*r = FILE_REACH_ALL;
		return true;
	}
	errno = EAGAIN;
	return false;
}

ssize_t
cold_file_read(int fd, char *bytes, size_t len, off_t at, struct file_reach *r)
{
	bool waits = reaches(r, at, len);
	size_t done = 0;

	while (done < len) {
		char *to = bytes + done;
		off_t from = at + (off_t)done;
		ssize_t n = waits ? pread(fd, to, len - done, from)
				  : read_cached(fd, to, len - done, from);

		if (n == 0)
			break;
		if (n > 0)
			done += (size_t)n;
		else if (errno == EOPNOTSUPP && !waits && never_waits(fd, r))
			waits = true;
		else if (errno != EINTR)
			return -1;
	}
	return (ssize_t)done;
}

ssize_t
cold_file_read_parts(int fd, const struct iovec *parts, int count, off_t at,
		     const struct file_reach *r)
{
	size_t len = 0;

	for (int i = 0; i < count; i++)
		len += parts[i].iov_len;
	return preadv2(fd, parts, count, at, reaches(r, at, len) ? 0 : RWF_NOWAIT);
}

bool
cold_file_waits(int fd, off_t at, size_t len, struct file_reach *r)
{
	char last;
	ssize_t n;

	if (reaches(r, at, len) || len == 0)
		return false;
	n = cold_file_read(fd, &last, 1, at + (off_t)len - 1, r);
	if (n == 1 && !reaches(r, at, len))
		*r = (struct file_reach){ at, at + (off_t)len };
	return n == -1 && errno == EAGAIN; /* whatever else it is, sending finds out */
}

struct reading {
	struct job job;
	int fd; /* owned */
	off_t at, until;
};

/* Looks here and there, as read-ahead is coarser.  False as soon as that had to be waited for. */
static bool
was_at_hand(const struct reading *r)
{
	long before = sleeps_count();
	char byte;

	for (off_t at = r->at; at < r->until && sleeps_count() == before; at += PIECE)
		if (pread(r->fd, &byte, 1, at) != 1)
			break;
	return sleeps_count() == before;
}

/* In a helper thread. */
static void
run_reading(struct job *job)
{
	struct reading *r = (struct reading *)job;
	char piece[PIECE];
	off_t at = r->at;

	posix_fadvise(r->fd, at, r->until - at + COLD_FILE_WINDOW, POSIX_FADV_WILLNEED);
	if (was_at_hand(r))
		return;
	while (at < r->until && !job_unwanted(job)) {
		size_t len = r->until - at < PIECE ? (size_t)(r->until - at) : PIECE;
		ssize_t n = pread(r->fd, piece, len, at);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break; /* the worker sees for itself */
		at += n;
	}
}

static void
end_reading(struct job *job)
{
	struct reading *r = (struct reading *)job;

	close(r->fd);
	free(r);
}

struct job *
cold_file_read_job(int fd, off_t at, size_t len, struct file_reach *reach)
{
	struct reading *r = calloc(1, sizeof *r);
	off_t until = at + (off_t)(len > COLD_FILE_WINDOW ? len : COLD_FILE_WINDOW);

	*reach = (struct file_reach){ at, until };
	if (!r)
		return NULL;
	job_init_reading(&r->job, run_reading, end_reading);
	r->at = at;
	r->until = until;
	r->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (r->fd != -1)
		return &r->job;
	free(r);
	return NULL;
}

/* Opening. */

/* The file itself, or those beside it, one in each other coding. */
struct opening {
	struct job job;
	struct docroot *worker_root; /* which learns how long it took */
	struct docroot root;	     /* with a descriptor of its own */
	enum docroot_links links;
	size_t count;
	char *paths[CODING_COUNT]; /* owned */
};

/* In a helper thread.  Looks at what it found, as the worker will. */
static void
run_opening(struct job *job)
{
	struct opening *o = (struct opening *)job;
	struct stat st;

	for (size_t i = 0; i < o->count && !job_unwanted(job); i++) {
		int fd = docroot_open_cold(&o->root, o->paths[i], o->links);

		if (fd == -1)
			continue;
		(void)fstat(fd, &st);
		close(fd);
	}
}

/* In the worker's thread, or when that has left. */
static void
end_opening(struct job *job)
{
	struct opening *o = (struct opening *)job;

	if (job->state == JOB_DONE)
		docroot_learn(o->worker_root, &o->root);
	docroot_fini(&o->root);
	for (size_t i = 0; i < o->count; i++)
		free(o->paths[i]);
	free(o);
}

static struct job *
new_opening(struct docroot *root, enum docroot_links links)
{
	struct opening *o = calloc(1, sizeof *o);

	if (!o)
		return NULL;
	job_init_reading(&o->job, run_opening, end_opening);
	o->links = links;
	o->worker_root = root;
	o->root = *root;
	o->root.sleepless = 0;
	o->root.fd = fcntl(root->fd, F_DUPFD_CLOEXEC, 0);
	if (o->root.fd != -1)
		return &o->job;
	free(o);
	return NULL;
}

bool
cold_file_open_later(struct exchange *x, struct docroot *root, struct slice path,
		     enum docroot_links links)
{
	struct opening *o;
	char *copy = strndup(path.p, path.len);

	if (copy && !x->job)
		x->job = new_opening(root, links);
	o = (struct opening *)x->job;
	if (!copy || !o || o->count == CODING_COUNT) {
		free(copy);
		return false;
	}
	o->paths[o->count++] = copy;
	return true;
}
