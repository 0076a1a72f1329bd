/*
 * content_tag - entity-tags made of what a file contains (RFC 9110 8.8.3).
 *
 * For `etag = content`, and for files whose times say nothing.  The digest of a file is made once,
 * by a helper thread, and remembered by all workers together for as long as device, inode, size and
 * both times stay the same.
 */
#ifndef CONTENT_CONTENT_TAG_H
#define CONTENT_CONTENT_TAG_H

#include <sys/stat.h>

#include "base/memo.h"
#include "content/exchange.h"

enum { CONTENT_TAG_SIZE = MEMO_VALUE_SIZE }; /* bytes of the SHA-256 */

struct tag_memory;

/* Of all workers.  NULL with errno set. */
struct tag_memory *tag_memory_new(void);

/* No job may be under way.  NULL is allowed. */
void tag_memory_free(struct tag_memory *);

enum content_tag_result {
	CONTENT_TAG_FOUND,
	CONTENT_TAG_NONE,    /* it cannot be had now */
	CONTENT_TAG_PENDING, /* x->job makes it: ask again then */
};

/* The tag of an open file, of which st speaks, in `tag`. */
enum content_tag_result content_tag_find(struct exchange *, int fd, const struct stat *st,
					 unsigned char tag[CONTENT_TAG_SIZE]);

#endif
