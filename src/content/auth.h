/*
 * auth - `auth`: who may have an answer, by name and password (RFC 9110 11, RFC 7617).
 *
 * Password hashes are slow on purpose, so they are made by a helper thread; a success is remembered
 * for a while by all workers together.  A wrong password is never remembered, and costs as much as
 * a name that does not exist.
 */
#ifndef CONTENT_AUTH_H
#define CONTENT_AUTH_H

#include "content/exchange.h"

struct auth_memory;

/* Of all workers.  NULL with errno set. */
struct auth_memory *auth_memory_new(void);

/* No job may be under way.  NULL is allowed. */
void auth_memory_free(struct auth_memory *);

/*
 * Looks whether the request may take its route, which has `auth`: nothing happens, the route
 * becomes an error, or x->job is set: when that is done, auth_finish() says the same.
 */
void auth_check(struct exchange *);

/* Consumes x->job. */
void auth_finish(struct exchange *);

/* RFC 9110 15.5.2: a 401 says how to do better. */
void auth_add_challenge(struct exchange *);

#endif
