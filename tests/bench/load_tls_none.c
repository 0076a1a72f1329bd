/* load_tls_none - load_tls.h where there is no OpenSSL. */
#include "config.h"

#include "load_tls.h"

#include <stddef.h>

uint64_t load_tls_handshakes, load_tls_resumed;

bool
load_tls_init(bool resume, const char *name)
{
	(void)resume, (void)name;
	return false;
}

struct load_tls *
load_tls_new(int fd)
{
	(void)fd;
	return NULL;
}

void
load_tls_free(struct load_tls *t)
{
	(void)t;
}

int
load_tls_handshake(struct load_tls *t)
{
	(void)t;
	return -1;
}

ssize_t
load_tls_send(struct load_tls *t, const void *bytes, size_t size)
{
	(void)t, (void)bytes, (void)size;
	return -1;
}

ssize_t
load_tls_recv(struct load_tls *t, void *buf, size_t size)
{
	(void)t, (void)buf, (void)size;
	return -1;
}
