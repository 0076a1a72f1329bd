/* openssl - see openssl.h. */
#include "config.h"

#include "base/library.h"
#include "base/openssl_table.h"

LIBRARY_NOTE("tls", "TLS, auth, signed_links, etag = content",
	     "\"" OPENSSL_SSL_SONAME "\",\"" OPENSSL_CRYPTO_SONAME "\"");

struct openssl_calls openssl;

static void
find_in_crypto(struct library *l)
{
#define SSL_CALL(name)
#define CRYPTO_CALL(name) library_find(l, #name, &openssl.name);
#include "base/openssl_call.def"
#undef SSL_CALL
#undef CRYPTO_CALL
}

static void
find_in_ssl(struct library *l)
{
#define SSL_CALL(name) library_find(l, #name, &openssl.name);
#define CRYPTO_CALL(name)
#include "base/openssl_call.def"
#undef SSL_CALL
#undef CRYPTO_CALL
}

static struct library crypto = LIBRARY(OPENSSL_CRYPTO_SONAME, "OpenSSL", find_in_crypto),
		      ssl = LIBRARY(OPENSSL_SSL_SONAME, "OpenSSL", find_in_ssl);

const char *
openssl_load_crypto(void)
{
	return library_load(&crypto);
}

const char *
openssl_load(void)
{
	const char *words = openssl_load_crypto();

	return words ? words : library_load(&ssl);
}
