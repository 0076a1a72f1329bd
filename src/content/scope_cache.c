/* scope_cache - see scope_cache.h. */
#include "config.h"

#include "content/scope_cache.h"

#include <stdlib.h>

enum { SLOTS = 64 }; /* hosts and locations that are busy at the same time, roughly */

struct slot {
	bool used;
	const struct site *site;
	struct location_match match;
	struct scope scope;
};

struct scope_cache {
	struct slot slots[SLOTS];
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
slot_of(struct scope_cache *c, const struct site *site, const struct location_match *match)
{
	uint64_t whose = (uint64_t)(uintptr_t)site + 3 * (uint64_t)(uintptr_t)match->prefix +
			 7 * (uint64_t)(uintptr_t)match->glob;

	return &c->slots[whose * 0x9e3779b97f4a7c15 >> 58]; /* the golden ratio spreads them */
}

void
scope_cache_get(struct scope_cache *c, const struct config *config, const struct site *site,
		const struct location_match *match, struct scope *scope)
{
	struct slot *slot;

	if (!c) {
		config_scope(config, site, match, scope);
		return;
	}
	slot = slot_of(c, site, match);
	if (!slot->used || slot->site != site || slot->match.prefix != match->prefix ||
	    slot->match.glob != match->glob) {
		config_scope(config, site, match, &slot->scope);
		slot->used = true;
		slot->site = site;
		slot->match = *match;
	}
	*scope = slot->scope;
}
