/* root_open - see root_open.h. */
#include "config.h"

#include "server/root_open.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { LINKS_MAX = 40, FOLDER = O_PATH | O_DIRECTORY | O_CLOEXEC };

struct walk {
	int at; /* the folder so far */
	unsigned links;
	char rest[PATH_MAX]; /* of the path */
};

static void
close_keeping_errno(int fd)
{
	int error = errno;

	if (fd != -1)
		close(fd);
	errno = error;
}

/* fd is the walk's from now on; -1 = it could not be opened. */
static bool
go_to(struct walk *w, int fd)
{
	close_keeping_errno(w->at);
	w->at = fd;
	return fd != -1;
}

/* Goes on with that path, from where it begins.  False with errno. */
static bool
take_path(struct walk *w, const char *path, const char *behind)
{
	char whole[PATH_MAX];
	int n = snprintf(whole, sizeof whole, "%s%s%s", path, *behind ? "/" : "", behind);

	if (n < 0 || (size_t)n >= sizeof whole) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(w->rest, whole, (size_t)n + 1);
	if (*path == '/')
		return go_to(w, open("/", FOLDER));
	return w->at != -1 || go_to(w, open(".", FOLDER));
}

/* Cuts the first name off; NULL when there is none any more. */
static char *
next_name(char **rest)
{
	char *name = *rest + strspn(*rest, "/");

	*rest = name + strcspn(name, "/");
	if (**rest)
		*(*rest)++ = '\0';
	*rest += strspn(*rest, "/");
	return *name ? name : NULL;
}

/* The kernel's own links (proc(5)) are followed by the kernel: what they show is no path. */
static bool
is_kernels(int folder)
{
	struct statfs fs;

	return fstatfs(folder, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

/* Follows the link of that name when it is root's.  False with errno. */
static bool
follow(struct walk *w, const char *name, const char *behind)
{
	char target[PATH_MAX];
	int fd = openat(w->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	ssize_t n = -1;

	if (fd == -1)
		return false;
	if (fstat(fd, &st) == -1)
		;
	else if (!S_ISLNK(st.st_mode))
		errno = ENOTDIR;
	else if (st.st_uid != 0 || ++w->links > LINKS_MAX)
		errno = ELOOP;
	else
		n = readlinkat(fd, "", target, sizeof target - 1);
	close_keeping_errno(fd);
	if (n < 0)
		return false;
	target[n] = '\0';
	return take_path(w, target, behind);
}

/* One name: *fd when it was the last.  False with errno. */
static bool
step(struct walk *w, int flags, mode_t mode, int *fd)
{
	char *behind = w->rest, *name = next_name(&behind);
	int folder;

	if (!name) {
		errno = EISDIR;
		return false;
	}
	if (*behind) {
		folder = openat(w->at, name, FOLDER | O_NOFOLLOW);
		if (folder == -1)
			return (errno == ENOTDIR || errno == ELOOP) && follow(w, name, behind);
		memmove(w->rest, behind, strlen(behind) + 1);
		return go_to(w, folder);
	}
	*fd = openat(w->at, name, flags | O_NOFOLLOW, mode);
	if (*fd != -1)
		return true;
	if (errno != ELOOP || (flags & O_NOFOLLOW))
		return false;
	if (!is_kernels(w->at))
		return follow(w, name, "");
	*fd = openat(w->at, name, flags, mode);
	return *fd != -1;
}

int
root_open(const char *path, int flags, mode_t mode)
{
	struct walk w = { .at = -1 };
	int fd = -1;

	if (geteuid() != 0) /* nobody can have him open more than he may himself */
		return open(path, flags, mode);
	if (take_path(&w, path, ""))
		while (fd == -1 && step(&w, flags, mode, &fd))
			;
	close_keeping_errno(w.at);
	return fd;
}
