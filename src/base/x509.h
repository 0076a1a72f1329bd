/*
 * x509 - what there is to know of certificates, keys and names of TLS before it is spoken.
 *
 * Works on the bytes of PEM files; whoever speaks TLS later reads the same bytes.  A build without
 * OpenSSL has x509_stub.c instead, which knows nothing.  What is returned lives in the arena.  Any
 * thread.
 */
#ifndef BASE_X509_H
#define BASE_X509_H

#include "base/arena.h"

/* Of the first certificate of a file, which is the server's own. */
struct x509_facts {
	const struct slice *names; /* DNS names in small letters, addresses as one writes them */
	size_t name_count;
	struct slice kind;		   /* "ECDSA", "RSA" ... */
	int64_t good_from_s, good_until_s; /* since 1970 */
};

enum x509_key {
	X509_KEY_FITS,
	X509_KEY_OTHER, /* of another certificate */
	X509_KEY_ENCRYPTED,
	X509_KEY_NONE, /* no private key in that file, or a broken one */
};

/* "OpenSSL 3.0.19", which it was built with, or NULL in a build without TLS. */
const char *x509_library(void);

/* Why there is no TLS, in words for the user; NULL where it can be spoken. */
const char *x509_missing(void);

/* Reads all certificates of the file.  NULL, or the words for the user. */
const char *x509_read(struct x509_facts *, struct slice pem, struct arena *);

/* Does the first private key of the file belong to the first certificate of the other one? */
enum x509_key x509_fits(struct slice pem, struct slice key_pem);

/* How many certificates are in the file, such as one of authorities; 0 also when one is broken. */
size_t x509_count(struct slice pem);

/* Does a name of the certificate cover that host name (RFC 9525 6.3)?  A "*." fits one part. */
bool x509_covers(const struct slice *names, size_t count, struct slice host);

/* Names as OpenSSL has them; `ECDHE-...` of TLS 1.2 as well as `TLS_...` of TLS 1.3. */
bool x509_knows_cipher(const char *name);
bool x509_knows_group(const char *name);

#endif
