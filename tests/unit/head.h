/*
 * head - a parsed request from the text of its fields, for tests of what reads fields.
 */
#ifndef UNIT_HEAD_H
#define UNIT_HEAD_H

#include "check.h"
#include "guard.h"
#include "http/request.h"

struct head {
	struct guard guard;
	struct request request;
	struct field fields[16];
};

static inline void
head_init(struct head *h)
{
	guard_init(&h->guard, 4096);
}

static inline void
head_fini(struct head *h)
{
	guard_fini(&h->guard);
}

/* lines: each with its CRLF.  The request must be well formed. */
static inline const struct request *
head_parse(struct head *h, const char *method, const char *lines)
{
	const struct request_limits limits = { 4096, 64, COUNT(h->fields) };
	char text[4096];
	size_t consumed;
	unsigned status;
	int n = snprintf(text, sizeof text, "%s / HTTP/1.1\r\nHost: a\r\n%s\r\n", method, lines);

	if (request_parse(&h->request, guard_place(&h->guard, slice_from(text, (size_t)n)), &limits,
			  h->fields, &consumed, &status) != PARSE_OK)
		fail_msg("not a good head: %s", check_show(slice_of(lines)));
	return &h->request;
}

#endif
