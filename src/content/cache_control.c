/*
 * cache_control - see cache_control.h.
 *
 * A name with a hash of the content in it never means other bytes, so it need not be asked for
 * again.  A page is what points to such names: it has to be asked for each time, which costs a 304.
 */
#include "config.h"

#include "content/cache_control.h"

enum { HASH_MIN = 8, HASH_MAX = 64 }; /* digits; 64 is SHA-256 */

/* Both digits and letters: a date is no hash, and neither is a word like "defaced". */
static bool
is_hash(struct slice piece)
{
	bool digit = false, letter = false;

	for (size_t i = 0; i < piece.len; i++) {
		unsigned char c = (unsigned char)piece.p[i], small = c | 0x20;

		if (c >= '0' && c <= '9')
			digit = true;
		else if (small >= 'a' && small <= 'f')
			letter = true;
		else
			return false;
	}
	return digit && letter && piece.len >= HASH_MIN && piece.len <= HASH_MAX;
}

bool
cache_control_is_hashed(struct slice name)
{
	size_t start = 0; /* of the piece; 0 = the first one, which has nothing before it */

	for (size_t i = 0; i < name.len; i++) {
		if (name.p[i] != '.' && name.p[i] != '-')
			continue;
		if (start > 0 && name.p[i] == '.' && is_hash(slice_from(name.p + start, i - start)))
			return true;
		start = i + 1;
	}
	return false;
}

struct slice
cache_control_find(const struct set_cache_control *set, struct slice name, struct slice type)
{
	type = slice_trim(slice_head(type, slice_find(type, ';')));
	if (!set->automatic)
		return set->value.len > 0 ? set->value : SLICE_NONE;
	if (slice_equal(type, SLICE("text/html")) ||
	    slice_equal(type, SLICE("application/xhtml+xml")))
		return SLICE("no-cache"); /* RFC 9111 5.2.2.4: kept, and asked about each time */
	if (cache_control_is_hashed(name))
		return SLICE("public, max-age=31536000, immutable"); /* RFC 8246 */
	return SLICE_NONE;
}
