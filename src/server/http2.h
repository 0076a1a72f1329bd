/*
 * http2 - the HTTP/2 driver (RFC 9113), by nghttp2.
 *
 * nghttp2 reads and writes frames, compresses heads, and counts windows; this gives it what comes
 * and takes what is to go, turns each stream into an exchange, and bounds what a client may cost.
 * Belongs to the connection's worker.  A build without nghttp2 has http2_stub.c instead, and no
 * connection that begins so.
 */
#ifndef SERVER_HTTP2_H
#define SERVER_HTTP2_H

#include "server/conn.h"

extern const struct driver http2_driver;

/* Frees what the connections of a worker share. */
void http2_free_stock(struct worker *);

#endif
