/* folder_order - see folder_order.h. */
#include "config.h"

#include "content/folder_order.h"

#include <stdlib.h>

#include "base/arena.h"
#include "http/byte.h"

enum { FIRST_ROOM = 64, NAMES_BLOCK = 8192 };

struct folder_order {
	struct folder_budget *budget;
	struct folder_sort sort;
	struct folder_entry *heap; /* the first is at the root */
	size_t count, room;
	size_t used; /* bytes taken from the budget */
	struct arena names;
};

struct folder_order *
folder_order_new(struct folder_budget *budget, struct folder_sort sort)
{
	struct folder_order *o = calloc(1, sizeof *o);

	if (!o)
		return NULL;
	o->budget = budget;
	o->sort = sort;
	arena_init(&o->names, NAMES_BLOCK);
	return o;
}

void
folder_order_free(struct folder_order *o)
{
	if (!o)
		return;
	o->budget->used -= o->used;
	arena_fini(&o->names);
	free(o->heap);
	free(o);
}

/* Cuts the digits off the front of *s, without zeros before them. */
static struct slice
take_number(struct slice *s)
{
	struct slice number;
	size_t n = 0;

	while (s->len > 1 && s->p[0] == '0' && byte_is(s->p[1], BYTE_DIGIT))
		*s = slice_after(*s, 1);
	while (n < s->len && byte_is(s->p[n], BYTE_DIGIT))
		n++;
	number = slice_head(*s, n);
	*s = slice_after(*s, n);
	return number;
}

static int
compare_numbers(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return memcmp(a.p, b.p, a.len);
}

static int
fold(char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : (unsigned char)c;
}

int
folder_compare_names(struct slice a, struct slice b)
{
	struct slice x = a, y = b;
	int result = 0;

	while (result == 0 && x.len > 0 && y.len > 0) {
		if (byte_is(x.p[0], BYTE_DIGIT) && byte_is(y.p[0], BYTE_DIGIT)) {
			struct slice m = take_number(&x), n = take_number(&y);

			result = compare_numbers(m, n);
		} else {
			result = fold(x.p[0]) - fold(y.p[0]);
			x = slice_after(x, 1);
			y = slice_after(y, 1);
		}
	}
	if (result == 0 && x.len != y.len)
		return x.len < y.len ? -1 : 1;
	if (result == 0) /* they differ in capitals or in zeros before a number, or not at all */
		result = memcmp(a.p, b.p, a.len < b.len ? a.len : b.len);
	if (result == 0 && a.len != b.len)
		result = a.len < b.len ? -1 : 1;
	return result;
}

static int
compare_keys(const struct folder_order *o, const struct folder_entry *a,
	     const struct folder_entry *b)
{
	switch (o->sort.key) {
	case FOLDER_BY_SIZE:
		return (a->size > b->size) - (a->size < b->size);
	case FOLDER_BY_TIME:
		return (a->time > b->time) - (a->time < b->time);
	case FOLDER_BY_NAME:
		break;
	}
	return folder_compare_names(a->name, b->name);
}

/* What is equal otherwise goes by its name, from A to Z whatever the direction. */
static bool
is_before(const struct folder_order *o, const struct folder_entry *a, const struct folder_entry *b)
{
	int result;

	if (a->directory != b->directory)
		return a->directory;
	result = compare_keys(o, a, b);
	if (result == 0)
		return folder_compare_names(a->name, b->name) < 0;
	return o->sort.descending ? result > 0 : result < 0;
}

/* Bytes from the budget, which folder_order_free() gives back. */
static bool
take_budget(struct folder_order *o, size_t bytes)
{
	if (FOLDER_BUDGET_MOST - o->budget->used < bytes)
		return false;
	o->budget->used += bytes;
	o->used += bytes;
	return true;
}

static bool
make_room(struct folder_order *o)
{
	size_t room = o->room ? o->room * 2 : FIRST_ROOM;
	struct folder_entry *heap;

	if (!take_budget(o, (room - o->room) * sizeof *heap))
		return false;
	heap = realloc(o->heap, room * sizeof *heap);
	if (!heap)
		return false;
	o->heap = heap;
	o->room = room;
	return true;
}

bool
folder_order_add(struct folder_order *o, const struct folder_entry *e)
{
	struct folder_entry copy = *e;
	size_t at = o->count;

	if (o->count == FOLDER_ORDER_MOST || (o->count == o->room && !make_room(o)) ||
	    !take_budget(o, e->name.len + 1))
		return false;
	copy.name = arena_copy(&o->names, e->name);
	if (!copy.name.p)
		return false;
	o->count++;
	for (; at > 0 && is_before(o, &copy, &o->heap[(at - 1) / 2]); at = (at - 1) / 2)
		o->heap[at] = o->heap[(at - 1) / 2];
	o->heap[at] = copy;
	return true;
}

bool
folder_order_take(struct folder_order *o, struct folder_entry *e)
{
	struct folder_entry last;
	size_t at = 0, child;

	if (o->count == 0)
		return false;
	*e = o->heap[0];
	last = o->heap[--o->count];
	while ((child = 2 * at + 1) < o->count) {
		if (child + 1 < o->count && is_before(o, &o->heap[child + 1], &o->heap[child]))
			child++;
		if (!is_before(o, &o->heap[child], &last))
			break;
		o->heap[at] = o->heap[child];
		at = child;
	}
	if (o->count > 0)
		o->heap[at] = last;
	return true;
}
