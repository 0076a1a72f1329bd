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

/* As config_scope(); the cache may be NULL. */
void scope_cache_get(struct scope_cache *, const struct config *, const struct site *,
		     const struct location_match *, struct scope *);

#endif
