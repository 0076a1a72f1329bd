/*
 * value - the grammar of what stands behind '='.
 *
 * Quotes, comments, words, numbers with units, switches; the same for every directive.  Each
 * function gives NULL, or the words for the user, with the remedy in them.  What they allocate
 * comes from the arena they are given.  Any thread.
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include "base/arena.h"

enum { VALUE_MAX = 8192 }; /* bytes of one value */

struct word {
	struct slice text; /* without its quotes */
	bool quoted;
};

struct value {
	struct slice text; /* as written, without comment and outer blanks */
	const struct word *words;
	size_t count;
};

/* Words for the user, made with printf(); "out of memory" when there is none, so never NULL. */
const char *value_words(struct arena *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Everything behind '=', blanks and comment included, to words.  @"a b" is one word, not quoted. */
const char *value_split(struct value *, struct slice raw, struct arena *);

/*
 * For values whose quotes are their own, like those of header fields: quotes are syntax only around
 * the whole, and a comment behind an unquoted value is refused.
 */
const char *value_whole(struct slice *text, struct slice raw, struct arena *);

/* The text in quotes, so that value_split() and value_whole() read it back. */
struct slice value_quote(struct slice text, struct arena *);

enum unit { UNIT_NONE, UNIT_TIME, UNIT_SIZE }; /* plain, milliseconds, bytes */

const char *value_number(uint64_t *out, struct slice word, enum unit, uint64_t min, uint64_t max,
			 struct arena *);

/* on/off, yes/no, true/false, 1/0, in any case. */
const char *value_switch(bool *out, struct slice word);

/* As value_number() takes it, in the largest unit that is exact. */
struct slice value_format(uint64_t n, enum unit, struct arena *);

#endif
