/*
 * precompress - see precompress.h.
 *
 * Walks the tree by descriptors and follows no symbolic link.  A compressed file is written under
 * a hidden name, gets the mode and the time of its file and is then renamed into place, so that the
 * server sees all of it or nothing, and never an older one beside a newer file.
 *
 * What was written is noted in a hidden file at the top (MANIFEST), a path a line, percent-encoded.
 * Only what stands there is ever removed: report.csv.gz may be a download of its own.
 */
#include "config.h"

#include "command/precompress.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "config/problems.h"
#include "content/docroot.h"
#include "content/encoder.h"
#include "content/hidden.h"
#include "http/uri.h"

enum {
	LEAST_SIZE = 256,      /* bytes; smaller files fit into the packet anyway */
	LEAST_GAIN = 5,	       /* per cent */
	MOST_SIZE = 256 << 20, /* a file is compressed in memory */
	MOST_DEPTH = 100,
};

#define MANIFEST  ".tinyhttpd-precompressed"
#define TEMPORARY ".tinyhttpd-precompress-new"

static const struct encoder *const encoders[] = { &encoder_gzip, &encoder_br, &encoder_zstd };

enum { ENCODER_COUNT = sizeof encoders / sizeof *encoders };

struct run {
	const struct config *config; /* for the types */
	struct scope scope;
	bool dry_run, terminal, failed;
	bool usable[ENCODER_COUNT];
	FILE *manifest;	     /* the new one; NULL in a dry run */
	struct table known;  /* paths of the old one */
	struct arena arena;  /* for known */
	char path[PATH_MAX]; /* below the directory, of what is at hand */
	size_t files, written, kept, useless, removed;
	uint64_t saved;
};

/* A file that may be compressed. */
struct source {
	int dir;
	const char *name;
	struct stat st;
	struct slice bytes; /* read when first needed; owned */
};

static void
complain(struct run *r, const char *what)
{
	fprintf(stderr, "%s" PACKAGE_NAME ": %s: %s: %s\n", r->terminal ? "\r\033[K" : "", r->path,
		what, strerror(errno));
	r->failed = true;
}

/* One line that is written over and over, on a terminal only. */
static void
show_progress(const struct run *r)
{
	if (r->terminal)
		fprintf(stderr, "\r\033[K%zu files, %zu written: %.50s", r->files, r->written,
			r->path);
}

static bool
is_worth_it(const struct run *r, const char *name, const struct stat *st)
{
	struct origin at;
	struct slice type;

	if (!S_ISREG(st->st_mode) || st->st_size < LEAST_SIZE || st->st_size > MOST_SIZE)
		return false;
	type = scope_find_type(&r->scope, &r->config->types, slice_of(name), &at);
	return type.p && config_type_compresses(
				 r->config, slice_trim(slice_head(type, slice_find(type, ';'))));
}

static bool
read_source(struct source *s)
{
	size_t size = (size_t)s->st.st_size, got = 0;
	char *bytes;
	int fd;

	if (s->bytes.p)
		return true;
	fd = openat(s->dir, s->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bytes = fd != -1 ? malloc(size) : NULL;
	while (bytes && got < size) {
		ssize_t n = read(fd, bytes + got, size - got);

		if (n <= 0) {
			errno = n == 0 ? EAGAIN : errno; /* it is being written: another time */
			break;
		}
		got += (size_t)n;
	}
	if (fd != -1)
		close(fd);
	if (!bytes || got < size) {
		free(bytes);
		return false;
	}
	s->bytes = slice_from(bytes, size);
	return true;
}

static bool
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n == -1)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

/*
 * A file that was not there before: what lies under that name may be a pipe, which would be waited
 * for, or another name of a file elsewhere, when the folder is somebody else's.
 */
static int
make_file(int dir, const char *name, mode_t mode)
{
	if (unlinkat(dir, name, 0) == -1 && errno != ENOENT)
		return -1;
	return openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

/* Whole or not at all: under another name first, then renamed. */
static bool
write_file(const struct source *s, const char *name, const char *bytes, size_t len)
{
	const struct timespec times[2] = { s->st.st_mtim, s->st.st_mtim };
	int fd = make_file(s->dir, TEMPORARY, 0600);
	bool good;

	if (fd == -1)
		return false;
	/* the owner is kept where that is allowed; the mode must be */
	if (fchown(fd, s->st.st_uid, s->st.st_gid) == -1)
		errno = 0;
	good = write_all(fd, bytes, len) && fchmod(fd, s->st.st_mode & 0777) == 0 &&
	       futimens(fd, times) == 0;
	good = close(fd) == 0 && good && renameat(s->dir, TEMPORARY, s->dir, name) == 0;
	if (!good) {
		int error = errno;

		unlinkat(s->dir, TEMPORARY, 0);
		errno = error;
	}
	return good;
}

/* Notes that the file at r->path with that suffix is ours. */
static void
note(struct run *r, const char *suffix)
{
	char encoded[3 * PATH_MAX + 8];
	size_t n;

	if (!r->manifest)
		return;
	n = uri_encode_path(slice_of(r->path), encoded, sizeof encoded);
	fprintf(r->manifest, "%.*s%s\n", (int)n, encoded, suffix);
}

/* Is the file at r->path with that suffix noted as ours? */
static bool
is_known(const struct run *r, const char *suffix)
{
	char encoded[3 * PATH_MAX + 8];
	size_t n = uri_encode_path(slice_of(r->path), encoded, sizeof encoded - 8);

	/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.strcpy): room for it was kept */
	strcpy(encoded + n, suffix);
	return table_get(&r->known, slice_of(encoded)) != NULL;
}

/* Ours must have the time of its file; what somebody else put there is left alone unless it is
 * older. */
static bool
is_current(const struct run *r, const struct source *s, const struct encoder *e, const char *name)
{
	const struct timespec *made_of = &s->st.st_mtim;
	struct stat st;
	bool equal;

	if (fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1 || !S_ISREG(st.st_mode))
		return false;
	equal = st.st_mtim.tv_sec == made_of->tv_sec && st.st_mtim.tv_nsec == made_of->tv_nsec;
	if (equal || is_known(r, e->suffix))
		return equal;
	return st.st_mtim.tv_sec > made_of->tv_sec ||
	       (st.st_mtim.tv_sec == made_of->tv_sec && st.st_mtim.tv_nsec > made_of->tv_nsec);
}

/* What became of it before is no longer right: it is taken away, when it is ours. */
static void
take_away(struct run *r, const struct source *s, const char *name, const char *suffix)
{
	if (!is_known(r, suffix) || faccessat(s->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == -1)
		return;
	if (r->dry_run)
		printf("would remove %s%s\n", r->path, suffix);
	else if (unlinkat(s->dir, name, 0) == -1)
		complain(r, suffix);
	r->removed++;
}

static void
compress_to(struct run *r, struct source *s, const struct encoder *e, const char *name)
{
	size_t cap = (size_t)s->st.st_size / 100 * (100 - LEAST_GAIN), n;
	char *out;

	if (!read_source(s)) {
		complain(r, "cannot be read");
		return;
	}
	out = malloc(cap + 1);
	n = out ? e->encode(s->bytes, out, cap) : 0;
	if (n == 0) {
		r->useless++;
		take_away(r, s, name, e->suffix);
	} else if (r->dry_run) {
		printf("would write %s%s, %zu of %zu bytes\n", r->path, e->suffix, n, s->bytes.len);
	} else if (!write_file(s, name, out, n)) {
		complain(r, e->suffix);
		n = 0;
	}
	if (n > 0) {
		r->written++;
		r->saved += s->bytes.len - n;
		note(r, e->suffix);
	}
	free(out);
}

static void
compress(struct run *r, struct source *s)
{
	r->files++;
	show_progress(r);
	for (size_t i = 0; i < ENCODER_COUNT; i++) {
		const struct encoder *e = encoders[i];
		char name[2 * NAME_MAX + 1];

		if (!r->usable[i] || strlen(s->name) + strlen(e->suffix) > NAME_MAX)
			continue;
		snprintf(name, sizeof name, "%s%s", s->name, e->suffix);
		if (!is_current(r, s, e, name)) {
			compress_to(r, s, e, name);
			continue;
		}
		r->kept++;
		if (is_known(r, e->suffix))
			note(r, e->suffix);
	}
	free((void *)(uintptr_t)s->bytes.p);
}

static void walk(struct run *r, int dir, int depth);

static void
visit(struct run *r, int dir, const char *name, int depth)
{
	struct source s = { .dir = dir, .name = name };

	if (fstatat(dir, name, &s.st, AT_SYMLINK_NOFOLLOW) == -1) {
		complain(r, "cannot be looked at");
	} else if (S_ISDIR(s.st.st_mode)) {
		int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (fd == -1 || depth == MOST_DEPTH)
			complain(r, "cannot be opened");
		if (fd != -1 && depth < MOST_DEPTH)
			walk(r, fd, depth + 1);
		else if (fd != -1)
			close(fd);
	} else if (is_worth_it(r, name, &s.st)) {
		compress(r, &s);
	}
}

/* Takes the descriptor. */
static void
walk(struct run *r, int dir, int depth)
{
	size_t base = strlen(r->path);
	DIR *d = fdopendir(dir);
	struct dirent *entry;

	if (!d) {
		complain(r, "cannot be opened");
		close(dir);
		return;
	}
	while ((entry = readdir(d))) {
		size_t n = strlen(entry->d_name);

		if (hidden_name(slice_from(entry->d_name, n))) /* "." and ".." are, too */
			continue;
		if (base + n + 2 > sizeof r->path) {
			errno = ENAMETOOLONG;
			complain(r, entry->d_name);
			continue;
		}
		sprintf(r->path + base, "%s%s", base > 0 ? "/" : "", entry->d_name);
		visit(r, dirfd(d), entry->d_name, depth);
		r->path[base] = '\0';
	}
	closedir(d);
}

/* The manifest. */

/* The old one, which anybody may have written.  NULL with errno. */
static FILE *
open_old_manifest(int dir)
{
	int fd = openat(dir, MANIFEST, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), error;
	struct stat st;
	FILE *f = NULL;

	if (fd == -1 || fstat(fd, &st) == -1)
		error = errno; /* NOLINT(bugprone-branch-clone): the steps in their order */
	else if (!S_ISREG(st.st_mode) || st.st_size > MOST_SIZE)
		error = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
	else if ((f = fdopen(fd, "r")))
		return f;
	else
		error = errno;
	if (fd != -1)
		close(fd);
	errno = error;
	return NULL;
}

static bool
load_manifest(struct run *r, int dir)
{
	FILE *f = open_old_manifest(dir);
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (!f)
		return errno == ENOENT;
	while ((n = getline(&line, &cap, f)) > 0) {
		struct slice path =
			arena_copy(&r->arena, slice_from(line, (size_t)n - (line[n - 1] == '\n')));

		if (!path.p || !table_put(&r->known, path, path.p))
			break;
	}
	free(line);
	(void)fclose(f);
	return n <= 0;
}

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* What uri_encode_path() made, back again; any byte but NUL.  False when it is something else. */
static bool
decode(struct slice encoded, char out[PATH_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < encoded.len; i++) {
		char c = encoded.p[i];

		if (c == '%' && i + 2 < encoded.len) {
			c = (char)(hex(encoded.p[i + 1]) * 16 + hex(encoded.p[i + 2]));
			i += 2;
		}
		if (c == '\0' || n + 1 == PATH_MAX)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return n > 0;
}

static void
remove_file(struct run *r, int dir, const char *name)
{
	if (r->dry_run)
		printf("would remove %s\n", r->path);
	else if (unlinkat(dir, name, 0) == -1)
		complain(r, "cannot be removed");
	r->removed++;
}

/*
 * Removes what was noted and has lost the file it was made of.  The folder it lies in is found as
 * the server finds files: the note may have been tampered with, and folders replaced by links.
 */
static void
remove_orphan(struct run *r, const struct docroot *root, struct slice encoded)
{
	char source[PATH_MAX], *name, *dot;
	struct stat st;
	int dir;

	if (!decode(encoded, r->path))
		return;
	/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.strcpy): of the same size */
	strcpy(source, r->path);
	name = strrchr(source, '/');
	dot = strrchr(source, '.');
	if (!dot || (name && dot < name))
		return;
	*dot = '\0';
	if (name)
		*name++ = '\0';
	dir = docroot_open(root, name ? source : "", DOCROOT_LINKS_NONE);
	if (!name)
		name = source;
	if (dir != -1 && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1 && errno == ENOENT) {
		*dot = '.';
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
			remove_file(r, dir, name);
	}
	if (dir != -1)
		close(dir);
}

static void
remove_orphans(struct run *r, int dir)
{
	const struct docroot root = { .path = ".", .fd = dir };

	for (size_t i = 0; i < r->known.size; i++)
		if (r->known.entries[i].value)
			remove_orphan(r, &root, r->known.entries[i].key);
	r->path[0] = '\0';
}

static bool
open_manifest(struct run *r, int dir)
{
	int fd;

	if (r->dry_run)
		return true;
	fd = make_file(dir, MANIFEST ".new", 0644);
	r->manifest = fd != -1 ? fdopen(fd, "w") : NULL;
	return r->manifest != NULL;
}

static bool
close_manifest(struct run *r, int dir)
{
	if (!r->manifest)
		return true;
	return fclose(r->manifest) == 0 && renameat(dir, MANIFEST ".new", dir, MANIFEST) == 0;
}

static void
report(const struct run *r)
{
	if (r->terminal)
		fputs("\r\033[K", stderr);
	printf("%zu files: %s%zu written, %zu up to date, %zu would gain less than %d %%, %zu "
	       "orphans removed; %llu bytes saved\n",
	       r->files, r->dry_run ? "dry run, " : "", r->written, r->kept, r->useless, LEAST_GAIN,
	       r->removed, (unsigned long long)r->saved);
}

static int
run_in(struct run *r, int dir)
{
	int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (again != -1 && flock(dir, LOCK_EX | LOCK_NB) == -1) {
		fprintf(stderr, PACKAGE_NAME ": another precompress is at work there\n");
		close(again);
		return 1;
	}
	if (again == -1 || !load_manifest(r, dir) || !open_manifest(r, dir)) {
		strcpy(r->path, MANIFEST);
		complain(r, "cannot be used");
		if (again != -1)
			close(again);
		return 1;
	}
	remove_orphans(r, dir);
	walk(r, again, 0);
	if (!close_manifest(r, dir)) {
		strcpy(r->path, MANIFEST);
		complain(r, "cannot be written");
	}
	report(r);
	return r->failed;
}

/* What this build cannot do is not spoken of; what it could, is. */
static void
find_encoders(struct run *r)
{
	for (size_t i = 0; i < ENCODER_COUNT; i++) {
		const struct encoder *e = encoders[i];
		const char *words = e->missing ? e->missing() : NULL;

		if (words)
			fprintf(stderr, PACKAGE_NAME ": no %s files are made: %s\n", e->suffix,
				words);
		r->usable[i] = e->encode && !words;
	}
}

int
command_precompress(const char *directory, bool dry_run)
{
	struct problems *problems = problems_new();
	struct run r = { .dry_run = dry_run, .terminal = isatty(STDERR_FILENO) };
	struct config *config =
		problems ? config_load_text("(built in)", SLICE("[server]\nroot = /\n"), problems)
			 : NULL;
	struct location_match none = { 0 };
	int status = 1, dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir == -1 || !config) {
		fprintf(stderr, PACKAGE_NAME ": %s: %s\n", directory, strerror(errno));
	} else {
		r.config = config;
		find_encoders(&r);
		config_scope(config, NULL, &none, &r.scope);
		table_init(&r.known, false);
		arena_init(&r.arena, 16384);
		status = run_in(&r, dir);
		table_fini(&r.known);
		arena_fini(&r.arena);
	}
	if (dir != -1)
		close(dir);
	config_free(config);
	problems_free(problems);
	return status;
}
