/* pem - see pem.h. */
#include "config.h"

#include "base/pem.h"

#include <limits.h>

BIO *
pem_open(struct slice bytes)
{
	if (openssl_load())
		return NULL;
	ERR_clear_error();
	return bytes.p && bytes.len <= INT_MAX ? BIO_new_mem_buf(bytes.p, (int)bytes.len) : NULL;
}

int
pem_no_password(char *out, int size, int writing, void *asked)
{
	bool *was_asked = asked;

	(void)out, (void)size, (void)writing;
	if (was_asked)
		*was_asked = true;
	return -1;
}
