/*
 * reader - a configuration file and everything it includes.
 *
 * Turns paths into bytes (through inputs) and bytes into entries (through ini_source), and
 * guards against files that include each other.  The handler calls reader_include() when it
 * meets an `include`; the entries of the included file then come before the next one of the
 * including.  One thread.
 */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include "base/arena.h"
#include "config/ini_source.h"

struct inputs;

enum { READER_DEPTH = 8, READER_FILES = 1000 };

struct reader {
	struct inputs *inputs;
	struct arena *arena; /* names of files go here: they must outlive every origin */
	struct problems *problems;
	ini_source_handler *handler;
	void *user;
	/* private: */
	struct reader_file *files; /* all that were read, last one first */
	struct reader_file *open;  /* the one being read */
	size_t count;
};

/* Reads the first file.  What is wrong goes to the problems. */
void reader_read(struct reader *, const char *path);

/*
 * Reads what `include = word` at that place means: a file, or a pattern in the last part of a path,
 * both relative to the file that says so.  NULL, or the words for the user.
 */
const char *reader_include(struct reader *, struct slice word, struct origin at);

/* path as seen from the folder of file, in the arena and NUL-terminated; .p NULL when out of
 * memory. */
struct slice reader_resolve(const char *file, struct slice path, struct arena *);

#endif
