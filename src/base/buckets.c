/*
 * buckets - see buckets.h.
 *
 * Of a bucket one number is kept: when it will be full again (the "theoretical arrival time" of the
 * generic cell rate algorithm).  So a bucket that is full is one that is not there, and nothing has
 * to be refilled by a clock.
 *
 * The table is made of sets of seven, two cache lines each; the key chooses the set.  A new key
 * takes the place of the bucket that is full soonest, mostly since long ago.  Only where seven keys
 * of one set are short of tokens at the same time is one of them forgotten too early, and its
 * client gets a full bucket again.
 *
 * A set is claimed for the few instructions of a look, by an exchange on one of its own words, so
 * that the count is exact however many threads ask for the same key.  Updating each bucket by
 * itself with compare-and-swap was rejected: two threads that see a key for the first time would
 * give it two buckets.
 */
#include "config.h"

#include "base/buckets.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/claim.h"

enum { SETS = 8192, WAYS = 7 };

struct set {
	_Atomic bool claimed;
	struct {
		_Atomic uint64_t key;
		_Atomic uint64_t full_us;
	} bucket[WAYS];
} __attribute__((aligned(128)));

struct buckets {
	struct set set[SETS];
};

struct buckets *
buckets_new(void)
{
	struct buckets *b = aligned_alloc(_Alignof(struct buckets), sizeof *b);

	if (!b)
		return NULL;
	for (int i = 0; i < SETS; i++) {
		atomic_init(&b->set[i].claimed, false);
		for (int w = 0; w < WAYS; w++) {
			atomic_init(&b->set[i].bucket[w].key, 0);
			atomic_init(&b->set[i].bucket[w].full_us, 0);
		}
	}
	return b;
}

void
buckets_free(struct buckets *b)
{
	free(b);
}

static uint64_t
load(const _Atomic uint64_t *n)
{
	return atomic_load_explicit(n, memory_order_relaxed);
}

/* The key's bucket, or else the one that is full soonest. */
static int
find(const struct set *set, uint64_t key)
{
	int soonest = 0;

	for (int w = 0; w < WAYS; w++) {
		if (load(&set->bucket[w].key) == key)
			return w;
		if (load(&set->bucket[w].full_us) < load(&set->bucket[soonest].full_us))
			soonest = w;
	}
	return soonest;
}

uint64_t
buckets_take(struct buckets *b, uint64_t key, const struct bucket_size *size, uint64_t now_us)
{
	struct set *set = &b->set[key % SETS];
	uint64_t full = now_us, most = now_us + size->interval_us * size->tokens, wait = 0;
	int w;

	claim_take(&set->claimed);
	w = find(set, key);
	if (load(&set->bucket[w].key) == key && load(&set->bucket[w].full_us) > now_us)
		full = load(&set->bucket[w].full_us);
	full += size->interval_us;
	if (full > most) {
		wait = full - most;
	} else {
		atomic_store_explicit(&set->bucket[w].key, key, memory_order_relaxed);
		atomic_store_explicit(&set->bucket[w].full_us, full, memory_order_relaxed);
	}
	claim_give(&set->claimed);
	return wait;
}
