/*
 * memo - see memo.h.
 *
 * Sets of four; a hash of the key, with the process's secret, chooses the set, so that nobody
 * outside can choose whom to push out.  In a full set the entry goes that would be forgotten first.
 */
#include "config.h"

#include "base/memo.h"

#include <stdlib.h>
#include <string.h>

#include "base/claim.h"
#include "base/hash.h"

enum { WAYS = 4 };

struct entry {
	struct memo_key key;
	int64_t until_ms; /* 0 = empty */
	unsigned char value[MEMO_VALUE_SIZE];
};

struct set {
	_Atomic bool claimed;
	struct entry entry[WAYS]; /* under the claim */
};

struct memo {
	size_t mask;
	struct set set[];
};

struct memo *
memo_new(size_t sets)
{
	struct memo *m = calloc(1, sizeof *m + sets * sizeof *m->set);

	if (m)
		m->mask = sets - 1;
	return m;
}

void
memo_free(struct memo *m)
{
	free(m);
}

static struct set *
set_of(struct memo *m, const struct memo_key *key)
{
	return &m->set[hash_bytes(slice_from((const char *)key, sizeof *key)) & m->mask];
}

/* The key's entry, or else the one that is forgotten first. */
static struct entry *
find(struct set *set, const struct memo_key *key)
{
	struct entry *first = &set->entry[0];

	for (int w = 0; w < WAYS; w++) {
		struct entry *e = &set->entry[w];

		if (e->until_ms != 0 && memcmp(&e->key, key, sizeof *key) == 0)
			return e;
		if (e->until_ms < first->until_ms)
			first = e;
	}
	return first;
}

bool
memo_get(struct memo *m, const struct memo_key *key, int64_t now_ms,
	 unsigned char value[MEMO_VALUE_SIZE])
{
	struct set *set = set_of(m, key);
	const struct entry *e;
	bool known;

	claim_take(&set->claimed);
	e = find(set, key);
	known = e->until_ms > now_ms && memcmp(&e->key, key, sizeof *key) == 0;
	if (known)
		memcpy(value, e->value, MEMO_VALUE_SIZE);
	claim_give(&set->claimed);
	return known;
}

void
memo_put(struct memo *m, const struct memo_key *key, int64_t until_ms,
	 const unsigned char value[MEMO_VALUE_SIZE])
{
	struct set *set = set_of(m, key);
	struct entry *e;

	claim_take(&set->claimed);
	e = find(set, key);
	e->key = *key;
	e->until_ms = until_ms;
	memcpy(e->value, value, MEMO_VALUE_SIZE);
	claim_give(&set->claimed);
}
