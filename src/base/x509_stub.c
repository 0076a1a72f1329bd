/* x509_stub - see x509.h: a build without OpenSSL. */
#include "config.h"

#include "base/x509.h"

const char *
x509_library(void)
{
	return NULL;
}

const char *
x509_missing(void)
{
	return "this tinyhttpd was built without OpenSSL";
}

const char *
x509_read(struct x509_facts *facts, struct slice pem, struct arena *arena)
{
	(void)facts, (void)pem, (void)arena;
	return x509_missing();
}

enum x509_key
x509_fits(struct slice pem, struct slice key_pem)
{
	(void)pem, (void)key_pem;
	return X509_KEY_NONE;
}

size_t
x509_count(struct slice pem)
{
	(void)pem;
	return 0;
}

bool
x509_knows_cipher(const char *name)
{
	(void)name;
	return false;
}

bool
x509_knows_group(const char *name)
{
	(void)name;
	return false;
}
