/*
 * redirect - answers that point elsewhere.
 *
 * Fills the exchange's response.  One thread.
 */
#ifndef CONTENT_REDIRECT_H
#define CONTENT_REDIRECT_H

#include "content/exchange.h"

/* Answers route.redirect: captures are put in, percent-encoded, and the query is kept unless the
 * target has one. */
void redirect_respond(struct exchange *);

/* `https`: the same address with TLS, under the host's own name when the request has none. */
void redirect_to_https(struct exchange *);

/* 301 to another path, decoded, with the query; at is who said so. */
void redirect_to(struct exchange *, struct slice path, struct origin at);

/* 301 to the same path with a slash behind it: what a directory's relative links need. */
void redirect_add_slash(struct exchange *);

#endif
