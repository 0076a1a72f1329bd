/*
 * scope_cache - the settings that hold for a host and its locations, laid over each other before.
 *
 * One thread.  The configuration must outlive it.
 */
#ifndef CONTENT_SCOPE_CACHE_H
#define CONTENT_SCOPE_CACHE_H

#include "config/config.h"

struct scope_cache;

/* NULL with errno ENOMEM. */
struct scope_cache *scope_cache_new(void);

/* NULL is allowed. */
void scope_cache_free(struct scope_cache *);

/*
 * What config_scope() says for a host and its locations, good as long as the cache and the arena.
 * Each combination is made once and stays; what finds no place, or has no cache (NULL), is made in
 * the arena.  NULL with errno ENOMEM.
 */
const struct scope *scope_cache_get(struct scope_cache *, const struct config *,
				    const struct site *, const struct location_match *,
				    struct arena *);

#endif
