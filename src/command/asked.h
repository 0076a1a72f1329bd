/*
 * asked - what `explain` is asked: a URL, and the request a client would send for it.
 *
 * Slices point into what was given.  One thread.
 */
#ifndef COMMAND_ASKED_H
#define COMMAND_ASKED_H

#include "base/arena.h"
#include "config/config.h"

/* A URL in its parts, not decoded, and further fields of the request. */
struct asked {
	bool https;
	struct slice authority;	   /* empty: the default host */
	struct slice target;	   /* path and query */
	const char *const *fields; /* "Name: value" */
	size_t field_count;
};

/* False when it is neither http(s)://HOST... nor /PATH. */
bool asked_parse_url(struct asked *, struct slice url);

/* The head a client would send: HTTP/1.0 when there is no host to name.  .p is NULL when out of
 * memory. */
struct slice asked_write_head(const struct asked *, struct arena *);

/*
 * The listen line a client would come in on: of those with the port, the first on which a host
 * has the name, else the first; where none has the port, the first of all.  For https those with
 * tls only, for http those without, where there are any.
 */
size_t asked_find_listener(const struct asked *, const struct config *);

/* The line of the limit that such a head is beyond, for 414 and 431; else built in. */
struct origin asked_find_limit(const struct asked *, const struct config *, unsigned status);

#endif
