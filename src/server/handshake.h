/*
 * handshake - the driver of a connection that came in on a listener with tls, until HTTP begins.
 *
 * A client that says nothing costs the record of its connection and no more.  When it begins,
 * it joins those whose handshake is under way: there are max_handshakes of them at most, and the
 * one that began first gives way to a further one, since a client that means it is through in a
 * moment.  One that speaks HTTP without TLS is told so.
 * Belongs to the connection's worker.
 */
#ifndef SERVER_HANDSHAKE_H
#define SERVER_HANDSHAKE_H

#include "config/config.h"
#include "server/conn.h"

extern const struct driver handshake_driver;

/* The most that one worker may have under way. */
unsigned handshake_share(const struct config *, unsigned workers);

#endif
