/*
 * Conditional requests: a first line with the tag that the representation has, then lines that
 * begin with m (If-Match), n (If-None-Match), u (If-Unmodified-Since), s (If-Modified-Since),
 * r (If-Range), h (the method is HEAD) or p (POST).
 *
 * The answer is that of RFC 9110 13.2.2, as a reader finds it who looks for whole tags.
 */
#include "config.h"

#include "http/conditions.h"
#include "http/date.h"
#include "lines.h"

static const time_t now = 1795600000, modified = 784111777; /* Sun, 06 Nov 1994 08:49:37 GMT */

static const struct {
	char letter;
	enum field_id id;
	struct slice name;
} kinds[] = {
	{ 'm', FIELD_IF_MATCH, SLICE("If-Match") },
	{ 'n', FIELD_IF_NONE_MATCH, SLICE("If-None-Match") },
	{ 'u', FIELD_IF_UNMODIFIED_SINCE, SLICE("If-Unmodified-Since") },
	{ 's', FIELD_IF_MODIFIED_SINCE, SLICE("If-Modified-Since") },
	{ 'r', FIELD_IF_RANGE, SLICE("If-Range") },
};

static bool
add(struct lines *l, struct slice line)
{
	if (line.len == 0)
		return true;
	if (line.p[0] == 'h' || line.p[0] == 'p')
		l->request.method = line.p[0] == 'h' ? METHOD_HEAD : METHOD_POST;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (line.p[0] == kinds[i].letter)
			return lines_add(l, kinds[i].id, kinds[i].name, slice_after(line, 1));
	return true;
}

/*
 * Is the tag in the list?  Walks over it byte by byte: what is outside of tags is commas, blanks
 * and nothing else, and one comma at least stands between two.
 */
static bool
naive_in_list(struct slice list, struct slice tag, bool weak)
{
	bool apart = true;

	for (size_t i = 0; i < list.len;) {
		size_t from = i, quote;
		struct slice one;

		if (list.p[i] == ',' || list.p[i] == ' ' || list.p[i] == '\t') {
			apart |= list.p[i++] == ',';
			continue;
		}
		if (i + 1 < list.len && list.p[i] == 'W' && list.p[i + 1] == '/')
			i += 2;
		if (!apart || i == list.len || list.p[i] != '"')
			return false;
		quote = i++;
		while (i < list.len && list.p[i] != '"')
			i++;
		if (i++ >= list.len)
			return false;
		apart = false;
		/* What follows a tag has to be a comma, or that tag is malformed too. */
		for (size_t j = i; j < list.len && list.p[j] != ','; j++)
			if (list.p[j] != ' ' && list.p[j] != '\t')
				return false;
		one = slice_from(list.p + from, i - from);
		if (weak) {
			struct slice bare =
				slice_starts(tag, SLICE("W/")) ? slice_after(tag, 2) : tag;

			if (slice_equal(slice_from(list.p + quote, i - quote), bare))
				return true;
		} else if (slice_equal(one, tag) && !slice_starts(tag, SLICE("W/"))) {
			return true;
		}
	}
	return false;
}

static bool
naive_matches(const struct lines *l, enum field_id id, struct slice tag, bool weak)
{
	for (size_t i = 0; i < l->request.field_count; i++) {
		struct slice value = l->fields[i].value;

		if (l->fields[i].id == id && (slice_equal(value, SLICE("*")) ||
					      (tag.len > 0 && naive_in_list(value, tag, weak))))
			return true;
	}
	return false;
}

/* The date of a field that stands there once. */
static bool
naive_date(const struct lines *l, enum field_id id, time_t *when)
{
	unsigned count = 0;
	bool good = false;

	for (size_t i = 0; i < l->request.field_count; i++)
		if (l->fields[i].id == id) {
			count++;
			good = date_parse(l->fields[i].value, now, when);
		}
	return good && count == 1;
}

static bool
is_there(const struct lines *l, enum field_id id)
{
	return l->request.first[id] != 0;
}

static enum condition
naive_evaluate(const struct lines *l, struct slice tag)
{
	bool reads = l->request.method == METHOD_GET || l->request.method == METHOD_HEAD;
	time_t when;

	if (is_there(l, FIELD_IF_MATCH)
		    ? !naive_matches(l, FIELD_IF_MATCH, tag, false)
		    : naive_date(l, FIELD_IF_UNMODIFIED_SINCE, &when) && modified > when)
		return CONDITION_FAILED;
	if (is_there(l, FIELD_IF_NONE_MATCH))
		return !naive_matches(l, FIELD_IF_NONE_MATCH, tag, true) ? CONDITION_SEND
		       : reads						 ? CONDITION_NOT_MODIFIED
									 : CONDITION_FAILED;
	if (reads && naive_date(l, FIELD_IF_MODIFIED_SINCE, &when) && modified <= when)
		return CONDITION_NOT_MODIFIED;
	return CONDITION_SEND;
}

/* RFC 9110 8.8.3, as the server makes them. */
static bool
is_tag(struct slice tag)
{
	struct slice opaque = slice_starts(tag, SLICE("W/")) ? slice_after(tag, 2) : tag;

	return opaque.len >= 2 && opaque.p[0] == '"' &&
	       slice_find(slice_after(opaque, 1), '"') == opaque.len - 2;
}

static void
check_if_range(const struct lines *l, const struct validators *v)
{
	bool honoured = conditions_if_range(&l->request, v, now);
	time_t when;

	if (!is_there(l, FIELD_IF_RANGE)) {
		require(honoured);
	} else if (honoured) {
		struct slice value = request_field(&l->request, FIELD_IF_RANGE);

		require((slice_equal(value, v->etag) && !slice_starts(value, SLICE("W/"))) ||
			(v->strong_date && naive_date(l, FIELD_IF_RANGE, &when) &&
			 when == modified));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = fuzz_slice(data, size), line;
	struct validators v = { .last_modified = modified, .has_last_modified = true };
	struct lines l;
	char *copy = fuzz_copy(input);

	input.p = copy;
	lines_init(&l);
	if (lines_next(&input, &line) && is_tag(line))
		v.etag = line;
	v.strong_date = size % 2 == 0;
	while (lines_next(&input, &line))
		if (!add(&l, line))
			goto out;
	require(conditions_evaluate(&l.request, &v, now) == naive_evaluate(&l, v.etag));
	check_if_range(&l, &v);
out:
	free(copy);
	return 0;
}
