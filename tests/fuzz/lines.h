/*
 * lines - a request with the lines of a fuzzer's input as its fields.
 */
#ifndef FUZZ_LINES_H
#define FUZZ_LINES_H

#include "fuzz.h"
#include "http/byte.h"
#include "http/request.h"

enum { LINES_MAX = 8 };

struct lines {
	struct request request;
	struct field fields[LINES_MAX];
};

static inline void
lines_init(struct lines *l)
{
	*l = (struct lines){ .request = { .method = METHOD_GET, .version_minor = 1 } };
	l->request.fields = l->fields;
}

/* Adds a line as the parser would.  False when the value holds what no value can. */
static inline bool
lines_add(struct lines *l, enum field_id id, struct slice name, struct slice value)
{
	struct request *r = &l->request;

	for (size_t i = 0; i < value.len; i++)
		if (!byte_is(value.p[i], BYTE_VALUE))
			return false;
	if (r->field_count == LINES_MAX)
		return false;
	r->fields[r->field_count++] =
		(struct field){ .name = name, .value = slice_trim(value), .id = id };
	if (r->first[id] == 0)
		r->first[id] = r->field_count;
	return true;
}

/* Cuts the next line off the front.  False at the end. */
static inline bool
lines_next(struct slice *input, struct slice *line)
{
	size_t n = slice_find(*input, '\n');

	if (input->len == 0)
		return false;
	*line = slice_head(*input, n);
	*input = slice_after(*input, n + 1);
	return true;
}

#endif
