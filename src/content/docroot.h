/*
 * docroot - a document root, and the only way to a file beneath it.
 *
 * Containment is the kernel's: openat2(2) with RESOLVE_BENEATH.  Where the kernel lacks it, or a
 * sandbox around us refuses it, the path is walked component by component with the same guarantee,
 * to a depth of 64 directories (then ENAMETOOLONG).  Two policies for symbolic links let them lead
 * out, if the administrator says so; how far is then a matter of the sandbox (server/walls.h).
 *
 * A root is kept open by each worker, and its path is looked at again about twice a second, so that
 * a link switched to a new release is noticed without a restart.  One thread.
 */
#ifndef CONTENT_DOCROOT_H
#define CONTENT_DOCROOT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/slice.h"

struct docroot {
	const char *path; /* not owned */
	int fd;		  /* -1 = not open */
	dev_t device;
	ino_t inode;
	int64_t checked_ms; /* monotonic; when path was last looked at */
	bool walk;	    /* do without openat2 */
	bool never_cold;    /* docroot_open_cached() opens like docroot_open() */
	bool fenced;	    /* docroot_refresh() failed: it is there, outside the sandbox */
	unsigned sleepless; /* so many times in a row it seemed cold, and was not */
};

/* path must outlive the root.  Opens nothing yet. */
void docroot_init(struct docroot *, const char *path);
void docroot_fini(struct docroot *);

/*
 * Makes sure that the root stands for what its path means now, give or take a second.  0, or -1
 * with errno when the path leads to no directory (any more), or to one that the sandbox does not
 * let this process read (`fenced`): then nothing can be opened.
 */
int docroot_refresh(struct docroot *, int64_t now_ms);

/* How docroot_open() treats symbolic links. */
enum docroot_links {
	DOCROOT_LINKS_BENEATH, /* followed, but not out of the root */
	DOCROOT_LINKS_NONE,    /* not followed */
	DOCROOT_LINKS_OWNER,   /* followed where who owns the link owns what it leads to */
	DOCROOT_LINKS_ALLOW,   /* followed */
};

/*
 * Opens a path (relative, NUL-terminated, "" = the root itself) beneath the root for reading,
 * without ever waiting for a FIFO or a device.  The caller owns the result and must still look at
 * its type.  -1 with errno: EXDEV when the path would leave the root, or follow a link to what
 * somebody else owns.
 */
int docroot_open(const struct docroot *, const char *path, enum docroot_links);

/*
 * The same, but -1 with EAGAIN where the kernel does not have every name on the way in memory and
 * would have to ask the file system.  What cannot be told apart is opened all the same: before
 * Linux 5.12, without openat2(2), on a file system that is memory anyway, and for as long as asking
 * turns out to be quick.
 */
int docroot_open_cached(struct docroot *, const char *path, enum docroot_links);

/* As docroot_open(), of what seemed cold: counts in `sleepless` whether it had to be waited for. */
int docroot_open_cold(struct docroot *, const char *path, enum docroot_links);

/* Counts what was opened beneath a copy of the root, whose `sleepless` was 0 before. */
void docroot_learn(struct docroot *, const struct docroot *copy);

/* Does the file live in memory, so that nobody ever waits for it? */
bool docroot_is_memory(int fd);

#endif
