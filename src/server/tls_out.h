/*
 * tls_out - what OpenSSL has sealed, on its way to the socket.
 *
 * A BIO takes whatever OpenSSL writes, so that never has to wait; records that belong together
 * leave in one send: several of a large file, tickets with the first answer, close_notify with the
 * last.  While a struct tls_batch is set records gather there, which is on the stack of who sends;
 * else, and if the socket does not take them all, in memory of the connection.  Belongs to the
 * connection's worker.
 */
#ifndef SERVER_TLS_OUT_H
#define SERVER_TLS_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/openssl.h"

enum {
	TLS_RECORD_MOST = 16384, /* bytes of content; RFC 8446 5.1 */
	TLS_RECORD_MORE = 256,	 /* what sealing adds to it, at most; RFC 8446 5.2 */
	TLS_BATCH_RECORDS = 4,
	TLS_BATCH_CONTENT = TLS_BATCH_RECORDS * TLS_RECORD_MOST,
	TLS_BATCH_SIZE = TLS_BATCH_RECORDS * (TLS_RECORD_MOST + TLS_RECORD_MORE),
};

struct tls_batch {
	size_t len, size;
	char *bytes;
};

struct tls_out {
	int fd;
	struct tls_batch *batch; /* or NULL */
	char *rest;		 /* rest[rest_at, rest_len) leaves before what is in the batch */
	size_t rest_at, rest_len, rest_size;
};

/* The kind of BIO; NULL when out of memory.  The caller's, for BIO_meth_free(). */
BIO_METHOD *tls_out_method(void);

/* A BIO whose bytes gather in *o, which is zero but for fd; NULL when out of memory. */
BIO *tls_out_new(struct tls_out *o, BIO_METHOD *);

/* Frees what has not been sent. */
void tls_out_fini(struct tls_out *);

/* Bytes that wait to be sent. */
static inline size_t
tls_out_pending(const struct tls_out *o)
{
	return o->rest_len - o->rest_at + (o->batch ? o->batch->len : 0);
}

/* Sends what has gathered; more: other bytes follow at once.  0 when all of it is out; else -1 with
 * errno, and with EAGAIN the rest is kept.  The batch is empty then and set no more. */
int tls_out_flush(struct tls_out *, bool more);

#endif
