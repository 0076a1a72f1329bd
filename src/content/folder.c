/* folder - see folder.h. */
#include "config.h"

#include "content/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "content/hidden.h"

/* As the kernel has it: see getdents(2). */
struct record {
	uint64_t inode;
	int64_t next;
	unsigned short length;
	unsigned char type;
	char name[];
};

static enum folder_read
refill(struct folder *f)
{
	ssize_t n = syscall(SYS_getdents64, f->fd, f->buffer, sizeof f->buffer);

	f->at = f->len = 0;
	if (n == 0 || (n == -1 && errno == ENOENT)) /* it was removed meanwhile */
		return FOLDER_END;
	if (n == -1)
		return FOLDER_BROKEN;
	f->len = (size_t)n;
	return FOLDER_ENTRY;
}

/* Can a URL say it?  uri_decode_path() refuses control bytes, docroot_open() longer names. */
static bool
is_reachable(struct slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7F)
			return false;
	return name.len > 0 && name.len <= NAME_MAX;
}

static bool
is_listed(const struct folder *f, struct slice name)
{
	if (slice_equal(name, SLICE(".")) || slice_equal(name, SLICE("..")))
		return false;
	return is_reachable(name) && (f->hidden || !hidden_name(name));
}

/* Where the link leads, as serving would follow it. */
static bool
stat_target(const struct folder *f, const char *name, struct stat *st)
{
	char path[PATH_MAX];
	int fd, n, result;

	if (f->links == DOCROOT_LINKS_NONE)
		return false;
	n = snprintf(path, sizeof path, "%s%s", f->path, name);
	if (n < 0 || (size_t)n >= sizeof path)
		return false;
	fd = docroot_open(f->root, path, f->links);
	if (fd == -1)
		return false;
	result = fstat(fd, st);
	close(fd);
	return result == 0;
}

static bool
look_at(const struct folder *f, const char *name, struct folder_entry *e)
{
	struct stat st;

	if (!is_listed(f, slice_of(name)) || fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	if (S_ISLNK(st.st_mode) && !stat_target(f, name, &st))
		return false;
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return false;
	*e = (struct folder_entry){ .name = slice_of(name),
				    .directory = S_ISDIR(st.st_mode),
				    .size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0,
				    .time = st.st_mtim.tv_sec };
	return true;
}

enum folder_read
folder_read(struct folder *f, struct folder_entry *e)
{
	const struct record *r;

	if (f->at == f->len) {
		enum folder_read got = refill(f);

		if (got != FOLDER_ENTRY)
			return got;
	}
	r = (const void *)(f->buffer + f->at);
	f->at += r->length;
	return look_at(f, r->name, e) ? FOLDER_ENTRY : FOLDER_PASSED;
}

void
folder_close(struct folder *f)
{
	if (f->fd != -1)
		close(f->fd);
	f->fd = -1;
}
