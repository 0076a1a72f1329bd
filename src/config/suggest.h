/*
 * suggest - the nearest right word.
 *
 * Feed it candidates one by one, in any order; it keeps the one that takes the fewest typing
 * mistakes (a letter missing, added, wrong, or two swapped) and is near enough to be meant.
 * Pure; any thread.
 */
#ifndef CONFIG_SUGGEST_H
#define CONFIG_SUGGEST_H

#include "base/slice.h"

struct suggestion {
	struct slice wrong;
	struct slice best; /* empty = nothing near enough */
	unsigned mistakes;
};

void suggest_init(struct suggestion *, struct slice wrong);

/* True when the candidate became the best so far. */
bool suggest_try(struct suggestion *, struct slice candidate);

/* Letters missing, added, wrong or swapped with their neighbour, letters folded; at most limit + 1
 * is returned. */
unsigned suggest_distance(struct slice a, struct slice b, unsigned limit);

#endif
