/* pidfile - see pidfile.h. */
#include "config.h"

#include "server/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/root_open.h"

enum { TRIES = 8 };

static pid_t
read_pid(int fd)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof text - 1, 0);

	if (n <= 0)
		return 0;
	text[n] = '\0';
	return (pid_t)strtol(text, NULL, 10);
}

static int
write_pid(int fd)
{
	if (ftruncate(fd, 0) == -1)
		return -1;
	return dprintf(fd, "%ld\n", (long)getpid()) < 0 ? -1 : 0;
}

/* A server that leaves unlinks its file: what we locked may have no name any more. */
static bool
has_name(int fd, const char *path)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 && lstat(path, &named) == 0 && ours.st_dev == named.st_dev &&
	       ours.st_ino == named.st_ino;
}

/* Not another name of a file elsewhere, which would be emptied, and not a pipe or a device. */
static bool
is_ours_alone(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1;
}

/* 0, or -1 with errno: ESTALE when another server took the file away meanwhile. */
static int
lock_and_write(int fd, const char *path, pid_t *holder)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		int error = errno;

		*holder = read_pid(fd);
		errno = error;
		return -1;
	}
	if (!has_name(fd, path)) {
		errno = ESTALE;
		return -1;
	}
	if (!is_ours_alone(fd)) {
		errno = EEXIST;
		return -1;
	}
	return write_pid(fd);
}

int
pidfile_open(struct pidfile *out, const char *path, pid_t *holder)
{
	for (int i = 0; i < TRIES; i++) {
		int fd = root_open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		int error;

		if (fd == -1)
			return -1;
		if (lock_and_write(fd, path, holder) == 0) {
			*out = (struct pidfile){ .path = path, .fd = fd };
			return 0;
		}
		error = errno;
		close(fd);
		errno = error;
		if (error != ESTALE)
			return -1;
	}
	return -1;
}

void
pidfile_close(struct pidfile *p)
{
	if (p->fd == -1)
		return;
	if (unlink(p->path) == -1 && ftruncate(p->fd, 0) == -1)
		errno = 0; /* nothing more can be done; the lock tells the truth anyway */
	close(p->fd);
	*p = PIDFILE_NONE;
}
