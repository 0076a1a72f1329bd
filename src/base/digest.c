/* digest - see digest.h. */
#include "config.h"

#include "base/digest.h"

#include <limits.h>

#include "base/openssl.h"

const char *
digest_missing(void)
{
	return openssl_load_crypto();
}

/* There is no struct digest: it is libcrypto's own context under another name. */
static EVP_MD_CTX *
context(struct digest *d)
{
	return (EVP_MD_CTX *)d;
}

struct digest *
digest_new(void)
{
	EVP_MD_CTX *c = digest_missing() ? NULL : EVP_MD_CTX_new();

	if (c && EVP_DigestInit_ex(c, EVP_sha256(), NULL) != 1) {
		EVP_MD_CTX_free(c);
		return NULL;
	}
	return (struct digest *)c;
}

bool
digest_add(struct digest *d, struct slice s)
{
	return EVP_DigestUpdate(context(d), s.p, s.len) == 1;
}

bool
digest_end(struct digest *d, unsigned char out[DIGEST_SIZE])
{
	return EVP_DigestFinal_ex(context(d), out, NULL) == 1;
}

void
digest_free(struct digest *d)
{
	if (d)
		EVP_MD_CTX_free(context(d));
}

bool
digest_hmac(struct slice key, struct slice text, unsigned char out[DIGEST_SIZE])
{
	return !digest_missing() && key.len <= INT_MAX &&
	       HMAC(EVP_sha256(), key.p, (int)key.len, (const unsigned char *)text.p, text.len, out,
		    NULL);
}

bool
digest_equal(const void *a, const void *b, size_t len)
{
	return !digest_missing() && CRYPTO_memcmp(a, b, len) == 0;
}
