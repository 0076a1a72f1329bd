/* tls_facts - see tls.h: what can be said of a connection in a log. */
#include "config.h"

#include "server/tls.h"


#include "server/tls_private.h"

/* RFC 4514, kept until the connection ends.  A client may have sent none. */
static const char *
subject_of(struct tls *tls)
{
	X509 *x = tls->client ? NULL : SSL_get0_peer_certificate(tls->ssl);
	BIO *bio = x ? BIO_new(BIO_s_mem()) : NULL;
	char *text;
	long len;

	if (bio && X509_NAME_print_ex(bio, X509_get_subject_name(x), 0, XN_FLAG_RFC2253) >= 0) {
		len = BIO_get_mem_data(bio, &text);
		tls->client = OPENSSL_strndup(text, (size_t)len);
	}
	BIO_free(bio);
	ERR_clear_error();
	return tls->client;
}

static const char *
fact(struct tls *tls, enum tls_fact which)
{
	switch (which) {
	case TLS_FACT_PROTOCOL:
		return SSL_get_version(tls->ssl);
	case TLS_FACT_CIPHER:
		return SSL_get_cipher_name(tls->ssl);
	case TLS_FACT_RESUMED:
		return SSL_session_reused(tls->ssl) ? "Resumed" : "Initial";
	case TLS_FACT_SNI:
		return SSL_get_servername(tls->ssl, TLSEXT_NAMETYPE_host_name);
	case TLS_FACT_SUBJECT:
		return subject_of(tls);
	case TLS_FACT_VERIFY:
		return SSL_get0_peer_certificate(tls->ssl) ? "SUCCESS" : "NONE";
	case TLS_FACT_COUNT:
		break;
	}
	return NULL;
}

struct slice
tls_fact(const struct transport *t, enum tls_fact which)
{
	return t->state ? slice_of(fact(t->state, which)) : SLICE_NONE;
}
