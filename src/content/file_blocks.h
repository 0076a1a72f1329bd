/*
 * file_blocks - pieces of a large file in memory, for ranges that are asked for again and again.
 *
 * A block begins at a multiple of its size.  It is read when a range within it is asked for the
 * second time, and is as good as a small file that is in memory whole: read once, at a time at
 * which the file was the version that its owner's validators speak of.  How long that is believed
 * is the owner's affair, who forgets them with the version.  One thread.
 */
#ifndef CONTENT_FILE_BLOCKS_H
#define CONTENT_FILE_BLOCKS_H

#include "base/slice.h"
#include "content/body.h"

enum {
	FILE_BLOCK_SIZE = 32 * 1024,
	FILE_BLOCKS_MOST = 16, /* of one file */
};

struct file_blocks;

/* Without any block yet.  They weigh most_bytes at most.  NULL when out of memory. */
struct file_blocks *file_blocks_new(size_t most_bytes);

/* NULL is allowed. */
void file_blocks_free(struct file_blocks *);

/*
 * That part of the file, or SLICE_NONE: it has to be read from the file, as it lies in two blocks,
 * is asked for the first time, is another version than that of the stamp, or would have to be
 * waited for.  lent: slices that were given before may still be in use, so no block goes to make
 * room for another.  Otherwise they end with the next call.
 */
struct slice file_blocks_get(struct file_blocks *, int fd, const struct file_stamp *, uint64_t at,
			     uint64_t length, bool lent);

/* Bytes of memory, about. */
size_t file_blocks_weight(const struct file_blocks *);

#endif
