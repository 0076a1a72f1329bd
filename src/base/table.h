/*
 * table - a hash table from byte strings to pointers, filled once and then only read.
 *
 * Keys and values belong to the caller and must outlive the table.  Any number of threads may
 * look things up once nobody adds any more.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/slice.h"

struct table_entry {
	struct slice key;
	const void *value;
	uint64_t hash;
};

struct table {
	struct table_entry *entries; /* a power of two, or none */
	size_t size;
	size_t count;
	bool nocase; /* keys compare with ASCII letters folded */
};

/* Allocates nothing. */
void table_init(struct table *, bool nocase);
void table_fini(struct table *);

/* Adds or replaces.  False, with errno ENOMEM and the table unchanged, when out of memory. */
bool table_put(struct table *, struct slice key, const void *value);

/* The value, or NULL. */
const void *table_get(const struct table *, struct slice key);

#endif
