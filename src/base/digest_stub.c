/* digest_stub - see digest.h: a build without OpenSSL. */
#include "config.h"

#include "base/digest.h"

const char *
digest_missing(void)
{
	return "this tinyhttpd was built without OpenSSL";
}

struct digest *
digest_new(void)
{
	return NULL;
}

bool
digest_add(struct digest *d, struct slice s)
{
	(void)d, (void)s;
	return false;
}

bool
digest_end(struct digest *d, unsigned char out[DIGEST_SIZE])
{
	(void)d, (void)out;
	return false;
}

void
digest_free(struct digest *d)
{
	(void)d;
}

bool
digest_hmac(struct slice key, struct slice text, unsigned char out[DIGEST_SIZE])
{
	(void)key, (void)text, (void)out;
	return false;
}

bool
digest_equal(const void *a, const void *b, size_t len)
{
	(void)a, (void)b, (void)len;
	return false;
}
