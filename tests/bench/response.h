/*
 * response - finds the end of HTTP responses in what arrives, and looks at their status.
 *
 * For load, which counts them: no more of HTTP than that.  All zero is the beginning of a response.
 */
#ifndef TESTS_BENCH_RESPONSE_H
#define TESTS_BENCH_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
};

/*
 * Takes what belongs to a response that must have that status: how many of the bytes, 0 when it is
 * not such a response or does not say where it ends.  *whole: the response ends with them.
 */
size_t response_take(struct response *, unsigned status, const char *bytes, size_t size,
		     bool *whole);

/* As at the beginning. */
void response_reset(struct response *);

#endif
