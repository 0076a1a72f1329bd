/*
 * clean_url - one address for each page: without .html, and without the name of the index.
 *
 * One thread.
 */
#ifndef CONTENT_CLEAN_URL_H
#define CONTENT_CLEAN_URL_H

#include "content/exchange.h"
#include "content/file_cache.h"

/*
 * Is there a better address for the file that the request has found (`clean_urls`)?  The result is
 * its path, decoded, in the exchange's arena or part of route.path; SLICE_NONE when there is none.
 * A path that was rewritten has none: the client does not know it.
 */
struct slice clean_url_find(struct exchange *, const struct file_entry *);

#endif
