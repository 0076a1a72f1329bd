/*
 * tls - the finisher of [tls] and of what hosts say of it.
 *
 * Behind it every host has its certificates, its own or those of [tls].  A host without any cannot
 * be reached by TLS; that is an error only where a listener would have nobody at all to speak for
 * it.
 */
#include "config/certificate.h"
#include "config/loader.h"

bool
config_tls_covers(const struct site *greeted, const struct site *asked, struct slice name)
{
	if (greeted == asked)
		return true;
	if (greeted->client_ca.pem.len > 0 || asked->client_ca.pem.len > 0)
		return false;
	for (size_t i = 0; i < greeted->certificate_count; i++)
		if (!x509_covers(greeted->certificates[i]->facts.names,
				 greeted->certificates[i]->facts.name_count, name))
			return false;
	return greeted->certificate_count > 0;
}

/* The section that speaks of certificates for the host: its own, or [tls]. */
static const struct place *
place_with(const struct loader *l, const struct place *host)
{
	return host && host->draft.certificates.count > 0 ? host : l->single[SECTION_TLS];
}

static void
take_certificates(struct loader *l, struct site *site, const struct place *host)
{
	const struct certificate_list *list = &place_with(l, host)->draft.certificates;
	const struct certificate **pointers =
		arena_alloc(l->arena, (list->count + 1) * sizeof *pointers);

	if (!pointers) {
		loader_complain_memory(l);
		return;
	}
	for (size_t i = 0; i < list->count; i++)
		pointers[i] = &list->items[i];
	site->certificates = pointers;
	site->certificate_count = list->count;
}

/* What a section does not say, the one behind it may. */
static void
take_rest(struct loader *l, struct site *site, const struct place *host)
{
	const struct draft *own = host ? &host->draft : &l->single[SECTION_TLS]->draft;
	const struct draft *tls = &l->single[SECTION_TLS]->draft;
	const struct draft *server = &l->single[SECTION_SERVER]->draft;
	const struct client_ca *ca = own->client_ca ? own->client_ca : tls->client_ca;
	const struct set_switch *verify =
		own->client_verify ? own->client_verify : tls->client_verify;
	const struct set_text *hsts = host && host->draft.hsts ? host->draft.hsts : server->hsts;
	const struct set_https *https =
		host && host->draft.https ? host->draft.https : server->https;

	if (ca)
		site->client_ca = *ca;
	site->client_ca.optional = verify && !verify->on;
	site->hsts = hsts && hsts->text.len > 0 ? hsts : NULL;
	site->https = https && https->port > 0 ? https : NULL;
	if (host && own->client_verify && site->client_ca.pem.len == 0)
		loader_complain_key(l, host, "client_verify", NULL, SLICE_NONE,
				    "there is nothing to verify them with: say client_ca = FILE");
}

static bool
answers_on(const struct site *site, size_t listener)
{
	for (size_t i = 0; i < site->on_count; i++)
		if (site->on[i] == listener)
			return true;
	return site->on_count == 0;
}

static bool
has_listener(const struct config *c, const struct site *site, bool tls, unsigned port)
{
	for (size_t i = 0; i < c->server.listen_count; i++)
		if (answers_on(site, i) && c->server.listen[i].tls == tls &&
		    (port == 0 || address_port(&c->server.listen[i].address) == port))
			return true;
	return false;
}

static bool
covered(const struct site *site, struct slice name)
{
	for (size_t i = 0; i < site->certificate_count; i++)
		if (x509_covers(site->certificates[i]->facts.names,
				site->certificates[i]->facts.name_count, name))
			return true;
	return false;
}

static void
warn_of_names(struct loader *l, const struct place *host, const struct site *site)
{
	for (size_t i = 0; i < site->name_count; i++)
		if (!covered(site, site->names[i]))
			loader_warn_key(l, host, "names",
					"%.*s is no name of the certificate %.*s, so clients that "
					"come with TLS turn away",
					SLICE_FMT(site->names[i]),
					SLICE_FMT(site->certificates[0]->path));
}

static void
warn_of_host(struct loader *l, const struct place *host, const struct site *site)
{
	const struct config *c = l->config;
	bool tls = has_listener(c, site, true, 0);

	if (tls && site->certificate_count > 0)
		warn_of_names(l, host, site);
	else if (tls)
		loader_warn_key(l, host, "certificate",
				"this host has none, so nobody reaches it with TLS: say "
				"certificate = FILE, here or in [tls], or on = ... without tls");
}

/* `https` and `hsts` are promises that somebody must keep. */
static void
warn_of_https(struct loader *l, const struct place *p, const struct site *site)
{
	const struct config *c = l->config;

	if (site->https && !has_listener(c, site, true, site->https->port))
		loader_warn_key(l, p, "https",
				"there is no listen = %u tls for that, so another program has to "
				"answer there",
				site->https->port);
}

static void
check_listener(struct loader *l, size_t i)
{
	const struct config *c = l->config;
	bool any = false;

	for (size_t k = 0; k < c->site_count; k++)
		any = any || (answers_on(&c->sites[k], i) && c->sites[k].certificate_count > 0);
	if (!any)
		loader_complain_key(l, l->single[SECTION_SERVER], "listen",
				    place_find_word(l->single[SECTION_SERVER], "listen",
						    c->server.listen[i].text),
				    SLICE_NONE,
				    "tls needs a certificate: say certificate = FILE and "
				    "certificate_key = FILE in [tls] or in a [host]");
}

/* A certificate was refused: there was a better complaint already. */
static bool
was_said(const struct loader *l)
{
	bool said = place_find_said(l->single[SECTION_TLS], "certificate");

	for (const struct place *p = l->hosts.first; p; p = p->next)
		said = said || place_find_said(p, "certificate");
	return said;
}

static void
warn_of_unused(struct loader *l, const struct place *p)
{
	if (l->config->tls.listen_count == 0 && p->draft.certificates.count > 0 &&
	    !place_find_said(l->single[SECTION_SERVER], "listen"))
		loader_warn_key(l, p, "certificate",
				"nothing uses it: say listen = 443 tls in [server]");
	else if (l->config->tls.listen_count == 0 && p->draft.certificates.count > 0)
		loader_warn_key(l, p, "certificate",
				"nothing uses it: no listen line has tls behind its port");
}

void
tls_finish(struct loader *l)
{
	struct config *c = l->config;
	struct place *host = l->hosts.first;

	certificate_find_keys(l, l->single[SECTION_TLS]);
	certificate_warn(l, l->single[SECTION_TLS]);
	warn_of_unused(l, l->single[SECTION_TLS]);
	for (struct place *p = host; p; p = p->next) {
		certificate_find_keys(l, p);
		certificate_warn(l, p);
		warn_of_unused(l, p);
	}
	for (size_t i = 0; c->sites && i < c->site_count; i++, host = host ? host->next : NULL) {
		struct site *site = host ? host->site : l->server_site;

		take_certificates(l, site, host);
		take_rest(l, site, host);
		if (host)
			warn_of_host(l, host, site);
		if (i == 0 || (host && host->draft.https))
			warn_of_https(l,
				      host && host->draft.https ? host : l->single[SECTION_SERVER],
				      site);
	}
	for (size_t i = 0; i < c->server.listen_count && !was_said(l); i++)
		if (c->server.listen[i].tls)
			check_listener(l, i);
}
