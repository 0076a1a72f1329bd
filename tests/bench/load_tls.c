/* load_tls - see load_tls.h. */
#include "config.h"

#include "load_tls.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <stdint.h>

/* A connection is its SSL, so that neither needs a record of its own. */
static SSL_CTX *context;
static const char *host;
static SSL_SESSION *last; /* the newest that a server gave; NULL where none is taken up */

uint64_t load_tls_handshakes, load_tls_resumed;

static SSL *
ssl_of(struct load_tls *t)
{
	return (SSL *)(void *)t;
}

/* A ticket comes behind the handshake; the newest is good for all connections after it. */
static int
keep(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	SSL_SESSION_free(last);
	last = session;
	return 1; /* it is ours */
}

bool
load_tls_init(bool resume, const char *name)
{
	host = name;
	context = SSL_CTX_new(TLS_client_method());
	if (!context)
		return false;
	SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
	SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	if (resume)
		SSL_CTX_sess_set_new_cb(context, keep);
	return SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") == 1 &&
	       SSL_CTX_set1_groups_list(context, "X25519") == 1;
}

/* A copy, as OpenSSL spoils the one of a connection when that gets the next ticket. */
static bool
take_up(SSL *ssl)
{
	SSL_SESSION *copy = SSL_SESSION_dup(last);
	bool good = copy && SSL_set_session(ssl, copy) == 1;

	SSL_SESSION_free(copy);
	return good;
}

struct load_tls *
load_tls_new(int fd)
{
	SSL *ssl = SSL_new(context);
	char *name = (char *)(uintptr_t)host; /* the macro drops const */

	if (!ssl || SSL_set_fd(ssl, fd) != 1 || SSL_set_tlsext_host_name(ssl, name) != 1 ||
	    (last && !take_up(ssl))) {
		SSL_free(ssl);
		return NULL;
	}
	return (struct load_tls *)(void *)ssl;
}

void
load_tls_free(struct load_tls *t)
{
	if (t)
		SSL_set_shutdown(ssl_of(t), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(ssl_of(t));
}

/* What a call came to, as system calls say it. */
static int
result_of(SSL *ssl, int n)
{
	switch (SSL_get_error(ssl, n)) {
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		errno = EAGAIN;
		return -1;
	default:
		errno = EPROTO;
		return -1;
	}
}

int
load_tls_handshake(struct load_tls *t)
{
	int n = SSL_connect(ssl_of(t));

	if (n != 1)
		return result_of(ssl_of(t), n) == -1 && errno == EAGAIN ? 0 : -1;
	load_tls_handshakes++;
	load_tls_resumed += SSL_session_reused(ssl_of(t)) == 1;
	return 1;
}

ssize_t
load_tls_send(struct load_tls *t, const void *bytes, size_t size)
{
	int n = SSL_write(ssl_of(t), bytes, (int)size);

	return n > 0 ? n : result_of(ssl_of(t), n);
}

ssize_t
load_tls_recv(struct load_tls *t, void *buf, size_t size)
{
	int n = SSL_read(ssl_of(t), buf, (int)size);

	return n > 0 ? n : result_of(ssl_of(t), n);
}
