/* scope_cache - see scope_cache.h. */
#include "config.h"

#include "content/scope_cache.h"

#include <stdlib.h>

enum {
	SLOT_BITS = 8,
	SLOTS = 1 << SLOT_BITS,
	TRIES = 4, /* slots that a combination may lie in */
};

struct slot {
	bool used;
	const struct site *site;
	struct location_match match;
	struct scope scope;
};

struct scope_cache {
	struct slot slots[SLOTS + TRIES - 1];
};

struct scope_cache *
scope_cache_new(void)
{
	return calloc(1, sizeof(struct scope_cache));
}

void
scope_cache_free(struct scope_cache *c)
{
	free(c);
}

static struct slot *
first_slot(struct scope_cache *c, const struct site *site, const struct location_match *match)
{
	uint64_t whose = (uint64_t)(uintptr_t)site + 3 * (uint64_t)(uintptr_t)match->prefix +
			 7 * (uint64_t)(uintptr_t)match->glob;

	/* the golden ratio spreads them */
	return &c->slots[whose * 0x9e3779b97f4a7c15 >> (64 - SLOT_BITS)];
}

static bool
is_of(const struct slot *slot, const struct site *site, const struct location_match *match)
{
	return slot->site == site && slot->match.prefix == match->prefix &&
	       slot->match.glob == match->glob;
}

const struct scope *
scope_cache_get(struct scope_cache *c, const struct config *config, const struct site *site,
		const struct location_match *match, struct arena *arena)
{
	struct slot *slot = c ? first_slot(c, site, match) : NULL;
	struct scope *scope;

	for (int i = 0; slot && i < TRIES; i++, slot++) {
		if (slot->used && is_of(slot, site, match))
			return &slot->scope;
		if (slot->used)
			continue;
		config_scope(config, site, match, &slot->scope);
		slot->used = true;
		slot->site = site;
		slot->match = *match;
		return &slot->scope;
	}
	scope = arena_alloc(arena, sizeof *scope);
	if (scope)
		config_scope(config, site, match, scope);
	return scope;
}
