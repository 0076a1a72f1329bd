/* x509 - see x509.h. */
#include "config.h"

#include "base/x509.h"

#include <arpa/inet.h>

#include "base/openssl.h"
#include "base/pem.h"

const char *
x509_library(void)
{
	static const char name[] = "OpenSSL " OPENSSL_VERSION_STR;

	return name;
}

const char *
x509_missing(void)
{
	return openssl_load();
}

/* The next certificate, or NULL; *end tells whether that is because there is no more. */
static X509 *
next_certificate(BIO *bio, bool *end)
{
	X509 *x = PEM_read_bio_X509_AUX(bio, NULL, pem_no_password, NULL);

	*end = !x && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
	ERR_clear_error();
	return x;
}

size_t
x509_count(struct slice pem)
{
	BIO *bio = pem_open(pem);
	size_t count = 0;
	bool end = false;
	X509 *x;

	if (!bio)
		return 0;
	while ((x = next_certificate(bio, &end))) {
		X509_free(x);
		count++;
	}
	BIO_free(bio);
	return end ? count : 0;
}

static X509 *
first_certificate(struct slice pem)
{
	BIO *bio = pem_open(pem);
	X509 *x;
	bool end;

	if (!bio)
		return NULL;
	x = next_certificate(bio, &end);
	BIO_free(bio);
	return x;
}

static int64_t
seconds_of(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

/* One alternative name, or an empty slice for a kind that no browser looks at. */
static struct slice
name_of(const GENERAL_NAME *g, struct arena *arena)
{
	const ASN1_STRING *s = g->type == GEN_DNS ? g->d.dNSName : g->d.iPAddress;
	const unsigned char *bytes = ASN1_STRING_get0_data(s);
	int len = ASN1_STRING_length(s);
	char text[INET6_ADDRSTRLEN] = "";
	struct slice copy;

	if (g->type == GEN_IPADD) {
		if (len == 4 || len == 16)
			inet_ntop(len == 4 ? AF_INET : AF_INET6, bytes, text, sizeof text);
		return arena_copy(arena, slice_of(text));
	}
	copy = arena_copy(arena, slice_from((const char *)bytes, (size_t)len));
	for (char *p = (char *)(uintptr_t)copy.p; p && *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p |= 0x20;
	return memchr(bytes, '\0', (size_t)len) ? SLICE("") : copy;
}

/* RFC 9525 2: what stands in the subject is no name. */
static bool
read_names(struct x509_facts *facts, X509 *x, struct arena *arena)
{
	GENERAL_NAMES *all = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	int count = all ? OPENSSL_sk_num((const OPENSSL_STACK *)all) : 0;
	struct slice *names = arena_alloc(arena, ((size_t)count + 1) * sizeof *names);

	for (int i = 0; names && i < count; i++) {
		const GENERAL_NAME *g = OPENSSL_sk_value((const OPENSSL_STACK *)all, i);
		struct slice name;

		if (g->type != GEN_DNS && g->type != GEN_IPADD)
			continue;
		name = name_of(g, arena);
		if (!name.p)
			names = NULL;
		else if (name.len > 0)
			names[facts->name_count++] = name;
	}
	GENERAL_NAMES_free(all);
	facts->names = names;
	return names;
}

static const char *
kind_of(X509 *x)
{
	switch (EVP_PKEY_get_base_id(X509_get0_pubkey(x))) {
	case EVP_PKEY_RSA:
		return "RSA";
	case EVP_PKEY_EC:
		return "ECDSA";
	case EVP_PKEY_ED25519:
		return "Ed25519";
	default:
		return "other";
	}
}

/* Does the library itself take it, with its idea of what is too weak? */
static const char *
try_certificate(X509 *x, struct arena *arena)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	bool good = ctx && SSL_CTX_use_certificate(ctx, x) == 1;
	const char *why = ERR_reason_error_string(ERR_peek_last_error());
	struct slice words;

	SSL_CTX_free(ctx);
	ERR_clear_error();
	if (good)
		return NULL;
	words = arena_printf(arena, "OpenSSL does not take this certificate: %s",
			     why ? why : "it does not say why");
	return words.p ? words.p : "out of memory";
}

static const char *
read_facts(struct x509_facts *facts, X509 *x, struct arena *arena)
{
	const char *words = try_certificate(x, arena);

	if (words)
		return words;
	facts->kind = slice_of(kind_of(x));
	facts->good_from_s = seconds_of(X509_get0_notBefore(x));
	facts->good_until_s = seconds_of(X509_get0_notAfter(x));
	return read_names(facts, x, arena) ? NULL : "out of memory";
}

const char *
x509_read(struct x509_facts *facts, struct slice pem, struct arena *arena)
{
	X509 *x = first_certificate(pem);
	const char *words;

	*facts = (struct x509_facts){ 0 };
	if (!x)
		return "there is no certificate in it, which begins with "
		       "-----BEGIN CERTIFICATE-----";
	words = read_facts(facts, x, arena);
	X509_free(x);
	if (!words && x509_count(pem) == 0)
		words = "a certificate behind the first one is damaged";
	return words;
}

enum x509_key
x509_fits(struct slice pem, struct slice key_pem)
{
	BIO *bio = pem_open(key_pem);
	enum x509_key result = X509_KEY_NONE;
	bool asked = false;
	EVP_PKEY *key;
	X509 *x;

	if (!bio)
		return X509_KEY_NONE;
	key = PEM_read_bio_PrivateKey(bio, NULL, pem_no_password, &asked);
	x = key ? first_certificate(pem) : NULL;
	if (asked)
		result = X509_KEY_ENCRYPTED;
	else if (key)
		result = x && EVP_PKEY_eq(X509_get0_pubkey(x), key) == 1 ? X509_KEY_FITS
									 : X509_KEY_OTHER;
	X509_free(x);
	EVP_PKEY_free(key);
	BIO_free(bio);
	ERR_clear_error();
	return result;
}

bool
x509_knows_cipher(const char *name)
{
	SSL_CTX *ctx = openssl_load() ? NULL : SSL_CTX_new(TLS_server_method());
	bool known =
		ctx && (strncmp(name, "TLS_", 4) == 0 ? SSL_CTX_set_ciphersuites(ctx, name) == 1
						      : SSL_CTX_set_cipher_list(ctx, name) == 1);

	if (!ctx)
		return false;
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return known;
}

bool
x509_knows_group(const char *name)
{
	SSL_CTX *ctx = openssl_load() ? NULL : SSL_CTX_new(TLS_server_method());
	/* the macro asks for a string that may be changed, and changes nothing */
	bool known = ctx && SSL_CTX_set1_groups_list(ctx, (void *)(uintptr_t)name) == 1;

	if (!ctx)
		return false;
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return known;
}
