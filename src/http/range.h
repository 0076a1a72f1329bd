/*
 * range - byte ranges of a representation (RFC 9110 14).
 *
 * Pure; any thread.
 */
#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

#include "base/slice.h"

enum { RANGES_MAX = 64 }; /* in one request; more get the whole */

struct range {
	uint64_t first, last; /* both included */
};

enum ranges {
	RANGES_WHOLE,	      /* none, or nothing to be honoured: 200 */
	RANGES_PART,	      /* 206: *count of them, at least one */
	RANGES_UNSATISFIABLE, /* 416 */
};

/*
 * Reads the value of a Range field for a representation of size bytes.  What is malformed, in
 * another unit, not worth it (14.2: many small or overlapping ranges), or of an empty
 * representation counts as absent.  The result is in ascending order, and ranges that overlap or
 * lie no further apart than gap bytes are one; together they are always less than the whole unless
 * they are one.
 */
enum ranges range_parse(struct slice field, uint64_t size, uint64_t gap,
			struct range out[RANGES_MAX], size_t *count);

#endif
