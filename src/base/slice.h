/*
 * slice - a read-only view of bytes that somebody else owns.
 *
 * The currency of the whole house: the parser's results, configuration values and
 * header fields are slices.  A slice never owns its bytes and is not terminated by NUL.
 * Pure functions; any thread.
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *p;
	size_t len;
};

#define SLICE_NONE     ((struct slice){ NULL, 0 })
#define SLICE(literal) ((struct slice){ ("" literal), sizeof("" literal) - 1 })

/* For printf: "%.*s". */
#define SLICE_FMT(s) (int)(s).len, (s).p ? (s).p : ""

/* The view of a NUL-terminated string; NULL gives SLICE_NONE. */
static inline struct slice
slice_of(const char *s)
{
	return (struct slice){ s, s ? strlen(s) : 0 };
}

static inline struct slice
slice_from(const char *p, size_t len)
{
	return (struct slice){ p, len };
}

/* Everything from offset at on; an offset beyond the end gives an empty slice. */
static inline struct slice
slice_after(struct slice s, size_t at)
{
	if (at > s.len)
		at = s.len;
	if (at == 0)
		return s; /* nothing may be added to NULL, not even that */
	return (struct slice){ s.p + at, s.len - at };
}

/* At most the first len bytes. */
static inline struct slice
slice_head(struct slice s, size_t len)
{
	return (struct slice){ s.p, len < s.len ? len : s.len };
}

static inline bool
slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

/* Equal when ASCII letters are folded; other bytes, and the locale, do not matter. */
bool slice_equal_nocase(struct slice a, struct slice b);

bool slice_starts(struct slice s, struct slice prefix);
bool slice_ends(struct slice s, struct slice suffix);

/* Offset of the first c, or s.len when there is none. */
size_t slice_find(struct slice s, char c);

/* Offset of the last c, or s.len when there is none. */
size_t slice_find_last(struct slice s, char c);

/* Without the spaces and tabs at both ends (OWS of RFC 9110 5.6.3). */
struct slice slice_trim(struct slice s);

/* Cuts the next word, bounded by spaces and tabs, off the front of *s.  False at the end. */
bool slice_word(struct slice *s, struct slice *word);

/*
 * Cuts the next element of a comma-separated list off the front of *s, trimmed; quoted
 * strings are kept whole (RFC 9110 5.6.1).  Empty elements are passed over.  False at the end.
 */
bool slice_list_next(struct slice *s, struct slice *element);

/* A decimal number of digits only, without sign.  False when empty, not digits, or above max. */
bool slice_to_number(struct slice s, uint64_t max, uint64_t *out);

/* The decimal digits of a number, which end where the buffer of that size does. */
enum { SLICE_DIGITS = 20 };
struct slice slice_of_number(char digits[SLICE_DIGITS], uint64_t);

/* Writes the decimal digits, SLICE_DIGITS at most, right before end.  Where they begin. */
char *slice_number_before(char *end, uint64_t);

#endif
