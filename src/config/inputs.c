/* inputs - see inputs.h. */
#include "config/inputs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct input {
	struct slice path;
	struct slice bytes;
	bool is_public; /* readable by everybody */
	bool read;	/* asked for, not only put */
	size_t turn;	/* when it was first asked for */
};

struct inputs {
	struct arena arena;
	struct input *files; /* in the order in which they were put or first read */
	size_t count, cap;
	size_t turns;
	bool disk;
	struct slice
		directory; /* which relative paths are from; empty = the current one, or none */
};

static struct inputs *
new_inputs(bool disk)
{
	struct inputs *in = calloc(1, sizeof *in);

	if (!in)
		return NULL;
	arena_init(&in->arena, 16384);
	in->disk = disk;
	return in;
}

struct inputs *
inputs_new_disk(void)
{
	return new_inputs(true);
}

struct inputs *
inputs_new_memory(void)
{
	return new_inputs(false);
}

void
inputs_free(struct inputs *in)
{
	if (!in)
		return;
	arena_fini(&in->arena);
	free(in->files);
	free(in);
}

/* Of a file; in->count when it is not known. */
static size_t
position(const struct inputs *in, struct slice path)
{
	size_t at = 0;

	while (at < in->count && !slice_equal(in->files[at].path, path))
		at++;
	return at;
}

static struct input *
find(struct inputs *in, struct slice path)
{
	size_t at = position(in, path);

	return at < in->count ? &in->files[at] : NULL;
}

/* An empty input of that path, or NULL when out of memory. */
static struct input *
add(struct inputs *in, struct slice path)
{
	struct slice copy = arena_copy(&in->arena, path);

	if (!copy.p)
		return NULL;
	if (in->count == in->cap) {
		size_t cap = in->cap ? in->cap * 2 : 16;
		struct input *files = reallocarray(in->files, cap, sizeof *files);

		if (!files)
			return NULL;
		in->files = files;
		in->cap = cap;
	}
	in->files[in->count] = (struct input){ .path = copy };
	return &in->files[in->count++];
}

bool
inputs_put(struct inputs *in, struct slice path, struct slice bytes)
{
	struct slice copy = arena_copy(&in->arena, bytes);
	struct input *file = find(in, path);

	if (!copy.p)
		return false;
	if (!file)
		file = add(in, path);
	if (!file)
		return false;
	file->bytes = copy;
	return true;
}

/* Everything behind fd, which stays the caller's; the file may grow or shrink meanwhile. */
static const char *
read_all(struct inputs *in, int fd, size_t size, struct slice *bytes)
{
	char *p = arena_bytes(&in->arena, size + 1);
	size_t used = 0;

	/* one byte more than it had: half a file must not pass for a whole one */
	while (p && used <= size) {
		ssize_t n = read(fd, p + used, size + 1 - used);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return strerror(errno);
		if (n == 0)
			break;
		used += (size_t)n;
	}
	*bytes = slice_from(p, used);
	if (!p)
		return "out of memory";
	return used == size ? NULL : "it is being written at this moment: try again";
}

static const char *
read_regular(struct inputs *in, int fd, struct slice *bytes, bool *is_public)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return strerror(errno);
	if (S_ISDIR(st.st_mode))
		return "this is a directory";
	if (!S_ISREG(st.st_mode))
		return "this is no regular file";
	if (st.st_size > INPUT_MAX)
		return "this file is larger than 16m";
	*is_public = st.st_mode & S_IROTH;
	return read_all(in, fd, (size_t)st.st_size, bytes);
}

static const char *
read_disk(struct inputs *in, const char *path, struct slice *bytes, bool *is_public)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *words;

	if (fd == -1)
		return strerror(errno);
	words = read_regular(in, fd, bytes, is_public);
	close(fd);
	return words;
}

const char *
inputs_read(struct inputs *in, const char *path, struct slice *bytes)
{
	struct input *file = find(in, slice_of(path));
	bool is_public = false;
	const char *words;

	if (!file) {
		if (!in->disk)
			return strerror(ENOENT);
		words = read_disk(in, path, bytes, &is_public);
		if (words)
			return words;
		file = add(in, slice_of(path));
		if (!file)
			return "out of memory";
		file->bytes = *bytes;
		file->is_public = is_public;
	}
	if (!file->read) {
		file->read = true;
		file->turn = in->turns++;
	}
	*bytes = file->bytes;
	return NULL;
}

bool
inputs_set_public(struct inputs *in, struct slice path)
{
	struct input *file = find(in, path);

	if (file)
		file->is_public = true;
	return file;
}

bool
inputs_set_directory(struct inputs *in, struct slice directory)
{
	in->directory = arena_copy(&in->arena, directory);
	return in->directory.p;
}

bool
inputs_is_public(const struct inputs *in, struct slice path)
{
	size_t at = position(in, path);

	return at < in->count && in->files[at].is_public;
}

struct name_list {
	char **names;
	size_t count, cap;
};

static bool
keep_name(struct name_list *list, const char *name)
{
	if (list->count == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 16;
		char **names = reallocarray(list->names, cap, sizeof *names);

		if (!names)
			return false;
		list->names = names;
		list->cap = cap;
	}
	list->names[list->count] = strdup(name);
	return list->names[list->count] && ++list->count;
}

static const char *
list_disk(struct name_list *list, const char *directory)
{
	DIR *dir = opendir(*directory ? directory : ".");
	const char *words = NULL;
	struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? NULL : strerror(errno);
	while (!words) {
		errno = 0;
		entry = readdir(dir);
		if (!entry) {
			words = errno ? strerror(errno) : NULL;
			break;
		}
		if (!keep_name(list, entry->d_name))
			words = "out of memory";
	}
	closedir(dir);
	return words;
}

static const char *
list_memory(const struct inputs *in, struct name_list *list, const char *directory)
{
	struct slice dir = slice_of(directory);

	for (size_t i = 0; i < in->count; i++) {
		struct slice path = in->files[i].path;
		size_t slash = slice_find_last(path, '/');
		size_t name_at = slash == path.len ? 0 : slash + 1;
		struct slice parent = slice_head(path, slash == path.len ? 0 : slash ? slash : 1);

		if (slice_equal(parent, dir) && !keep_name(list, path.p + name_at))
			return "out of memory";
	}
	return NULL;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

const char *
inputs_list(struct inputs *in, const char *directory, char ***names, size_t *count)
{
	struct name_list list = { 0 };
	const char *words =
		in->disk ? list_disk(&list, directory) : list_memory(in, &list, directory);

	if (words) {
		inputs_free_list(list.names, list.count);
		list = (struct name_list){ 0 };
	}
	if (list.count > 0)
		qsort(list.names, list.count, sizeof *list.names, compare_names);
	*names = list.names;
	*count = list.count;
	return words;
}

void
inputs_free_list(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

struct slice
inputs_absolute(const struct inputs *in, struct slice path, struct arena *arena)
{
	struct slice absolute = path;
	char *cwd;

	if ((!in->disk && in->directory.len == 0) || slice_starts(path, SLICE("/")))
		return path;
	if (in->directory.len > 0)
		return arena_printf(arena, "%.*s/%.*s", SLICE_FMT(in->directory), SLICE_FMT(path));
	cwd = getcwd(NULL, 0);
	if (cwd)
		absolute = arena_printf(arena, "%s/%.*s", cwd, SLICE_FMT(path));
	free(cwd);
	return absolute;
}

bool
inputs_get(const struct inputs *in, size_t at, struct slice *path, struct slice *bytes)
{
	for (size_t i = 0; i < in->count; i++) {
		if (!in->files[i].read || in->files[i].turn != at)
			continue;
		*path = in->files[i].path;
		*bytes = in->files[i].bytes;
		return true;
	}
	return false;
}
