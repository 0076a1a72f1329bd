/* table - see table.h.  Open addressing, at most half full, nothing is ever removed. */
#include "config.h"

#include "base/table.h"

#include <stdlib.h>

#include "base/hash.h"

void
table_init(struct table *t, bool nocase)
{
	*t = (struct table){ .nocase = nocase };
}

void
table_fini(struct table *t)
{
	free(t->entries);
	table_init(t, t->nocase);
}

/* The entry that holds the key, or the empty one where it belongs. */
static struct table_entry *
slot(const struct table *t, struct slice key, uint64_t hash)
{
	for (size_t i = hash & (t->size - 1);; i = (i + 1) & (t->size - 1)) {
		struct table_entry *e = &t->entries[i];

		if (!e->value)
			return e;
		if (e->hash == hash &&
		    (t->nocase ? slice_equal_nocase(e->key, key) : slice_equal(e->key, key)))
			return e;
	}
}

static bool
grow(struct table *t)
{
	struct table bigger = { .size = t->size ? t->size * 2 : 16, .nocase = t->nocase };

	bigger.entries = calloc(bigger.size, sizeof *bigger.entries);
	if (!bigger.entries)
		return false;
	for (size_t i = 0; i < t->size; i++)
		if (t->entries[i].value)
			*slot(&bigger, t->entries[i].key, t->entries[i].hash) = t->entries[i];
	bigger.count = t->count;
	free(t->entries);
	*t = bigger;
	return true;
}

bool
table_put(struct table *t, struct slice key, const void *value)
{
	uint64_t hash = t->nocase ? hash_bytes_nocase(key) : hash_bytes(key);
	struct table_entry *e;

	if (t->count * 2 >= t->size && !grow(t))
		return false;
	e = slot(t, key, hash);
	if (!e->value)
		t->count++;
	*e = (struct table_entry){ .key = key, .value = value, .hash = hash };
	return true;
}

const void *
table_get(const struct table *t, struct slice key)
{
	if (t->count == 0)
		return NULL;
	return slot(t, key, t->nocase ? hash_bytes_nocase(key) : hash_bytes(key))->value;
}
