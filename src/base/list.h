/*
 * list - intrusive doubly linked rings.
 *
 * A list is a struct link that points to itself when empty; an element embeds a struct link.
 * An element that is in no list also points to itself, so removing it twice is harmless.
 * Belongs to whoever owns the elements; no locks.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct link {
	struct link *next;
	struct link *prev;
};

/* The struct of which l is the member. */
#define LIST_OWNER(l, type, member) ((type *)(void *)((char *)(l)-offsetof(type, member)))

static inline void
list_init(struct link *l)
{
	l->next = l->prev = l;
}

static inline bool
list_empty(const struct link *l)
{
	return l->next == l;
}

static inline void
list_append(struct link *list, struct link *l)
{
	l->prev = list->prev;
	l->next = list;
	list->prev->next = l;
	list->prev = l;
}

static inline void
list_remove(struct link *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	list_init(l);
}

/* The longest-standing element, or NULL. */
static inline struct link *
list_first(const struct link *list)
{
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it does not know what list_remove() did */
	return list_empty(list) ? NULL : list->next;
}

/* Moves every element to the empty list `to`. */
static inline void
list_move_all(struct link *to, struct link *from)
{
	list_init(to);
	if (list_empty(from))
		return;
	*to = *from;
	to->next->prev = to;
	to->prev->next = to;
	list_init(from);
}

#endif
