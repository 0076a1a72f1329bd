/* reader - see reader.h. */
#include "config/reader.h"

#include "base/glob.h"
#include "config/inputs.h"
#include "config/problems.h"
#include "config/value.h"

struct reader_file {
	struct reader_file *next;  /* read before */
	struct reader_file *outer; /* the one that includes this one */
	const char *path;
	struct origin at; /* the `include` that led here */
	unsigned depth;
};

struct slice
reader_resolve(const char *file, struct slice path, struct arena *arena)
{
	struct slice from = slice_of(file);
	size_t slash = slice_find_last(from, '/');

	while (slice_starts(path, SLICE("./")))
		path = slice_after(path, 2);
	if (slice_starts(path, SLICE("/")) || slash == from.len)
		return arena_copy(arena, path);
	return arena_printf(arena, "%.*s/%.*s", SLICE_FMT(slice_head(from, slash)),
			    SLICE_FMT(path));
}

/* "a.ini -> b.ini -> a.ini", outermost first. */
static struct slice
chain(const struct reader_file *f, struct slice tail, struct arena *arena)
{
	for (; f && tail.p; f = f->outer)
		tail = arena_printf(arena, "%s -> %.*s", f->path, SLICE_FMT(tail));
	return tail;
}

static const char *
complain_chain(struct reader *r, struct slice path, const char *words)
{
	struct slice names = chain(r->open, path, r->arena);

	return value_words(r->arena, "%s: %.*s", words, SLICE_FMT(names));
}

static const char *
check_new(struct reader *r, struct slice path)
{
	const struct reader_file *f;

	for (f = r->open; f; f = f->outer)
		if (slice_equal(slice_of(f->path), path))
			return complain_chain(r, path, "the files include each other");
	for (f = r->files; f; f = f->next)
		if (slice_equal(slice_of(f->path), path))
			return value_words(r->arena, "%s is included already, at %s:%u", f->path,
					   f->at.file, f->at.line);
	if (r->open && r->open->depth == READER_DEPTH)
		return complain_chain(r, path, "files include each other more than 8 deep");
	if (r->count == READER_FILES)
		return "these are more than 1000 files";
	return NULL;
}

static const char *
read_file(struct reader *r, struct slice path, struct origin at)
{
	struct reader_file *f = arena_alloc(r->arena, sizeof *f);
	const char *words = check_new(r, path);
	struct slice bytes;

	if (words || !f)
		return words ? words : "out of memory";
	problems_begin_file(r->problems, path.p);
	words = inputs_read(r->inputs, path.p, &bytes);
	if (words)
		return value_words(r->arena, "cannot read %s: %s", path.p, words);
	*f = (struct reader_file){ .next = r->files, .outer = r->open, .path = path.p, .at = at };
	f->depth = f->outer ? f->outer->depth + 1 : 1;
	r->files = r->open = f;
	r->count++;
	ini_source_read(path.p, bytes, r->problems, r->handler, r->user);
	r->open = f->outer;
	return NULL;
}

void
reader_read(struct reader *r, const char *path)
{
	struct slice copy = arena_copy(r->arena, slice_of(path));
	const char *words = copy.p ? read_file(r, copy, ORIGIN_BUILTIN) : "out of memory";

	if (words)
		problems_add(r->problems, PROBLEM_ERROR, &(struct problem_place){ 0 }, SLICE_NONE,
			     "%s", words);
}

/* Not what somebody wrote, but what an editor or a package manager left behind. */
static bool
is_leftover(struct slice name)
{
	static const char *const ends[] = {
		"~",	    "#",	 ".bak",      ".swp",	    ".tmp",	 ".orig",
		".rej",	    ".old",	 ".dpkg-old", ".dpkg-dist", ".dpkg-new", ".dpkg-tmp",
		".ucf-old", ".ucf-dist", ".ucf-new",  ".rpmnew",    ".rpmsave",	 ".rpmorig",
	};

	if (slice_starts(name, SLICE(".")) || slice_starts(name, SLICE("#")))
		return true;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (slice_ends(name, slice_of(ends[i])))
			return true;
	return false;
}

static const char *
read_matching(struct reader *r, struct slice directory, struct slice pattern, struct origin at)
{
	const char *words = glob_check(pattern);
	char **names = NULL;
	size_t count = 0;

	if (!words)
		words = inputs_list(r->inputs, directory.p, &names, &count);
	for (size_t i = 0; i < count; i++) {
		struct slice name = slice_of(names[i]), path;
		const char *failed = "out of memory";

		if (is_leftover(name) || !glob_match(pattern, name, NULL))
			continue;
		path = arena_printf(r->arena, "%s%s%s", directory.p,
				    directory.len == 0 || slice_ends(directory, SLICE("/")) ? ""
											    : "/",
				    names[i]);
		if (path.p)
			failed = read_file(r, path, at);
		words = words ? words : failed; /* the others are read all the same */
	}
	inputs_free_list(names, count);
	return words;
}

const char *
reader_include(struct reader *r, struct slice word, struct origin at)
{
	struct slice path = reader_resolve(at.file, word, r->arena);
	size_t slash = slice_find_last(path, '/');
	struct slice directory, pattern;

	if (!path.p)
		return "out of memory";
	if (!glob_is_pattern(path))
		return read_file(r, path, at);
	pattern = slash == path.len ? path : slice_after(path, slash + 1);
	directory = slice_head(path, slash == path.len ? 0 : slash ? slash : 1);
	if (glob_is_pattern(directory))
		return "a pattern may stand in the last part of the path only";
	directory = arena_copy(r->arena, directory);
	return directory.p ? read_matching(r, directory, pattern, at) : "out of memory";
}
