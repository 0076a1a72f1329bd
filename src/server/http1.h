/*
 * http1 - the HTTP/1.0 and HTTP/1.1 driver (RFC 9112).
 *
 * Reads heads and bodies, asks the content floor for responses, writes them, keeps the
 * connection alive or ends it.  Its record exists only while a request is under way;
 * an idle connection has none.  Belongs to the connection's worker.
 */
#ifndef SERVER_HTTP1_H
#define SERVER_HTTP1_H

#include "server/conn.h"
#include "server/worker.h"

extern const struct driver http1_driver;

/* Frees the records that a worker keeps. */
void http1_free_spares(struct worker *);

#endif
