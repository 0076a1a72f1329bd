/*
 * gzip_body - a file, compressed while it is sent.
 *
 * Memory is bounded by the deflate states, which come from a pool and go back to it, and one read
 * buffer that all streams of a pool share.  One thread for a pool and all its streams.
 */
#ifndef CONTENT_GZIP_BODY_H
#define CONTENT_GZIP_BODY_H

#include "content/body.h"

struct document;
struct gzip_pool;

/* NULL with errno ENOMEM. */
struct gzip_pool *gzip_pool_new(void);

/* Are there so many streams that no other should begin? */
bool gzip_pool_is_full(const struct gzip_pool *);

/* No stream may be left.  NULL is allowed. */
void gzip_pool_free(struct gzip_pool *);

/*
 * A stream of the gzip form (RFC 1952) of the first size bytes of fd, which it takes over on
 * success; a file that turns out shorter breaks it.  All that comes out becomes the document's
 * content, where there is one (not NULL) that the cache would keep, and that is no megabyte.  All
 * streams of a pool have the same level. NULL when out of memory: fd is still the caller's.
 */
struct body_stream *gzip_body_new(struct gzip_pool *, int fd, const struct stat *, int level,
				  struct document *);

#endif
