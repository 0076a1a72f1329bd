/* setter_tls - [tls], and what a [host] says of TLS. */
#include "config/setter.h"

#include "config/inputs.h"
#include "config/loader.h"
#include "config/suggest.h"
#include "http/http2_library.h"

enum { TICKET_KEY_SIZE = 80, HOUR_MS = 3600000 };

/* The one file that is named, and its bytes. */
static const char *
read_file(struct assignment *a, struct slice *path, struct slice *bytes)
{
	const char *words = setter_one_word(a);

	if (!words)
		words = setter_needs(a, x509_missing(), "tls needs");
	if (!words)
		words = setter_file(a, a->value.words[0].text, path, &a->shown);
	if (words)
		return words;
	words = inputs_read(a->loader->inputs, path->p, bytes);
	return words ? value_words(a->loader->arena, "cannot read it: %s", words) : NULL;
}

const char *
add_certificate(struct assignment *a)
{
	struct certificate_list *list = a->into;
	struct certificate one = { .at = a->at }, *grown;
	const char *words = read_file(a, &one.path, &one.pem);

	if (!words)
		words = x509_read(&one.facts, one.pem, a->loader->arena);
	for (size_t i = 0; !words && i < list->count; i++)
		if (slice_equal(list->items[i].facts.kind, one.facts.kind))
			words = assignment_said(a,
						value_words(a->loader->arena,
							    "a certificate with an %.*s key",
							    SLICE_FMT(one.facts.kind)),
						list->items[i].at);
	if (words)
		return words;
	grown = loader_grow(a->loader, list->items, list->count, sizeof one);
	if (!grown)
		return "out of memory";
	grown[list->count++] = one;
	list->items = grown;
	return NULL;
}

const char *
add_certificate_key(struct assignment *a)
{
	struct key_list *list = a->into;
	struct set_text one = { .at = a->at }, *grown;
	struct slice bytes;
	const char *words = read_file(a, &one.text, &bytes);

	if (words)
		return words;
	switch (x509_fits(SLICE_NONE, bytes)) {
	case X509_KEY_ENCRYPTED:
		return "this key has a password, and nobody is there to type it: take it off with "
		       "`openssl pkey -in OLD -out NEW`";
	case X509_KEY_NONE:
		return "there is no private key in it, which begins with -----BEGIN PRIVATE "
		       "KEY-----";
	default:
		break;
	}
	grown = loader_grow(a->loader, list->items, list->count, sizeof one);
	if (!grown)
		return "out of memory";
	grown[list->count++] = one;
	list->items = grown;
	return NULL;
}

const char *
set_client_ca(struct assignment *a)
{
	struct client_ca *set = arena_alloc(a->loader->arena, sizeof *set);
	const struct client_ca **into = a->into;
	const char *words = NULL;

	if (!set)
		return "out of memory";
	set->at = a->at;
	if (!assignment_is_off(a)) {
		words = read_file(a, &set->path, &set->pem);
		if (!words && x509_count(set->pem) == 0)
			words = "there is no certificate in it, or a damaged one";
	}
	if (!words)
		*into = set;
	return words;
}

const char *
set_client_verify(struct assignment *a)
{
	static const char *const known[] = { "optional", "required", NULL };
	struct set_switch *set = arena_alloc(a->loader->arena, sizeof *set);
	const struct set_switch **into = a->into;
	int i = setter_one_of(a, a->value.text, known);

	if (!set)
		return "out of memory";
	if (i == -1)
		return "this is required, or optional (who has no certificate is let in too)";
	*set = (struct set_switch){ .at = a->at, .on = i == 1 };
	*into = set;
	return NULL;
}

const char *
set_protocols(struct assignment *a)
{
	static const char *const known[] = { "TLSv1.2", "TLSv1.3", NULL };
	unsigned *into = a->into;

	*into = 0;
	for (size_t i = 0; i < a->value.count; i++) {
		int which = setter_one_of(a, a->value.words[i].text, known);

		if (which == -1)
			return "these are TLSv1.2 and TLSv1.3; what came before is broken";
		*into |= 1u << which;
	}
	return NULL;
}

/* What is built in is not asked about: that would begin OpenSSL at each start, for nothing where no
 * listener speaks TLS. */
static const char *
add_known(struct assignment *a, bool knows(const char *), const char *refuse)
{
	struct word *kept = arena_alloc(a->loader->arena, a->value.count * sizeof *kept);
	size_t count = 0;

	if (!kept)
		return "out of memory";
	for (size_t i = 0; i < a->value.count; i++) {
		struct slice name = arena_copy(a->loader->arena, a->value.words[i].text);

		if (!name.p)
			return "out of memory";
		kept[count++] = (struct word){ .text = name };
		if (a->at.file && !x509_missing() && !knows(name.p))
			return value_words(a->loader->arena, "%.*s: %s",
					   SLICE_FMT(slice_head(name, 100)), refuse);
	}
	a->value.words = kept;
	a->value.count = count;
	return setter_add_words(a, NULL);
}

const char *
set_ciphers(struct assignment *a)
{
	return add_known(
		a, x509_knows_cipher,
		"OpenSSL knows no cipher suite of that name; `openssl ciphers` lists them");
}

const char *
set_groups(struct assignment *a)
{
	return add_known(a, x509_knows_group,
			 "OpenSSL knows no group of that name, like X25519 or prime256v1");
}

const char *
set_tickets(struct assignment *a)
{
	a->loader->config->tls.tickets_at = a->at;
	if (!assignment_is_off(a))
		return set_number(a);
	*(uint64_t *)a->into = 0;
	return NULL;
}

/* The word becomes the key itself, and dump has the file. */
static const char *
read_ticket_key(struct assignment *a, struct slice *word)
{
	struct slice path, shown, bytes;
	const char *words = setter_file(a, *word, &path, &shown);

	if (words)
		return words;
	words = inputs_read(a->loader->inputs, path.p, &bytes);
	if (words)
		return value_words(a->loader->arena, "cannot read it: %s", words);
	if (bytes.len != TICKET_KEY_SIZE)
		return "such a key is a file of 80 bytes; make one with `openssl rand -out FILE 80`";
	*word = bytes;
	a->shown = arena_printf(a->loader->arena, "%.*s%s%.*s", SLICE_FMT(a->shown),
				a->shown.len > 0 ? " " : "", SLICE_FMT(shown));
	if (inputs_is_public(a->loader->inputs, path))
		loader_warn_key(a->loader, a->place, "ticket_keys",
				"%.*s can be read by everybody: say chmod o-r", SLICE_FMT(path));
	return a->shown.p ? NULL : "out of memory";
}

const char *
set_ticket_keys(struct assignment *a)
{
	const char *words =
		assignment_is_off(a) ? NULL : setter_needs(a, x509_missing(), "tls needs");

	if (words)
		return words;
	if (!assignment_is_off(a))
		a->shown = SLICE_NONE; /* made of the files, one by one */
	return setter_add_words(a, read_ticket_key);
}

const char *
set_http2(struct assignment *a)
{
	const struct set_switch **into = a->into;
	const char *words = set_switch(a);

	if (!words && a->at.file && (*into)->on && !http2_library())
		words = "this tinyhttpd was built without nghttp2, which HTTP/2 needs";
	return words;
}

const char *
set_https(struct assignment *a)
{
	struct set_https *set = arena_alloc(a->loader->arena, sizeof *set);
	const struct set_https **into = a->into;
	const struct word *w = a->value.words;
	uint64_t port = 443;

	if (!set)
		return "out of memory";
	if (assignment_is_off(a))
		port = 0;
	else if (!slice_equal_nocase(w[0].text, SLICE("redirect")) || a->value.count > 2 ||
		 (a->value.count == 2 && (!slice_to_number(w[1].text, 65535, &port) || port == 0)))
		return "this is redirect, or redirect PORT where it is not 443, or off";
	*set = (struct set_https){ .at = a->at, .port = (unsigned)port };
	*into = set;
	return NULL;
}

/* RFC 6797 6.1 */
static const char *
write_hsts(struct assignment *a, uint64_t ms, struct slice *out)
{
	bool subdomains = false, preload = false;

	for (size_t i = 1; i < a->value.count; i++) {
		struct slice word = a->value.words[i].text;

		if (slice_equal_nocase(word, SLICE("subdomains")))
			subdomains = true;
		else if (slice_equal_nocase(word, SLICE("preload")))
			preload = true;
		else
			return "behind the time stand subdomains and preload, or nothing";
	}
	if (preload && !(subdomains && ms >= 365 * 24ull * HOUR_MS))
		return "browsers preload only what says subdomains and 365d at least";
	*out = arena_printf(a->loader->arena, "max-age=%llu%s%s", (unsigned long long)(ms / 1000),
			    subdomains ? "; includeSubDomains" : "", preload ? "; preload" : "");
	return out->p ? NULL : "out of memory";
}

const char *
set_hsts(struct assignment *a)
{
	struct set_text *set = arena_alloc(a->loader->arena, sizeof *set);
	const struct set_text **into = a->into;
	const char *words = NULL;
	uint64_t ms = 0;

	if (!set)
		return "out of memory";
	set->at = a->at;
	if (!assignment_is_off(a)) {
		words = value_number(&ms, a->value.words[0].text, UNIT_TIME, 0,
				     10ull * 365 * 24 * HOUR_MS, a->loader->arena);
		if (!words)
			words = write_hsts(a, ms, &set->text);
	}
	if (!words)
		*into = set;
	return words;
}
