/* tls_stub - see tls.h and tls_context.h: a build without OpenSSL, where no listener has tls. */
#include "config.h"

#include "server/tls.h"

#include "log/error_log.h"
#include "server/tls_context.h"

struct tls_context *
tls_context_new(const struct config *config)
{
	(void)config;
	error_log(LOG_LEVEL_ERROR, "this tinyhttpd was built without OpenSSL, which tls needs");
	return NULL;
}

void
tls_context_free(struct tls_context *t)
{
	(void)t;
}

struct ticket_keys *
tls_context_ticket_keys(const struct tls_context *t)
{
	(void)t;
	return NULL;
}

bool
tls_begin(struct transport *t, struct tls_context *context, size_t listener)
{
	(void)t, (void)context, (void)listener;
	return false;
}

enum tls_progress
tls_handshake(struct transport *t)
{
	(void)t;
	return TLS_FAILED;
}

const struct site *
tls_site(const struct transport *t)
{
	(void)t;
	return NULL;
}

bool
tls_is_http2(const struct transport *t)
{
	(void)t;
	return false;
}

const char *
tls_words(const struct transport *t)
{
	(void)t;
	return "";
}

struct slice
tls_fact(const struct transport *t, enum tls_fact which)
{
	(void)t, (void)which;
	return SLICE_NONE;
}
