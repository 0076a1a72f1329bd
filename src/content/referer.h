/*
 * referer - `referers`: which sites may lead here.
 *
 * Pure; any thread.
 */
#ifndef CONTENT_REFERER_H
#define CONTENT_REFERER_H

#include "config/settings.h"
#include "http/request.h"

/*
 * The word of the list that fits a Referer (SLICE_NONE or empty: none was sent), or NULL.  What is
 * no address of a page with a host fits none.  The list may be NULL.
 */
const struct slice *referer_find(const struct set_words *allowed, struct slice referer);

/* May a request with this Referer have an answer?  The list is NULL or off: every request may. */
bool referer_allowed(const struct set_words *allowed, struct slice referer);

#endif
