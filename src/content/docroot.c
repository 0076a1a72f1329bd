/*
 * docroot - see docroot.h.
 *
 * The fallback walk keeps a stack of directories, one for each level below the root.  Every
 * component is opened with O_PATH | O_NOFOLLOW relative to the top of the stack, so that the
 * kernel never resolves more than one name; ".." pops the stack and may not pop the root.  A
 * symbolic link is read from its own descriptor and its target walked the same way; an absolute
 * target leaves the root.  The final open goes through the parent's descriptor with O_NOFOLLOW
 * and is accepted only when it is the object that was looked at.
 *
 * Owners of links are compared on the same walk, where openat2 has met a link: that of the link by
 * the descriptor it was read from, that of its target by the one the walk arrived at.  So there is
 * no moment between looking and opening.  A link to a link is a link whose target has to pass, too:
 * in a chain all links and the file belong to one.  Under the policies that let links lead out, a
 * target may be absolute or climb above the root: the bottom of the stack is then a descriptor of
 * the walk's own.  A path itself may not.
 *
 * RESOLVE_CACHED (Linux 5.12) tells beforehand that a look-up might have to wait: the kernel has no
 * note of the name.  It has none either of a name that nobody asked for, in a folder that is in
 * memory from end to end; and who tries a thousand names to see what is there should not cost a
 * thousand hand-overs to a helper.  So each look-up that seemed cold says afterwards whether its
 * thread had to sleep for it, and after a few in a row that had not, the next ones are made at once
 * until one has.  One that asks over a network always sleeps, and is never trusted.  File systems
 * in memory make no such notes at all, and need none.
 */
#include "config.h"

#include "content/docroot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/sleeps.h"

#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

enum {
	RECHECK_MS = 500,
	RACE_RETRIES = 8, /* openat2 says EAGAIN when a rename elsewhere disturbed it */
	MAX_DEPTH = 64,	  /* levels below the root that the walk can hold open */
	MAX_LINKS = 40,	  /* as the kernel has it */
	TRUSTED = 16,	  /* look-ups in a row that did not sleep, until the next is made at once */
	OPEN_FLAGS = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY,
};

void
docroot_init(struct docroot *r, const char *path)
{
	*r = (struct docroot){ .path = path, .fd = -1 };
}

void
docroot_fini(struct docroot *r)
{
	if (r->fd != -1)
		close(r->fd);
	r->fd = -1;
}

bool
docroot_is_memory(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

/* May this user list it, and yet cannot?  Then it is no permission that is missing. */
static bool
is_fenced(int fd)
{
	int list = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (list != -1)
		close(list);
	return list == -1 && errno == EACCES && faccessat(fd, ".", R_OK, 0) == 0;
}

static int
reopen(struct docroot *r)
{
	struct stat st;
	int fd = open(r->path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return -1;
	r->fenced = is_fenced(fd);
	if (r->fenced || fstat(fd, &st) == -1) {
		close(fd);
		errno = EACCES;
		return -1;
	}
	docroot_fini(r);
	r->fd = fd;
	r->never_cold = docroot_is_memory(fd);
	r->sleepless = 0;
	r->device = st.st_dev;
	r->inode = st.st_ino;
	return 0;
}

int
docroot_refresh(struct docroot *r, int64_t now_ms)
{
	struct stat st;

	if (r->fd != -1 && now_ms - r->checked_ms < RECHECK_MS)
		return 0;
	r->fenced = false;
	if (stat(r->path, &st) == -1 ||
	    ((r->fd == -1 || st.st_dev != r->device || st.st_ino != r->inode) && reopen(r) == -1)) {
		int error = errno;

		docroot_fini(r);
		errno = error;
		return -1;
	}
	r->checked_ms = now_ms;
	return 0;
}

/* The walk: directories open from the root (level 0, not owned) down. */
struct walk {
	int fd[MAX_DEPTH + 1];
	size_t depth;
	unsigned links;
	unsigned within; /* so many links are being followed */
	bool outside;	 /* level 0 is not the root any more, and owned */
	bool cached;	 /* fail with EAGAIN where the kernel does not know a name */
	enum docroot_links policy;
};

static void
pop(struct walk *w)
{
	close(w->fd[w->depth--]);
}

/* Puts another directory, which the walk owns, in the place of level 0. */
static int
stand_on(struct walk *w, int fd)
{
	if (fd == -1)
		return -1;
	while (w->depth > 0)
		pop(w);
	if (w->outside)
		close(w->fd[0]);
	w->outside = true;
	w->fd[0] = fd;
	return 0;
}

static bool
may_leave(const struct walk *w)
{
	return w->within > 0 &&
	       (w->policy == DOCROOT_LINKS_OWNER || w->policy == DOCROOT_LINKS_ALLOW);
}

static int
climb(struct walk *w)
{
	if (w->depth > 0) {
		pop(w);
		return 0;
	}
	if (may_leave(w))
		return stand_on(w, openat(w->fd[0], "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
	errno = EXDEV;
	return -1;
}

static int walk_path(struct walk *w, const char *path, int *out);

static int
walk_target(struct walk *w, const char *target, int *out)
{
	int result = 0;

	w->within++;
	if (target[0] == '/' && may_leave(w)) {
		result = stand_on(w, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
	} else if (target[0] == '/') {
		errno = EXDEV;
		result = -1;
	}
	if (result == 0)
		result = walk_path(w, target + strspn(target, "/"), out);
	w->within--;
	return result;
}

/* Does what the walk arrived at belong to him?  If not, it is given back. */
static int
check_owner(const struct walk *w, uid_t owner, int *out)
{
	struct stat st;

	if (fstat(out ? *out : w->fd[w->depth], &st) == 0) {
		if (st.st_uid == owner)
			return 0;
		errno = EXDEV;
	}
	if (out) {
		int error = errno;

		close(*out);
		*out = -1;
		errno = error;
	}
	return -1;
}

/* Walks the target of the symbolic link that fd is; the stack's top is where it lies. */
static int
follow(struct walk *w, int fd, uid_t owner, int *out)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(fd, "", target, sizeof target - 1);

	if (n == -1)
		return -1;
	target[n] = '\0';
	if (w->policy == DOCROOT_LINKS_NONE || ++w->links > MAX_LINKS) {
		errno = ELOOP;
		return -1;
	}
	if (walk_target(w, target, out) == -1)
		return -1;
	return w->policy == DOCROOT_LINKS_OWNER ? check_owner(w, owner, out) : 0;
}

/* openat(2) that does not wait, where that is asked for. */
static int
open_name(const struct walk *w, const char *name, int flags)
{
	struct open_how how = { .flags = (unsigned)flags, .resolve = RESOLVE_CACHED };

	if (w->cached)
		return (int)syscall(SYS_openat2, w->fd[w->depth], name, &how, sizeof how);
	return openat(w->fd[w->depth], name, flags);
}

/* Opens for reading what was looked at as `seen`, or fails with EAGAIN when it was exchanged. */
static int
open_seen(const struct walk *w, const char *name, const struct stat *seen)
{
	struct stat st;
	int fd = open_name(w, name, OPEN_FLAGS | O_NOFOLLOW);

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_dev == seen->st_dev && st.st_ino == seen->st_ino)
		return fd;
	close(fd);
	errno = EAGAIN;
	return -1;
}

/* One name.  When it is the last one and no link, *out receives it, opened for reading. */
static int
step(struct walk *w, const char *name, bool last, int *out)
{
	struct stat st;
	int result = -1, fd = open_name(w, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1)
		goto out;
	if (S_ISLNK(st.st_mode)) {
		result = follow(w, fd, st.st_uid, last ? out : NULL);
	} else if (last && out) {
		*out = open_seen(w, name, &st);
		result = *out == -1 ? -1 : 0;
	} else if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
	} else if (w->depth == MAX_DEPTH) {
		errno = ENAMETOOLONG;
	} else {
		w->fd[++w->depth] = fd;
		fd = -1;
		result = 0;
	}
out:
	if (fd != -1) {
		int error = errno;

		close(fd);
		errno = error;
	}
	return result;
}

/*
 * Walks a relative path from the top of the stack.  With out, the last name is opened for
 * reading; without, it must be a directory and becomes the top.
 */
static int
walk_path(struct walk *w, const char *path, int *out)
{
	while (*path) {
		size_t n = strcspn(path, "/");
		const char *rest = path + n + strspn(path + n, "/");
		char name[NAME_MAX + 1];

		if (n > NAME_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(name, path, n);
		name[n] = '\0';
		if (strcmp(name, "..") == 0) {
			if (climb(w) == -1)
				return -1;
		} else if (n > 0 && strcmp(name, ".") != 0) {
			bool last = *rest == '\0' && path[n] == '\0';

			if (step(w, name, last, out) == -1)
				return -1;
			if (last)
				return 0;
		}
		path = rest;
	}
	if (out)
		*out = openat(w->fd[w->depth], ".", OPEN_FLAGS);
	return out && *out == -1 ? -1 : 0;
}

/* Where links may lead out, ".." of a path would not be the one that was walked down from. */
static bool
climbs(const char *path, enum docroot_links links)
{
	if (links != DOCROOT_LINKS_OWNER && links != DOCROOT_LINKS_ALLOW)
		return false;
	if (*path == '/')
		return true;
	for (; *path; path += strspn(path, "/")) {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.')
			return true;
		path += n;
	}
	return false;
}

static int
open_walking(const struct docroot *r, const char *path, enum docroot_links links, bool cached)
{
	struct walk w = { .fd = { r->fd }, .policy = links, .cached = cached };
	int fd = -1, result, error;

	if (strlen(path) >= PATH_MAX) { /* as the kernel has it */
		errno = ENAMETOOLONG;
		return -1;
	}
	result = walk_path(&w, path, &fd);
	error = errno;
	while (w.depth > 0)
		pop(&w);
	if (w.outside)
		close(w.fd[0]);
	errno = error;
	return result == -1 ? -1 : fd;
}

/* For owners, the kernel opens what has no link on the way, and the walk the rest. */
static int
open_by_kernel(const struct docroot *r, const char *path, enum docroot_links links, unsigned more)
{
	static const unsigned resolve[] = {
		[DOCROOT_LINKS_BENEATH] = RESOLVE_BENEATH,
		[DOCROOT_LINKS_NONE] = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
		[DOCROOT_LINKS_OWNER] = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
		[DOCROOT_LINKS_ALLOW] = 0,
	};
	struct open_how how = { .flags = OPEN_FLAGS,
				.resolve = resolve[links] | RESOLVE_NO_MAGICLINKS | more };
	int fd;

	fd = (int)syscall(SYS_openat2, r->fd, *path ? path : ".", &how, sizeof how);
	if (fd == -1 && errno == ELOOP && links == DOCROOT_LINKS_OWNER)
		return open_walking(r, path, links, more & RESOLVE_CACHED);
	return fd;
}

int
docroot_open(const struct docroot *r, const char *path, enum docroot_links links)
{
	int fd = -1;

	if (climbs(path, links)) {
		errno = EXDEV;
		return -1;
	}
	errno = ENOSYS;
	for (int i = 0; !r->walk && i < RACE_RETRIES; i++) {
		fd = open_by_kernel(r, path, links, 0);
		if (fd != -1 || errno != EAGAIN)
			break;
	}
	/* EPERM: what seccomp filters around containers that do not know openat2 answer. */
	if (fd == -1 && (errno == ENOSYS || errno == EPERM))
		for (int i = 0; i < RACE_RETRIES; i++) {
			fd = open_walking(r, path, links, false);
			if (fd != -1 || errno != EAGAIN)
				break;
		}
	return fd;
}

int
docroot_open_cold(struct docroot *r, const char *path, enum docroot_links links)
{
	long before = sleeps_count();
	int fd = docroot_open(r, path, links), error = errno;

	r->sleepless = sleeps_count() == before ? r->sleepless + 1 : 0;
	errno = error;
	return fd;
}

void
docroot_learn(struct docroot *r, const struct docroot *copy)
{
	r->sleepless = copy->sleepless > 0 ? r->sleepless + copy->sleepless : 0;
}

int
docroot_open_cached(struct docroot *r, const char *path, enum docroot_links links)
{
	int fd;

	if (r->walk || r->never_cold || climbs(path, links))
		return docroot_open(r, path, links);
	fd = open_by_kernel(r, path, links, RESOLVE_CACHED);
	if (fd == -1 && errno == EAGAIN && r->sleepless >= TRUSTED)
		return docroot_open_cold(r, path, links);
	if (fd != -1 || (errno != EINVAL && errno != ENOSYS && errno != EPERM))
		return fd;
	r->never_cold = true; /* not with this kernel, or not in this container */
	return docroot_open(r, path, links);
}
