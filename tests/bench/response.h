/*
 * response - finds the end of HTTP responses in what arrives, and looks at their status.
 *
 * For loads, which count them: no more of HTTP than that.  All zero is the beginning of a response.
 */
#ifndef TESTS_BENCH_RESPONSE_H
#define TESTS_BENCH_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct response_wanted {
	unsigned status;
	const char *body; /* what each must have, with a length; NULL = any */
	size_t body_size;
};

struct response {
	enum {
		RESPONSE_HEAD,
		RESPONSE_BODY,	/* of a length that is known */
		RESPONSE_SIZE,	/* the line before a chunk */
		RESPONSE_CHUNK, /* and the line end behind it */
		RESPONSE_LAST,	/* the empty line behind the last one */
	} part;
	uint64_t left; /* bytes of that part */
	char *head;    /* what has come of it; only where it came in pieces */
	size_t head_size;
	bool last; /* the latest head says that the connection ends behind it */
};

/*
 * Takes what belongs to a response as it is wanted: how many of the bytes, 0 when it is not such a
 * response or does not say where it ends.  *whole: the response ends with them.
 */
size_t response_take(struct response *, const struct response_wanted *, const char *bytes,
		     size_t size, bool *whole);

/* As at the beginning, for another connection. */
void response_reset(struct response *);

#endif
