/*
 * scratch - files and folders that a test makes and takes away again.
 */
#ifndef UNIT_SCRATCH_H
#define UNIT_SCRATCH_H

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder of its own for a test.  path lies in the struct: do not move it. */
struct scratch {
	char path[64];
};

static inline void
scratch_init(struct scratch *s)
{
	snprintf(s->path, sizeof s->path, "/tmp/unit-XXXXXX");
	if (!mkdtemp(s->path))
		fail_msg("%s: %s", s->path, strerror(errno));
}

static inline int
scratch_remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

/* Takes everything away. */
static inline void
scratch_fini(struct scratch *s)
{
	if (nftw(s->path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		fail_msg("%s stays behind", s->path);
}

/* The path of a name in it.  Good until the eighth next call. */
static inline const char *
scratch_at(const struct scratch *s, const char *name)
{
	static char paths[8][4608];
	static unsigned turn;
	char *path = paths[turn++ % 8];

	snprintf(path, sizeof paths[0], "%s/%s", s->path, name);
	return path;
}

static inline void
scratch_dir(const struct scratch *s, const char *name)
{
	if (mkdir(scratch_at(s, name), 0755) != 0)
		fail_msg("%s: %s", name, strerror(errno));
}

static inline void
scratch_link(const struct scratch *s, const char *target, const char *name)
{
	if (symlink(target, scratch_at(s, name)) != 0)
		fail_msg("%s: %s", name, strerror(errno));
}

/* A new file of that name, or new bytes for an old one. */
static inline void
scratch_write(const struct scratch *s, const char *name, struct slice bytes)
{
	int fd = open(scratch_at(s, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd == -1 || write(fd, bytes.p, bytes.len) != (ssize_t)bytes.len)
		fail_msg("%s: %s", name, strerror(errno));
	close(fd);
}

/* A file without a name, open for reading and for append. */
static inline int
scratch_file(void)
{
	char path[] = "/tmp/unit-XXXXXX";
	int fd = mkostemp(path, O_APPEND | O_CLOEXEC);

	if (fd == -1 || unlink(path) != 0)
		fail_msg("%s: %s", path, strerror(errno));
	return fd;
}

/* How many descriptors this process has open. */
static inline int
scratch_count_fds(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) != -1;
	return count;
}

#endif
