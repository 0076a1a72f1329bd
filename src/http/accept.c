/* accept - see accept.h. */
#include "config.h"

#include "http/accept.h"

#include "http/coding.h"

enum { Q_MAX = 1000 };

/* How closely a range describes the type; 0 = not at all. */
static unsigned
specificity(struct slice range, struct slice type)
{
	size_t slash = slice_find(type, '/');

	if (slice_equal_nocase(range, type))
		return 3;
	if (slice_equal(range, SLICE("*/*")))
		return 1;
	if (slice_ends(range, SLICE("/*")) && range.len == slash + 2 &&
	    slice_equal_nocase(slice_head(range, slash), slice_head(type, slash)))
		return 2;
	return 0;
}

/* The q among the parameters, which is all of them from the first ';' on. */
static bool
parse_parameters(struct slice s, unsigned *q)
{
	*q = Q_MAX;
	while (s.len > 0) {
		struct slice one;
		size_t n;

		s = slice_after(s, 1);
		n = slice_find(s, ';');
		one = slice_trim(slice_head(s, n));
		if (slice_equal_nocase(slice_head(one, 2), SLICE("q=")))
			return coding_parse_weight(one, q);
		s = slice_after(s, n);
	}
	return true;
}

unsigned
accept_quality(const struct request *r, struct slice type)
{
	unsigned best = 0, best_q = 0;
	struct slice list, element;
	bool said = false;
	size_t at = 0;

	while (request_field_next(r, FIELD_ACCEPT, &at, &list)) {
		said = said || slice_trim(list).len > 0;
		while (slice_list_next(&list, &element)) {
			size_t n = slice_find(element, ';');
			unsigned how = specificity(slice_trim(slice_head(element, n)), type), q;

			if (how < best || how == 0 ||
			    !parse_parameters(slice_after(element, n), &q))
				continue;
			best_q = how == best && best_q > q ? best_q : q;
			best = how;
		}
	}
	return said ? best_q : Q_MAX;
}
