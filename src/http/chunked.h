/*
 * chunked - the chunked transfer coding (RFC 9112 7.1).
 *
 * Decoding works on what has arrived, in pieces of any size; all it remembers is in struct
 * chunked, which belongs to the caller.  Pure; any thread.
 */
#ifndef HTTP_CHUNKED_H
#define HTTP_CHUNKED_H

#include "base/slice.h"

struct chunked {
	unsigned state;		/* private to chunked.c */
	uint64_t left;		/* bytes of the present chunk still to come */
	uint64_t total;		/* content bytes so far */
	size_t line;		/* bytes of the present line (size and extension, or trailer) */
	size_t trailers;	/* bytes of the trailer section */
};

enum chunked_result {
	CHUNKED_MORE,	/* all input used, more is to come */
	CHUNKED_DATA,	/* *data is a piece of content; call again with the rest */
	CHUNKED_DONE,	/* the last chunk and the trailer section are behind *used */
	CHUNKED_BAD,	/* 400 and close */
};

void chunked_init(struct chunked *);

/*
 * Decodes from the front of input; *used bytes were consumed.  *data is empty but for
 * CHUNKED_DATA.  Once it said DONE or BAD it consumes nothing and says so again.
 *
 * Chunk extensions are checked and ignored; the trailer section is checked like a field section and
 * discarded.  Strict: CRLF only, 1 to 16 hexadecimal digits without blanks around them, a
 * size line of at most 1 KiB, trailers of at most 8 KiB.
 */
enum chunked_result chunked_decode(struct chunked *, struct slice input, size_t *used,
				   struct slice *data);

/* Writes the size line of a chunk of len bytes: "1a2b\r\n".  Returns its length. */
size_t chunked_format_size(char out[18], size_t len);

#endif
