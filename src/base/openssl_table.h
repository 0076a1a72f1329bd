/*
 * openssl_table - the functions of OpenSSL by name, and how they get there.
 *
 * For openssl.c, and below openssl.h, which is what others include.
 */
#ifndef BASE_OPENSSL_TABLE_H
#define BASE_OPENSSL_TABLE_H

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

struct openssl_calls {
#define SSL_CALL(name)	  __typeof__(name) *name;
#define CRYPTO_CALL(name) __typeof__(name) *name;
#include "base/openssl_call.def"
#undef SSL_CALL
#undef CRYPTO_CALL
};

/* Constant, as far as it is loaded. */
extern struct openssl_calls openssl;

/*
 * Loads libcrypto alone, or both, at the first call.  NULL, or the words for the user, which stay
 * the same.  Any thread, but within the sandbox it cannot be done any more.
 */
const char *openssl_load_crypto(void);
const char *openssl_load(void);

#endif
