/* arena - see arena.h.  A chain of blocks; only the last one has room. */
#include "config.h"

#include "base/arena.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct arena_block {
	struct arena_block *next;
	size_t size;
	max_align_t bytes[];
};

void
arena_init(struct arena *a, size_t block_size)
{
	*a = (struct arena){ .block_size = block_size };
}

static void
free_blocks(struct arena_block *b)
{
	while (b) {
		struct arena_block *next = b->next;

		free(b);
		b = next;
	}
}

void
arena_reset(struct arena *a)
{
	if (a->first) {
		free_blocks(a->first->next);
		a->first->next = NULL;
	}
	a->last = a->first;
	a->used = 0;
}

void
arena_fini(struct arena *a)
{
	free_blocks(a->first);
	arena_init(a, a->block_size);
}

size_t
arena_weight(const struct arena *a)
{
	size_t sum = 0;

	for (const struct arena_block *b = a->first; b; b = b->next)
		sum += sizeof *b + b->size;
	return sum;
}

static bool
add_block(struct arena *a, size_t size)
{
	struct arena_block *b;

	if (size < a->block_size)
		size = a->block_size;
	if (size > SIZE_MAX - sizeof *b) {
		errno = ENOMEM;
		return false;
	}
	b = malloc(sizeof *b + size);
	if (!b)
		return false;
	b->next = NULL;
	b->size = size;
	if (a->last)
		a->last->next = b;
	else
		a->first = b;
	a->last = b;
	a->used = 0;
	return true;
}

char *
arena_bytes(struct arena *a, size_t size)
{
	char *p;

	if (!a->last || size > a->last->size - a->used)
		if (!add_block(a, size))
			return NULL;
	p = (char *)a->last->bytes + a->used;
	a->used += size;
	return p;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	size_t pad = (align - a->used % align) % align;
	char *p;

	if (size > SIZE_MAX - align) {
		errno = ENOMEM;
		return NULL;
	}
	if (a->last && pad <= a->last->size - a->used)
		a->used += pad;
	else if (a->last)
		a->used = a->last->size; /* no room: the next block starts aligned */
	p = arena_bytes(a, size);
	return p ? memset(p, 0, size) : NULL;
}

struct slice
arena_copy(struct arena *a, struct slice s)
{
	char *p = s.len < SIZE_MAX ? arena_bytes(a, s.len + 1) : NULL;

	if (!p)
		return SLICE_NONE;
	if (s.len > 0)
		memcpy(p, s.p, s.len);
	p[s.len] = '\0';
	return slice_from(p, s.len);
}

struct slice
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = n >= 0 ? arena_bytes(a, (size_t)n + 1) : NULL;
	if (!p)
		return SLICE_NONE;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return slice_from(p, (size_t)n);
}
