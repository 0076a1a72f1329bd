/*
 * cors - scripts of other sites that may read answers (WHATWG Fetch, "CORS protocol").
 *
 * Credentials are never allowed.  One thread.
 */
#ifndef CONTENT_CORS_H
#define CONTENT_CORS_H

#include "content/exchange.h"

/* Does a browser ask whether a script may ask, at a place where `cors` speaks? */
bool cors_is_preflight(const struct set_words *cors, const struct request *);

/* Answers that: 204, with what may be asked. */
void cors_respond(struct exchange *);

/* Adds Access-Control-Allow-Origin, where the origin may have it, and Vary, to any response. */
void cors_add_fields(struct exchange *);

#endif
