/*
 * load - configurations from strings, and what is said about them.
 */
#ifndef UNIT_LOAD_H
#define UNIT_LOAD_H

#include "check.h"
#include "config/config.h"
#include "config/inputs.h"
#include "config/problems.h"

struct load {
	struct inputs *inputs;
	struct problems *problems;
	struct config *config; /* NULL: there were errors */
	char *words;	       /* all problems, as printed */
};

static inline void
load_begin(struct load *l)
{
	*l = (struct load){ .inputs = inputs_new_memory(), .problems = problems_new() };
	assert_non_null(l->inputs);
	assert_non_null(l->problems);
}

static inline void
load_put(struct load *l, const char *path, const char *text)
{
	assert_true(inputs_put(l->inputs, slice_of(path), slice_of(text)));
}

/* Reads "t.ini" of what was put. */
static inline void
load_run(struct load *l)
{
	size_t len;
	FILE *out = open_memstream(&l->words, &len);

	l->config = config_load_from(l->inputs, "t.ini", CONFIG_ANY_ROOT, l->problems);
	problems_print(l->problems, out);
	fclose(out);
}

static inline void
load_end(struct load *l)
{
	config_free(l->config);
	problems_free(l->problems);
	free(l->words);
}

static inline void
load_bytes(struct load *l, struct slice text)
{
	load_begin(l);
	assert_true(inputs_put(l->inputs, SLICE("t.ini"), text));
	load_run(l);
}

/* A configuration that must be good, and without a warning. */
static inline const struct config *
load_good(struct load *l, const char *text)
{
	load_bytes(l, slice_of(text));
	if (!l->config || *l->words)
		fail_msg("not good:\n%s\n%s", text, l->words);
	return l->config;
}

/* A configuration that must be refused with exactly these words. */
static inline void
check_refused(const char *text, const char *words)
{
	struct load l;

	load_bytes(&l, slice_of(text));
	if (l.config || strcmp(l.words, words) != 0)
		fail_msg("%s\ngot:\n%s\nwanted:\n%s", text, l.words, words);
	load_end(&l);
}

/* The same, but the words need only be among them. */
static inline void
check_refused_with(const char *text, const char *words)
{
	struct load l;

	load_bytes(&l, slice_of(text));
	if (l.config || !strstr(l.words, words))
		fail_msg("%s\ngot:\n%s\nwanted in it:\n%s", text, l.words, words);
	load_end(&l);
}

#endif
