/*
 * tls - TLS as a transport, by OpenSSL.
 *
 * tls_begin() puts it on top of a plain socket, tls_handshake() is called until it is done, and
 * from then on the transport is like any other.  Belongs to the connection's worker.  What OpenSSL
 * keeps of errors is cleared before each call, and read right behind it.  A build without OpenSSL
 * has tls_stub.c instead, and no listener with tls.
 */
#ifndef SERVER_TLS_H
#define SERVER_TLS_H

#include "config/config.h"
#include "log/access_format.h"
#include "server/transport.h"

struct tls_context;

enum tls_progress {
	TLS_DONE,
	TLS_WANT_READ,
	TLS_WANT_WRITE,
	TLS_FAILED, /* tls_words() says why */
	TLS_GONE,   /* the client hung up */
};

/* The socket is that of a listener with that index.  False when out of memory: then it is still
 * plain. */
bool tls_begin(struct transport *, struct tls_context *, size_t listener);

/* Goes on with the handshake. */
enum tls_progress tls_handshake(struct transport *);

/* Behind the handshake: the host that the client named, or the default. */
const struct site *tls_site(const struct transport *);

/* Behind the handshake: was HTTP/2 agreed upon?  Else it is HTTP/1. */
bool tls_is_http2(const struct transport *);

/* Behind a failure (errno EPROTO): why, in OpenSSL's words. */
const char *tls_words(const struct transport *);

/* Something to log; an empty slice for what there is not, as without TLS.  Lives as long as the
 * connection. */
struct slice tls_fact(const struct transport *, enum tls_fact);

#endif
