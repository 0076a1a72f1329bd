/*
 * http2_memory - see http2_record.h: memory for nghttp2.
 *
 * It makes a stream, and what it sends in it, of a few small pieces, and the streams of a
 * connection come and go together: more of them than malloc(3) keeps at hand.  Here a worker keeps
 * them, by size, up to a bound.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>

#include "server/http2_record.h"

enum {
	STEP = 64, /* sizes differ by so much, with what stands before a piece */
	KEPT_MOST = 64 * 1024,
};

/* What stands before a piece, as large as the alignment. */
union http2_mark {
	size_t size; /* of both, in steps; above HTTP2_SIZES it is one of malloc() and no more */
	union http2_mark *next;
	max_align_t alignment;
};

static union http2_mark *
mark_of(void *piece)
{
	return (union http2_mark *)piece - 1;
}

static void *
take(size_t size, void *pool)
{
	struct http2_memory *m = pool;
	size_t steps = size / STEP + 1 + (size % STEP + sizeof(union http2_mark) > STEP);
	union http2_mark *mark = NULL;

	if (size > SIZE_MAX - 2 * (size_t)STEP)
		return NULL;
	if (steps < HTTP2_SIZES)
		mark = m->kept[steps];
	if (mark) {
		m->kept[steps] = mark->next;
		m->bytes -= steps * STEP;
	} else {
		mark = malloc(steps * STEP);
		if (!mark)
			return NULL;
	}
	mark->size = steps;
	return mark + 1;
}

static void
give(void *piece, void *pool)
{
	struct http2_memory *m = pool;
	union http2_mark *mark;
	size_t steps;

	if (!piece)
		return;
	mark = mark_of(piece);
	steps = mark->size;
	if (steps >= HTTP2_SIZES || m->bytes + steps * STEP > KEPT_MOST) {
		free(mark);
		return;
	}
	mark->next = m->kept[steps];
	m->kept[steps] = mark;
	m->bytes += steps * STEP;
}

static void *
take_zeroed(size_t count, size_t size, void *pool)
{
	void *piece = size > 0 && count > SIZE_MAX / size ? NULL : take(count * size, pool);

	return piece ? memset(piece, 0, count * size) : NULL;
}

static void *
change(void *piece, size_t size, void *pool)
{
	void *larger = take(size, pool);
	size_t before;

	if (!larger || !piece)
		return larger;
	before = mark_of(piece)->size * STEP - sizeof(union http2_mark);
	memcpy(larger, piece, before < size ? before : size);
	give(piece, pool);
	return larger;
}

nghttp2_mem
http2_memory_functions(struct http2_memory *m)
{
	return (nghttp2_mem){ m, take, give, take_zeroed, change };
}

void
http2_memory_fini(struct http2_memory *m)
{
	for (size_t i = 0; i < HTTP2_SIZES; i++)
		while (m->kept[i]) {
			union http2_mark *mark = m->kept[i];

			m->kept[i] = mark->next;
			free(mark);
		}
	m->bytes = 0;
}
