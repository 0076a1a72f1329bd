/* range - see range.h. */
#include "config.h"

#include "http/range.h"

/* What one specifier asks for. */
enum spec { SPEC_RANGE, SPEC_BEYOND, SPEC_MALFORMED };

/* A number; one too large for the type is as good as the largest. */
static bool
parse_position(struct slice s, uint64_t *out)
{
	if (slice_to_number(s, UINT64_MAX, out))
		return true;
	*out = UINT64_MAX;
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.len > 0;
}

/* RFC 9110 14.1.2: the last so many bytes. */
static enum spec
parse_suffix(struct slice s, uint64_t size, struct range *r)
{
	uint64_t n;

	if (!parse_position(s, &n))
		return SPEC_MALFORMED;
	if (n == 0)
		return SPEC_BEYOND;
	*r = (struct range){ n < size ? size - n : 0, size - 1 };
	return SPEC_RANGE;
}

static enum spec
parse_spec(struct slice s, uint64_t size, struct range *r)
{
	size_t dash = slice_find(s, '-');
	struct slice last = slice_after(s, dash + 1);

	if (dash == s.len)
		return SPEC_MALFORMED;
	if (dash == 0)
		return parse_suffix(last, size, r);
	r->last = UINT64_MAX;
	if (!parse_position(slice_head(s, dash), &r->first) ||
	    (last.len > 0 && !parse_position(last, &r->last)) || r->last < r->first)
		return SPEC_MALFORMED;
	if (r->first >= size)
		return SPEC_BEYOND;
	if (r->last >= size)
		r->last = size - 1;
	return SPEC_RANGE;
}

/* Puts the range in its place by its first byte. */
static void
insert(struct range *ranges, size_t count, struct range r)
{
	for (; count > 0 && ranges[count - 1].first > r.first; count--)
		ranges[count] = ranges[count - 1];
	ranges[count] = r;
}

/* RFC 9110 14.2 and 15.3.7.2: overlapping ranges, and near ones, are sent as one. */
static size_t
coalesce(struct range *ranges, size_t count, uint64_t gap)
{
	size_t kept = 0;

	for (size_t i = 1; i < count; i++) {
		struct range *before = &ranges[kept];

		if (ranges[i].first > before->last && ranges[i].first - before->last - 1 > gap)
			ranges[++kept] = ranges[i];
		else if (ranges[i].last > before->last)
			before->last = ranges[i].last;
	}
	return kept + 1;
}

/* Would the parts with what surrounds them be as much as the whole? */
static bool
is_wasteful(const struct range *ranges, size_t count, uint64_t size, uint64_t gap)
{
	uint64_t sum = 0;

	for (size_t i = 0; count > 1 && i < count; i++)
		sum += ranges[i].last - ranges[i].first + 1 + gap;
	return sum >= size;
}

enum ranges
range_parse(struct slice field, uint64_t size, uint64_t gap, struct range out[RANGES_MAX],
	    size_t *count)
{
	size_t equals = slice_find(field, '='), specs = 0, n = 0;
	struct slice list = slice_after(field, equals + 1), element;

	/* RFC 9110 14.1: units are compared in any case; 14.2: unknown ones are ignored */
	if (!slice_equal_nocase(slice_head(field, equals), SLICE("bytes")))
		return RANGES_WHOLE;
	if (size == 0) /* no part of nothing can be named, and the whole is as short */
		return RANGES_WHOLE;
	while (slice_list_next(&list, &element)) {
		struct range r;

		if (++specs > RANGES_MAX)
			return RANGES_WHOLE;
		switch (parse_spec(element, size, &r)) {
		case SPEC_MALFORMED:
			return RANGES_WHOLE;
		case SPEC_BEYOND:
			break;
		case SPEC_RANGE:
			insert(out, n++, r);
			break;
		}
	}
	if (specs == 0)
		return RANGES_WHOLE;
	if (n == 0)
		return RANGES_UNSATISFIABLE;
	*count = coalesce(out, n, gap);
	return is_wasteful(out, *count, size, gap) ? RANGES_WHOLE : RANGES_PART;
}
