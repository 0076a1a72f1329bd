/*
 * arena - memory that is given back all at once.
 *
 * Bytes that live as long as a request, or as long as a configuration, come from an arena.
 * arena_init() allocates nothing; arena_reset() keeps the first block for the next use;
 * arena_fini() frees all.  One owner, one thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/slice.h"

struct arena_block;

struct arena {
	struct arena_block *first; /* the block that arena_reset() keeps */
	struct arena_block *last;
	size_t used; /* bytes handed out of last */
	size_t block_size;
};

/* block_size: bytes of an ordinary block; larger requests get a block of their own. */
void arena_init(struct arena *, size_t block_size);

/* Everything that came from the arena is gone; the first block is kept. */
void arena_reset(struct arena *);

void arena_fini(struct arena *);

/* Bytes of memory it holds. */
size_t arena_weight(const struct arena *);

/* Zeroed memory, aligned for any type, owned by the arena.  NULL with errno ENOMEM. */
void *arena_alloc(struct arena *, size_t size) __attribute__((malloc));

/* As arena_alloc, for bytes: neither aligned nor zeroed. */
char *arena_bytes(struct arena *, size_t size) __attribute__((malloc));

/* A copy of the slice, followed by a NUL that the length does not count.  .p is NULL when out of
 * memory. */
struct slice arena_copy(struct arena *, struct slice);

/* printf into the arena; NUL-terminated.  .p is NULL when out of memory. */
struct slice arena_printf(struct arena *, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
