/* htpasswd - see htpasswd.h. */
#include "config.h"

#include "config/htpasswd.h"

#include <crypt.h>
#include <stdlib.h>

#include "config/inputs.h"
#include "config/loader.h"
#include "config/problems.h"
#include "config/value.h"

/* How each hash begins, and how much of it stands behind its last '$' (crypt(5)). */
static const struct {
	const char *prefix;
	size_t tail;
} good_methods[] = {
	{ "$y$", 43 },	{ "$gy$", 43 }, { "$7$", 43 }, { "$2b$", 53 },
	{ "$2y$", 53 }, { "$2a$", 53 }, { "$6$", 86 }, { "$5$", 43 },
};

/* What other servers take, and what is wrong with it. */
static const struct {
	const char *prefix, *words;
} bad_methods[] = {
	{ "{SHA}", "a {SHA} hash is guessed at billions of times a second" },
	{ "$apr1$", "an $apr1$ hash is guessed too fast" },
	{ "$1$", "an MD5 hash is guessed too fast" },
	{ "{PLAIN}", "this password is not hashed at all" },
};

/* The lines of one file on their way to be a list. */
struct reading {
	struct loader *loader;
	const char *path;
	struct htpasswd_user *users;
	size_t count;
	bool failed;
};

/* The line itself is not shown: it is nobody's business. */
static void
complain(struct reading *r, unsigned line, struct slice name, const char *words)
{
	struct problem_place place = { .at = { r->path, line } };

	r->failed = true;
	if (name.len > 0)
		problems_add(r->loader->problems, PROBLEM_ERROR, &place, SLICE_NONE,
			     "the password of %.*s: %s; make a better one with `tinyhttpd "
			     "hash-password`",
			     SLICE_FMT(name), words);
	else
		problems_add(r->loader->problems, PROBLEM_ERROR, &place, SLICE_NONE, "%s", words);
}

/* NULL, or what is wrong with the hash, which is NUL-terminated. */
static const char *
check_hash(struct slice hash)
{
	size_t tail = hash.len - 1 - slice_find_last(hash, '$');

	for (size_t i = 0; i < sizeof bad_methods / sizeof *bad_methods; i++)
		if (slice_starts(hash, slice_of(bad_methods[i].prefix)))
			return bad_methods[i].words;
	for (size_t i = 0; i < sizeof good_methods / sizeof *good_methods; i++)
		if (slice_starts(hash, slice_of(good_methods[i].prefix)))
			return tail == good_methods[i].tail &&
					       crypt_checksalt(hash.p) != CRYPT_SALT_INVALID
				       ? NULL
				       : "this hash is damaged, or its method is not known here";
	return slice_starts(hash, SLICE("$")) ? "this method is not known here"
					      : "this is no hash of crypt(3)";
}

static void
add_line(struct reading *r, struct slice text, unsigned line)
{
	size_t colon = slice_find(text, ':');
	struct slice name = slice_head(text, colon), hash = slice_after(text, colon + 1);
	const char *words;

	if (text.len == 0 || slice_starts(text, SLICE("#")))
		return;
	if (colon == text.len || name.len == 0) {
		complain(r, line, SLICE_NONE, "a line is NAME:HASH");
		return;
	}
	/* Like shadow(5), some have more fields behind it. */
	hash = arena_copy(r->loader->arena, slice_head(hash, slice_find(hash, ':')));
	if (!hash.p) {
		loader_complain_memory(r->loader);
		return;
	}
	words = check_hash(hash);
	if (words)
		complain(r, line, name, words);
	else
		r->users[r->count++] = (struct htpasswd_user){ name, hash, line };
}

/* By length, then by bytes: any order does. */
static int
compare_names(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return a.len > 0 ? memcmp(a.p, b.p, a.len) : 0;
}

static int
compare(const void *a, const void *b)
{
	const struct htpasswd_user *x = a, *y = b;
	int order = compare_names(x->name, y->name);

	return order != 0 ? order : x->line < y->line ? -1 : 1;
}

static void
find_doubles(struct reading *r)
{
	for (size_t i = 1; i < r->count; i++)
		if (slice_equal(r->users[i].name, r->users[i - 1].name))
			complain(r, r->users[i].line, SLICE_NONE,
				 value_words(r->loader->arena,
					     "%.*s has a password already, in line %u",
					     SLICE_FMT(r->users[i].name), r->users[i - 1].line));
}

static size_t
count_lines(struct slice bytes)
{
	size_t n = 1;

	for (size_t i = 0; i < bytes.len; i++)
		n += bytes.p[i] == '\n';
	return n;
}

/* The bytes live as long as the configuration, and so do slices of them. */
static void
read_lines(struct reading *r, struct slice bytes)
{
	unsigned line = 0;

	while (bytes.len > 0) {
		size_t end = slice_find(bytes, '\n');
		struct slice text = slice_head(bytes, end);

		if (slice_ends(text, SLICE("\r")))
			text.len--;
		add_line(r, text, ++line);
		bytes = slice_after(bytes, end + 1);
	}
	qsort(r->users, r->count, sizeof *r->users, compare);
	find_doubles(r);
}

const char *
htpasswd_load(struct loader *l, struct slice path, const struct htpasswd **out)
{
	struct htpasswd *file;
	struct slice bytes;
	const char *words;
	struct reading r = { .loader = l, .path = path.p };

	*out = table_get(&l->passwords, path);
	if (*out)
		return NULL;
	words = inputs_read(l->inputs, path.p, &bytes);
	if (words)
		return value_words(l->arena, "cannot read %s: %s", path.p, words);
	file = arena_alloc(l->arena, sizeof *file);
	r.users = arena_alloc(l->arena, count_lines(bytes) * sizeof *r.users);
	if (!file || !r.users)
		return "out of memory";
	problems_begin_file(l->problems, path.p);
	read_lines(&r, bytes);
	if (r.count == 0 && !r.failed)
		return value_words(l->arena,
				   "%s names nobody: its lines are NAME:HASH, as "
				   "`tinyhttpd hash-password` makes them",
				   path.p);
	*file = (struct htpasswd){ path, l->passwords.count, r.users, r.count };
	l->config->password_file_count++;
	*out = file;
	return table_put(&l->passwords, path, file) ? NULL : "out of memory";
}

const struct htpasswd_user *
htpasswd_find(const struct htpasswd *file, struct slice name)
{
	size_t low = 0, high = file->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_names(name, file->users[middle].name);

		if (order == 0)
			return &file->users[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
