/*
 * tls_private - what tls.c and tls_context.c share: the record of a connection.
 *
 * Private to these two.  Belongs to the connection's worker.
 */
#ifndef SERVER_TLS_PRIVATE_H
#define SERVER_TLS_PRIVATE_H


#include "base/openssl.h"
#include "config/config.h"
#include "server/tls_out.h"

struct tls {
	SSL *ssl;
	struct tls_out out;
	const struct tls_context *context;
	const struct site *site; /* NULL before the ClientHello */
	const char *words;	 /* of the last failure */
	size_t barren;		 /* bytes received since the last of data */
	char *client;		 /* subject of the client's certificate, once it was asked for */
	uint16_t listener;
	int16_t looks_left; /* at the socket, in the present receive */
	bool drained;	    /* the last receive from the socket emptied it */
	bool unserved;	    /* there is no host of that name, or it has no certificate */
};

/* A new SSL, which belongs to the caller, with tls as its application data, that reads from
 * tls->out.fd and writes to tls->out, or with ktls to the socket; or NULL. */
SSL *tls_context_start(const struct tls_context *, struct tls *);

/* It writes to tls->out, whatever it did before.  False when out of memory. */
bool tls_context_gather(const struct tls_context *, struct tls *);

#endif
