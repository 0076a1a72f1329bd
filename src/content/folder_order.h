/*
 * folder_order - the entries of a folder in the order a reader wants them.
 *
 * A heap: each entry that is added or taken costs its logarithm, so there is no long moment in
 * which all is sorted.  Memory is bounded for each folder and for all folders of a worker; when it
 * is used up nothing more is taken, which is no failure.  One thread for a budget and all its
 * orders.
 */
#ifndef CONTENT_FOLDER_ORDER_H
#define CONTENT_FOLDER_ORDER_H

#include "content/folder.h"

enum folder_key { FOLDER_BY_NAME, FOLDER_BY_SIZE, FOLDER_BY_TIME };

struct folder_sort {
	enum folder_key key;
	bool descending; /* directories come first all the same */
};

enum {
	FOLDER_ORDER_MOST = 10000,	       /* entries of one folder */
	FOLDER_BUDGET_MOST = 32 * 1024 * 1024, /* bytes of all folders together */
};

/* Zeroed at first. */
struct folder_budget {
	size_t used; /* bytes */
};

struct folder_order;

/* NULL with errno ENOMEM. */
struct folder_order *folder_order_new(struct folder_budget *, struct folder_sort);

/* NULL is allowed. */
void folder_order_free(struct folder_order *);

/* Takes a copy.  False when there is no room, or no memory. */
bool folder_order_add(struct folder_order *, const struct folder_entry *);

/* The first of those that are left, good until the order is freed.  False when there is none. */
bool folder_order_take(struct folder_order *, struct folder_entry *);

/*
 * Below, at or above 0, by name: letters in any case alike, numbers by their value (a2 before
 * a10); what is equal by that, by its bytes.
 */
int folder_compare_names(struct slice a, struct slice b);

#endif
