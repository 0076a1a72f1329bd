/*
 * multipart_body - several ranges of a file as one body (RFC 9110 14.6).
 *
 * One thread.
 */
#ifndef CONTENT_MULTIPART_BODY_H
#define CONTENT_MULTIPART_BODY_H

#include "base/arena.h"
#include "content/body.h"
#include "http/range.h"

/* What the parts are of. */
struct multipart {
	struct slice type; /* of the whole representation; may be empty */
	struct slice boundary;
	uint64_t size;		    /* of the whole representation */
	const struct range *ranges; /* ascending, within size */
	size_t count;
};

/*
 * A stream of the parts, read from fd, which it takes over on success; *length receives how long it
 * is.  What it keeps is in the arena, which must outlive it.  NULL when out of memory: fd is still
 * the caller's.
 */
struct body_stream *multipart_body_new(const struct multipart *, struct arena *, int fd,
				       const struct stat *, uint64_t *length);

#endif
