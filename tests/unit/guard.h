/*
 * guard - bytes that end where memory ends.
 *
 * Whoever reads one byte past a slice from guard_place() dies of SIGSEGV, and who writes past
 * it as well; and so with every compiler, without sanitizers.
 */
#ifndef UNIT_GUARD_H
#define UNIT_GUARD_H

#include <assert.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/slice.h"

struct guard {
	char *pages;
	size_t size;	/* of the pages that can be read; one that cannot follows */
};

/* Room for max bytes at a time. */
static inline void
guard_init(struct guard *g, size_t max)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	g->size = (max + page - 1) / page * page;
	g->pages = mmap(NULL, g->size + page, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert(g->pages != MAP_FAILED);
	if (mprotect(g->pages + g->size, page, PROT_NONE) != 0)
		abort();
}

static inline void
guard_fini(struct guard *g)
{
	munmap(g->pages, g->size + (size_t)sysconf(_SC_PAGESIZE));
}

/* The last len bytes before the unreadable page. */
static inline char *
guard_room(const struct guard *g, size_t len)
{
	assert(len <= g->size);
	return g->pages + g->size - len;
}

/* A copy of s there, good until the next call. */
static inline struct slice
guard_place(const struct guard *g, struct slice s)
{
	char *p = guard_room(g, s.len);

	if (s.len > 0)
		memcpy(p, s.p, s.len);
	return slice_from(p, s.len);
}

#endif
