/*
 * cold_file - files that are not in memory: a helper waits for the disk, and the worker does not.
 *
 * Whoever reads keeps a struct file_reach and asks before each piece.  What turns out to be cold is
 * read by a job, which only makes the kernel have it; then the same is asked for again.  Each
 * window of a file is given away once at most, so that nothing goes round in circles.  One thread
 * but for the jobs.
 */
#ifndef CONTENT_COLD_FILE_H
#define CONTENT_COLD_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/slice.h"
#include "content/docroot.h"

struct exchange;
struct job;

enum { COLD_FILE_WINDOW = 2 * 1024 * 1024 }; /* bytes that a job reads */

/* Bytes that were at hand when somebody looked, or were waited for: [from, until). */
struct file_reach {
	off_t from, until;
};

#define FILE_REACH_NONE ((struct file_reach){ 0, 0 })
#define FILE_REACH_ALL	((struct file_reach){ 0, INT64_MAX })

/*
 * As pread(2), but all of it; fewer bytes at the end of the file only.  -1 with EAGAIN when the
 * disk would have to be waited for; within the reach it is.
 */
ssize_t cold_file_read(int fd, char *bytes, size_t len, off_t at, struct file_reach *);

/*
 * As preadv(2), of what can be had without waiting: fewer bytes, or -1 with errno, say nothing but
 * that cold_file_read() is to be asked for them.
 */
ssize_t cold_file_read_parts(int fd, const struct iovec *, int count, off_t at,
			     const struct file_reach *);

/* Would sending these bytes wait for the disk, as far as their last one tells? */
bool cold_file_waits(int fd, off_t at, size_t len, struct file_reach *);

/*
 * A job that reads at least so many bytes, and a window in any case.  They are within the reach
 * from now on.  NULL when out of memory or descriptors: then they are read without it.
 */
struct job *cold_file_read_job(int fd, off_t at, size_t len, struct file_reach *);

/*
 * x->job, a new one or one of this function, opens that path beneath the root as well.  False when
 * out of memory or descriptors.
 */
bool cold_file_open_later(struct exchange *, struct docroot *, struct slice path,
			  enum docroot_links);

#endif
