/*
 * Accept: a first line with a type, then a line of the field each.
 *
 * The quality is one that stands in the field, and without quotes the one that a reader finds who
 * splits at commas and semicolons.
 */
#include "config.h"

#include "http/accept.h"
#include "lines.h"

/* The q among the parameters in thousandths, -1 when it is malformed. */
static int
naive_weight(struct slice parameters)
{
	while (parameters.len > 0) {
		size_t n = slice_find(parameters, ';');
		struct slice one = slice_trim(slice_head(parameters, n));
		int q = 0, unit = 1000;

		parameters = slice_after(parameters, n + 1);
		if (one.len < 2 || (one.p[0] | 0x20) != 'q' || one.p[1] != '=')
			continue;
		one = slice_after(one, 2);
		if (one.len < 1 || one.len > 5 || (one.p[0] != '0' && one.p[0] != '1') ||
		    (one.len > 1 && one.p[1] != '.'))
			return -1;
		for (size_t i = 0; i < one.len; i++) {
			if (i == 1)
				continue;
			if (one.p[i] < '0' || one.p[i] > '9')
				return -1;
			q += (one.p[i] - '0') * unit;
			unit /= 10;
		}
		return q > 1000 ? -1 : q;
	}
	return 1000;
}

static int
naive_fit(struct slice range, struct slice type)
{
	size_t slash = slice_find(type, '/');

	if (slice_equal_nocase(range, type))
		return 3;
	if (slice_equal(range, SLICE("*/*")))
		return 1;
	return range.len > 2 && slice_ends(range, SLICE("/*")) && slash == range.len - 2 &&
			       slice_equal_nocase(slice_head(range, slash + 1),
						  slice_head(type, slash + 1))
		       ? 2
		       : 0;
}

static unsigned
naive_quality(const struct lines *l, struct slice type)
{
	int best[4] = { -1, -1, -1, -1 };
	bool said = false;

	for (size_t i = 0; i < l->request.field_count; i++) {
		struct slice rest = l->fields[i].value;

		said |= rest.len > 0;
		while (rest.len > 0) {
			struct slice one = slice_head(rest, slice_find(rest, ','));
			size_t semicolon = slice_find(one, ';');
			int fit = naive_fit(slice_trim(slice_head(one, semicolon)), type);
			int q = naive_weight(slice_after(one, semicolon + 1));

			rest = slice_after(rest, one.len + 1);
			if (q > best[fit])
				best[fit] = q;
		}
	}
	for (int fit = 3; fit > 0; fit--)
		if (best[fit] >= 0)
			return (unsigned)best[fit];
	return said ? 0 : 1000;
}

/* What the server itself has: type/subtype. */
static bool
is_type(struct slice type)
{
	size_t slash = slice_find(type, '/');

	for (size_t i = 0; i < type.len; i++)
		if (i != slash && !byte_is(type.p[i], BYTE_TOKEN))
			return false;
	return slash > 0 && slash + 1 < type.len && slice_find(type, '*') == type.len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = fuzz_slice(data, size), type, line;
	char *copy = fuzz_copy(input);
	struct lines l;
	unsigned quality;

	input.p = copy;
	lines_init(&l);
	if (!lines_next(&input, &type) || !is_type(type))
		goto out;
	while (lines_next(&input, &line))
		if (!lines_add(&l, FIELD_ACCEPT, SLICE("Accept"), line))
			goto out;
	quality = accept_quality(&l.request, type);
	require(quality <= 1000);
	if (memchr(copy, '"', size) == NULL)
		require(quality == naive_quality(&l, type));
out:
	free(copy);
	return 0;
}
