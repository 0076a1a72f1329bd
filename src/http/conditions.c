/* conditions - see conditions.h. */
#include "config.h"

#include "http/conditions.h"

#include "http/date.h"

static const struct slice weak_mark = SLICE("W/");	/* case-sensitive, RFC 9110 8.8.3 */

static bool
is_weak(struct slice tag)
{
	return slice_starts(tag, weak_mark);
}

static struct slice
opaque(struct slice tag)
{
	return is_weak(tag) ? slice_after(tag, weak_mark.len) : tag;
}

bool
etag_equal_weak(struct slice a, struct slice b)
{
	return a.len > 0 && slice_equal(opaque(a), opaque(b));
}

bool
etag_equal_strong(struct slice a, struct slice b)
{
	return a.len > 0 && !is_weak(a) && slice_equal(a, b);
}

/*
 * Cuts the next entity-tag off the front of a list.  Not slice_list_next(): within an
 * entity-tag a backslash is a byte like any other (RFC 9110 8.8.3).  False at the end and at
 * what is no entity-tag.
 */
static bool
next_tag(struct slice *list, struct slice *tag)
{
	size_t start, close;

	while (list->len > 0 && (list->p[0] == ',' || list->p[0] == ' ' || list->p[0] == '\t'))
		*list = slice_after(*list, 1);
	start = is_weak(*list) ? weak_mark.len : 0;
	if (start >= list->len || list->p[start] != '"')
		return false;
	close = start + 1 + slice_find(slice_after(*list, start + 1), '"');
	if (close == list->len)
		return false;
	*tag = slice_head(*list, close + 1);
	*list = slice_trim(slice_after(*list, close + 1));
	return list->len == 0 || list->p[0] == ',';
}

typedef bool compare_tags(struct slice, struct slice);

/* Is "*" or an equal tag in any line of the field?  RFC 9110 13.1.1, 13.1.2 */
static bool
matches(const struct request *r, enum field_id id, struct slice etag, compare_tags *equal)
{
	struct slice list, tag;
	size_t at = 0;

	while (request_field_next(r, id, &at, &list)) {
		if (slice_equal(list, SLICE("*")))
			return true;
		if (slice_equal(list, etag)) /* as most that are asked again */
			return equal(etag, etag);
		while (next_tag(&list, &tag))
			if (equal(etag, tag))
				return true;
	}
	return false;
}

static bool
present(const struct request *r, enum field_id id)
{
	return r->first[id] > 0;
}

/* The one date in the field; RFC 9110 13.1.3, 13.1.4: any other content is ignored. */
static bool
date_of(const struct request *r, enum field_id id, time_t now, time_t *when)
{
	struct slice value;
	size_t at = 0;

	return request_field_next(r, id, &at, &value) && date_parse(value, now, when) &&
	       !request_field_next(r, id, &at, &value);
}

/* Most requests have none. */
static bool
has_conditions(const struct request *r)
{
	return present(r, FIELD_IF_MATCH) || present(r, FIELD_IF_UNMODIFIED_SINCE) ||
	       present(r, FIELD_IF_NONE_MATCH) || present(r, FIELD_IF_MODIFIED_SINCE);
}

/* Steps 1 and 2 of RFC 9110 13.2.2 */
static bool
may_proceed(const struct request *r, const struct validators *v, time_t now)
{
	time_t since;

	if (present(r, FIELD_IF_MATCH))
		return matches(r, FIELD_IF_MATCH, v->etag, etag_equal_strong);
	if (v->has_last_modified && date_of(r, FIELD_IF_UNMODIFIED_SINCE, now, &since))
		return v->last_modified <= since;
	return true;
}

/* Steps 3 and 4 */
enum condition
conditions_evaluate(const struct request *r, const struct validators *v, time_t now)
{
	bool reads = r->method == METHOD_GET || r->method == METHOD_HEAD;
	time_t since;

	if (!has_conditions(r))
		return CONDITION_SEND;
	if (!may_proceed(r, v, now))
		return CONDITION_FAILED;
	if (present(r, FIELD_IF_NONE_MATCH)) {
		if (!matches(r, FIELD_IF_NONE_MATCH, v->etag, etag_equal_weak))
			return CONDITION_SEND;
		return reads ? CONDITION_NOT_MODIFIED : CONDITION_FAILED;
	}
	if (reads && v->has_last_modified && date_of(r, FIELD_IF_MODIFIED_SINCE, now, &since) &&
	    v->last_modified <= since)
		return CONDITION_NOT_MODIFIED;
	return CONDITION_SEND;
}

bool
conditions_if_range(const struct request *r, const struct validators *v, time_t now)
{
	struct slice value = request_field(r, FIELD_IF_RANGE);
	time_t date;

	if (!value.p)
		return true;
	if (slice_find(value, '"') < value.len)
		return etag_equal_strong(v->etag, value);
	return v->strong_date && v->has_last_modified &&
	       date_of(r, FIELD_IF_RANGE, now, &date) && date == v->last_modified;
}
