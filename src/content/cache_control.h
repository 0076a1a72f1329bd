/*
 * cache_control - how long clients and caches keep an answer (RFC 9111 5.2.2).
 *
 * Pure; any thread.
 */
#ifndef CONTENT_CACHE_CONTROL_H
#define CONTENT_CACHE_CONTROL_H

#include "config/settings.h"

/*
 * The value of Cache-Control that `cache_control` means for a file of that name and type
 * (parameters allowed), or SLICE_NONE: the validators decide.  An answer that is no file has no
 * name.
 */
struct slice cache_control_find(const struct set_cache_control *, struct slice name,
				struct slice type);

/* Does the name carry a hash of the content, as app.3f2a9c1b.js does? */
bool cache_control_is_hashed(struct slice name);

#endif
