/* tls_context - see tls_context.h. */
#include "config.h"

#include "server/tls_context.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/pem.h"
#include "http/http2_library.h"
#include "log/error_log.h"
#include "server/ticket_keys.h"
#include "server/tls_private.h"

struct tls_context {
	const struct config *config;
	struct ticket_keys *tickets;
	SSL_CTX *base;	 /* for connections whose host is not known yet; never has a certificate */
	SSL_CTX **sites; /* in the order of config->sites; NULL = no certificate */
	BIO_METHOD *out;
};

/* What failed and is not OpenSSL's was memory. */
static const char *
library_words(void)
{
	const char *words = ERR_reason_error_string(ERR_peek_last_error());

	return words ? words : "out of memory";
}

/* Tickets. */

static int64_t
now_ms(void)
{
	return clock_monotonic_ms();
}

static bool
set_up(const struct ticket_key *k, const unsigned char *iv, EVP_CIPHER_CTX *cipher,
       EVP_MAC_CTX *mac, bool seal)
{
	char sha256[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)(uintptr_t)k->hmac,
						  sizeof k->hmac),
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256, 0),
		OSSL_PARAM_construct_end(),
	};

	return EVP_MAC_CTX_set_params(mac, params) == 1 &&
	       EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, k->aes, iv, seal) == 1;
}

/* SSL_CTX_set_tlsext_ticket_key_evp_cb(3): 1 = go on, 2 = and replace it, 0 = a full handshake. */
static int
ticket_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
	   EVP_MAC_CTX *mac, int seal)
{
	const struct tls *tls = SSL_get_app_data(ssl);
	struct ticket_keys *keys = tls->context->tickets;
	struct ticket_key key;
	bool renew = false, good;

	if (seal) {
		good = ticket_keys_seal(keys, now_ms(), &key) &&
		       RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1;
		memcpy(name, key.name, TICKET_NAME_SIZE);
	} else {
		good = ticket_keys_open(keys, now_ms(), name, &key, &renew);
		if (!good)
			return 0;
		/* RFC 8446 C.4: a ticket is good for one connection, so the client needs another */
		renew = renew || SSL_version(ssl) == TLS1_3_VERSION;
	}
	good = good && set_up(&key, iv, cipher, mac, seal);
	OPENSSL_cleanse(&key, sizeof key);
	return good ? 1 + renew : -1;
}

/* Which host. */

/* The name in server_name (RFC 6066 3), or an empty slice.  There is one, of type host_name. */
static struct slice
asked_name(SSL *ssl)
{
	const unsigned char *p;
	size_t len;

	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &p, &len) != 1 || len < 5 ||
	    (size_t)(p[0] << 8 | p[1]) != len - 2 || p[2] != TLSEXT_NAMETYPE_host_name ||
	    (size_t)(p[3] << 8 | p[4]) != len - 5)
		return SLICE_NONE;
	return slice_from((const char *)p + 5, len - 5);
}

static bool
is_host_name(struct slice name)
{
	for (size_t i = 0; name.p && i < name.len; i++)
		if (name.p[i] <= ' ' || name.p[i] == 0x7f)
			return false;
	return true;
}

static int
choose_host(SSL *ssl, int *alert, void *arg)
{
	const struct tls_context *t = arg;
	struct tls *tls = SSL_get_app_data(ssl);
	struct slice name = asked_name(ssl);
	const struct site *site = NULL;
	SSL_CTX *ctx;

	if (slice_ends(name, SLICE(".")))
		name.len--;
	if (is_host_name(name))
		site = config_find_site(t->config, name, tls->listener);
	ctx = site ? t->sites[site - t->config->sites] : NULL;
	if (!ctx || !SSL_set_SSL_CTX(ssl, ctx)) {
		tls->unserved = true;
		*alert = SSL_AD_UNRECOGNIZED_NAME;
		return SSL_CLIENT_HELLO_ERROR;
	}
	/* it has taken over the certificates and the session context, but not this */
	SSL_set_verify(ssl, SSL_CTX_get_verify_mode(ctx), NULL);
	tls->site = site;
	return SSL_CLIENT_HELLO_SUCCESS;
}

/* ALPN (RFC 7301): what there is, the best first; each with its length in front. */
static const char alpn[] = "\x02h2\x08http/1.1";

enum { ALPN_HTTP2 = 3 }; /* bytes of it that are HTTP/2 */

static struct slice
protocols_of(const struct tls_config *c)
{
	bool http2 = c->http2->on && http2_library();

	return slice_after(slice_from(alpn, sizeof alpn - 1), http2 ? 0 : ALPN_HTTP2);
}

static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
		const unsigned char *offered, unsigned offered_len, void *arg)
{
	const struct tls_context *t = arg;
	struct slice known = protocols_of(&t->config->tls);
	unsigned char *chosen;

	if (SSL_select_next_proto(&chosen, out_len, (const unsigned char *)known.p,
				  (unsigned)known.len, offered,
				  offered_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	/* who speaks it has one connection at a time (RFC 9113 9.1), so needs one ticket */
	if (t->tickets && *out_len == ALPN_HTTP2 - 1)
		SSL_set_num_tickets(ssl, 1);
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* A context. */

/* Words to a list with a colon between them.  NULL when out of memory. */
static char *
join(const struct set_words *list, bool tls13)
{
	size_t len = 1, at = 0;
	char *out;

	for (size_t i = 0; i < list->count; i++)
		len += list->words[i].len + 1;
	out = malloc(len);
	for (size_t i = 0; out && i < list->count; i++) {
		struct slice w = list->words[i];

		if (slice_starts(w, SLICE("TLS_")) != tls13)
			continue;
		if (at > 0)
			out[at++] = ':';
		memcpy(out + at, w.p, w.len);
		at += w.len;
	}
	if (out)
		out[at] = '\0';
	return out;
}

/* The newest group that is built in comes first: a library that is older does without it. */
static bool
use_groups(SSL_CTX *ctx, char *groups, bool said)
{
	while (SSL_CTX_set1_groups_list(ctx, groups) != 1) {
		char *colon = strchr(groups, ':');

		ERR_clear_error();
		if (said || !colon)
			return false;
		groups = colon + 1;
	}
	return true;
}

static bool
set_algorithms(SSL_CTX *ctx, const struct tls_config *c)
{
	char *old = join(c->ciphers, false), *new = join(c->ciphers, true);
	char *groups = join(c->groups, false);
	bool good = old && new &&groups &&
		    (*old == '\0' || SSL_CTX_set_cipher_list(ctx, old) == 1) &&
		    SSL_CTX_set_ciphersuites(ctx, new) == 1 &&
		    use_groups(ctx, groups, c->groups->at.file);

	free(old);
	free(new);
	free(groups);
	return good;
}

static unsigned
least_version(const struct tls_config *c)
{
	return c->protocols & TLS_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

static unsigned
greatest_version(const struct tls_config *c)
{
	return c->protocols & TLS_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
}

/* What all contexts have in common.  Sessions are kept by clients alone, in their tickets. */
static SSL_CTX *
new_context(struct tls_context *t)
{
	const struct tls_config *c = &t->config->tls;
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (!ctx || !set_algorithms(ctx, c) ||
	    SSL_CTX_set_min_proto_version(ctx, (int)least_version(c)) != 1 ||
	    SSL_CTX_set_max_proto_version(ctx, (int)greatest_version(c)) != 1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					 SSL_OP_IGNORE_UNEXPECTED_EOF);
	if (c->ktls->on)
		SSL_CTX_set_options(ctx, SSL_OP_ENABLE_KTLS);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, t);
	SSL_CTX_set_client_hello_cb(ctx, choose_host, t);
	if (!t->tickets) {
		SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
		SSL_CTX_set_num_tickets(ctx, 0);
		return ctx;
	}
	SSL_CTX_set_timeout(ctx, (long)(c->tickets_ms / 1000));
	SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, ticket_key);
	return ctx;
}

/* The last one was read, and no other failed to be: half a chain would be believed to be one. */
static bool
was_last(void)
{
	bool last = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;

	if (last)
		ERR_clear_error();
	return last;
}

static bool
use_chain(SSL_CTX *ctx, BIO *bio)
{
	X509 *x = PEM_read_bio_X509_AUX(bio, NULL, pem_no_password, NULL);
	bool good =
		x && SSL_CTX_use_certificate(ctx, x) == 1 && SSL_CTX_clear_chain_certs(ctx) == 1;

	X509_free(x);
	while (good && (x = PEM_read_bio_X509(bio, NULL, pem_no_password, NULL)))
		if (SSL_CTX_add0_chain_cert(ctx, x) != 1) {
			X509_free(x);
			good = false;
		}
	return good && was_last();
}

static bool
use_certificate(SSL_CTX *ctx, const struct certificate *c)
{
	BIO *bio = pem_open(c->pem), *key_bio = pem_open(c->key_pem);
	EVP_PKEY *key = NULL;
	bool good;

	if (key_bio)
		key = PEM_read_bio_PrivateKey(key_bio, NULL, pem_no_password, NULL);
	good = bio && key && use_chain(ctx, bio) && SSL_CTX_use_PrivateKey(ctx, key) == 1;
	EVP_PKEY_free(key);
	BIO_free(key_bio);
	BIO_free(bio);
	return good;
}

/* The authorities, and their names, which clients choose a certificate by. */
static bool
use_client_ca(SSL_CTX *ctx, const struct client_ca *ca)
{
	BIO *bio = pem_open(ca->pem);
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	bool good = bio;
	X509 *x;

	while (good && (x = PEM_read_bio_X509(bio, NULL, pem_no_password, NULL))) {
		good = X509_STORE_add_cert(store, x) == 1 && SSL_CTX_add_client_CA(ctx, x) == 1;
		X509_free(x);
	}
	BIO_free(bio);
	good = good && was_last();
	SSL_CTX_set_verify(
		ctx, SSL_VERIFY_PEER | (ca->optional ? 0 : SSL_VERIFY_FAIL_IF_NO_PEER_CERT), NULL);
	return good;
}

/*
 * What a session belongs to: the host, and what it asks of its clients.  The same on replicas, and
 * not changed by a new certificate.
 */
static bool
set_session_context(SSL_CTX *ctx, const struct site *site)
{
	static const char *const how[] = { "", "optional", "required" };
	unsigned char id[DIGEST_SIZE];
	bool asks = site->client_ca.pem.len > 0;
	struct digest *d = digest_new();
	bool good = d && digest_add(d, slice_from(site->label.p, site->label.len)) &&
		    digest_add(d, slice_from("", 1)) &&
		    digest_add(d, slice_of(how[!asks			  ? 0
					       : site->client_ca.optional ? 1
									  : 2])) &&
		    digest_add(d, slice_from("", 1)) &&
		    (!asks || digest_add(d, site->client_ca.pem)) && digest_end(d, id);

	digest_free(d);
	return good && SSL_CTX_set_session_id_context(ctx, id, sizeof id) == 1;
}

static SSL_CTX *
new_site(struct tls_context *t, const struct site *site)
{
	SSL_CTX *ctx = new_context(t);
	bool good = ctx && set_session_context(ctx, site);

	for (size_t i = 0; good && i < site->certificate_count; i++)
		good = use_certificate(ctx, site->certificates[i]);
	if (good && site->client_ca.pem.len > 0)
		good = use_client_ca(ctx, &site->client_ca);
	if (good)
		return ctx;
	error_log(LOG_LEVEL_ERROR, "%s:%u: TLS for this certificate: %s",
		  site->certificates[0]->at.file, site->certificates[0]->at.line, library_words());
	SSL_CTX_free(ctx);
	return NULL;
}

/* Asks the kernel: a connected socket is needed to get any answer but "not connected". */
static bool
kernel_has_tls(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool has = fd != -1 &&
		   (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3) == 0 || errno == ENOTCONN);

	if (fd != -1)
		close(fd);
	return has;
}

static void
look_for_ktls(const struct tls_config *c)
{
	if (!c->ktls->on)
		return;
	if (kernel_has_tls())
		error_log(LOG_LEVEL_NOTICE, "ktls: the kernel encrypts where it knows the cipher");
	else
		error_log(LOG_LEVEL_WARN,
			  "%s:%u: ktls = on, but this kernel has no TLS (%s): "
			  "OpenSSL encrypts; modprobe tls may help",
			  c->ktls->at.file, c->ktls->at.line, strerror(errno));
}

static bool
make_tickets(struct tls_context *t)
{
	const struct tls_config *c = &t->config->tls;
	const struct set_words *fixed = c->ticket_keys;
	bool any = fixed && fixed->count > 0;

	if (c->tickets_ms > 0)
		t->tickets = ticket_keys_new(c->tickets_ms, any ? fixed->words : NULL,
					     any ? fixed->count : 0, now_ms());
	return c->tickets_ms == 0 || t->tickets;
}

struct tls_context *
tls_context_new(const struct config *config)
{
	const char *missing = openssl_load();
	struct tls_context *t;
	bool good;

	if (missing) {
		error_log(LOG_LEVEL_ERROR, "TLS cannot be set up: %s", missing);
		return NULL;
	}
	t = calloc(1, sizeof *t);
	good = t;
	ERR_clear_error();
	if (t) {
		t->config = config;
		t->sites = calloc(config->site_count, sizeof(SSL_CTX *));
		good = t->sites && make_tickets(t) && (t->base = new_context(t)) &&
		       (t->out = tls_out_method());
	}
	if (!good)
		error_log(LOG_LEVEL_ERROR, "TLS cannot be set up: %s", library_words());
	for (size_t i = 0; good && i < config->site_count; i++)
		if (config->sites[i].certificate_count > 0)
			good = (t->sites[i] = new_site(t, &config->sites[i]));
	if (good) {
		look_for_ktls(&config->tls);
		return t;
	}
	tls_context_free(t);
	return NULL;
}

void
tls_context_free(struct tls_context *t)
{
	if (!t)
		return;
	for (size_t i = 0; t->sites && i < t->config->site_count; i++)
		SSL_CTX_free(t->sites[i]);
	SSL_CTX_free(t->base);
	BIO_meth_free(t->out);
	ticket_keys_free(t->tickets);
	free(t->sites);
	free(t);
}

struct ticket_keys *
tls_context_ticket_keys(const struct tls_context *t)
{
	return t->tickets;
}

bool
tls_context_gather(const struct tls_context *t, struct tls *tls)
{
	BIO *bio = SSL_get_wbio(tls->ssl);

	if (bio && BIO_get_data(bio) == &tls->out)
		return true;
	bio = tls_out_new(&tls->out, t->out);
	if (bio)
		SSL_set0_wbio(tls->ssl, bio);
	return bio;
}

/* With ktls OpenSSL must write to the socket itself. */
static bool
connect_both(const struct tls_context *t, struct tls *tls)
{
	BIO *bio;

	if (t->config->tls.ktls->on)
		return SSL_set_fd(tls->ssl, tls->out.fd) == 1;
	bio = BIO_new_socket(tls->out.fd, BIO_NOCLOSE);
	if (bio)
		SSL_set0_rbio(tls->ssl, bio);
	return bio && tls_context_gather(t, tls);
}

SSL *
tls_context_start(const struct tls_context *t, struct tls *tls)
{
	SSL *ssl = SSL_new(t->base);

	tls->ssl = ssl;
	if (ssl && SSL_set_app_data(ssl, tls) == 1 && connect_both(t, tls)) {
		SSL_set_accept_state(ssl);
		return ssl;
	}
	SSL_free(ssl);
	return NULL;
}
