/*
 * glob - patterns over paths.
 *
 * `*` matches any bytes but '/', `**` any bytes, `?` one byte but '/', `[...]` one byte of a
 * set (ranges; `!` or `^` negates; never '/').  There is no escape: a set of one byte does
 * that.  Matching takes time bounded by the product of the two lengths, whatever the pattern.
 * Pure functions; any thread.
 */
#ifndef BASE_GLOB_H
#define BASE_GLOB_H

#include "base/slice.h"

enum { GLOB_CAPTURES = 9 };

/* Does it contain `*`, `?` or `[`? */
bool glob_is_pattern(struct slice);

/* NULL when the pattern is well formed and has at most GLOB_CAPTURES stars, else the words for the
 * user. */
const char *glob_check(struct slice pattern);

/*
 * Does the whole text match?  captures, which may be NULL, receives what each `*` or `**`
 * matched, in order, for GLOB_CAPTURES stars at most; the slices point into text.  Each star takes
 * as little as it can.
 */
bool glob_match(struct slice pattern, struct slice text, struct slice captures[GLOB_CAPTURES]);

#endif
