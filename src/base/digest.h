/*
 * digest - SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104), done by OpenSSL's libcrypto.
 *
 * A build without it has the same functions, and all of them fail: what needs them asks
 * digest_missing() when the configuration is read, or before the sandbox is built.  Any thread; a struct digest is one thread's.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/slice.h"

enum { DIGEST_SIZE = 32 };

/* Why there are none, in words for the user; NULL where they can be made. */
const char *digest_missing(void);

struct digest;

/* The digest of bytes that come piece by piece.  NULL when out of memory, or not available. */
struct digest *digest_new(void);
bool digest_add(struct digest *, struct slice);
bool digest_end(struct digest *, unsigned char out[DIGEST_SIZE]);

/* NULL is allowed. */
void digest_free(struct digest *);

/* False when out of memory, or not available. */
bool digest_hmac(struct slice key, struct slice text, unsigned char out[DIGEST_SIZE]);

/* In a time that does not tell how much of them is equal. */
bool digest_equal(const void *, const void *, size_t);

#endif
