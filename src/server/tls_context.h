/*
 * tls_context - what TLS needs of the whole configuration: an SSL_CTX for each host.
 *
 * Made before the workers start and constant from then on, but for the keys of the tickets, which
 * have a lock of their own.  The host is chosen in the ClientHello callback, before a
 * ticket is looked at: each host has a session context of its own, so that what was begun with one
 * is never taken up by another.  A build without OpenSSL has tls_stub.c instead.
 */
#ifndef SERVER_TLS_CONTEXT_H
#define SERVER_TLS_CONTEXT_H

#include <stddef.h>

#include "config/config.h"

struct ticket_keys;
struct tls_context;

/* NULL when it cannot be made; the error log has been told why. */
struct tls_context *tls_context_new(const struct config *);

/* NULL is allowed. */
void tls_context_free(struct tls_context *);

/* NULL where there are no tickets. */
struct ticket_keys *tls_context_ticket_keys(const struct tls_context *);

#endif
