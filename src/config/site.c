/*
 * site - who answers for a name: the finisher of [host] and config_find_site().
 *
 * Two tables: whole names, and what follows the "*." of the others.  A look-up takes the whole
 * name, then cuts one part after the other off its front, so the longest suffix is found first.
 */
#include "config/config.h"

#include <arpa/inet.h>

#include "config/loader.h"
#include "config/problems.h"
#include "config/suggest.h"

enum { NAME_MAX_LENGTH = 255 }; /* no longer one can be in the tables */

/* A label that a client could ask for. */
static bool
label_is_name(struct slice label)
{
	size_t part = 0;

	for (size_t i = 0; i < label.len; i++) {
		int c = label.p[i] | 0x20;

		if (label.p[i] == '.' ? part == 0
				      : !((c >= 'a' && c <= 'z') || label.p[i] == '-' ||
					  (label.p[i] >= '0' && label.p[i] <= '9')))
			return false;
		part = label.p[i] == '.' ? 0 : part + 1;
		if (part > 63)
			return false;
	}
	return part > 0 && label.len <= 253;
}

static struct slice *
lower_copy(struct loader *l, struct slice s)
{
	struct slice *out = arena_alloc(l->arena, sizeof *out);
	char *bytes = arena_bytes(l->arena, s.len + 1);

	if (!out || !bytes)
		return NULL;
	for (size_t i = 0; i < s.len; i++)
		bytes[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] | 0x20 : s.p[i]);
	bytes[s.len] = '\0';
	*out = slice_from(bytes, s.len);
	return out;
}

/* A name is one host's only. */
static void
index_name(struct loader *l, const struct place *p, struct slice name)
{
	struct config_index *index = l->config->index;
	bool suffix = slice_starts(name, SLICE("*."));
	struct table *table = suffix ? &index->suffixes : &index->names;
	struct slice key = suffix ? slice_after(name, 2) : name;
	const struct site *other = table_get(table, key);
	const struct place *owner = l->hosts.first;

	if (!other) {
		if (!table_put(table, key, p->site))
			loader_complain_memory(l);
		return;
	}
	if (other == p->site)
		return;
	while (owner->site != other)
		owner = owner->next;
	loader_complain_key(l, p, "names", place_find_word(p, "names", name), SLICE_NONE,
			    "%.*s is a name of [%.*s] already, at %s:%u", SLICE_FMT(name),
			    SLICE_FMT(owner->name), place_word_at(owner, "names", name).file,
			    place_word_at(owner, "names", name).line);
}

static void
finish_names(struct loader *l, const struct place *p, struct site *site)
{
	const struct set_words *names = p->draft.names;
	struct slice *label = NULL;

	site->names_at = names ? names->at : p->at;
	if (names) {
		site->names = names->words;
		site->name_count = names->count;
	} else if (label_is_name(p->label) && !place_find_said(p, "names")) {
		label = lower_copy(l, p->label);
		site->names = label;
		site->name_count = label != NULL;
		if (!label)
			loader_complain_memory(l);
	}
	for (size_t i = 0; i < site->name_count; i++)
		index_name(l, p, site->names[i]);
}

/* The listener an `on` means, or listen_count. */
static size_t
find_listener(const struct config *c, struct slice text)
{
	struct address address;
	size_t i = 0;

	if (address_parse(&address, text))
		return c->server.listen_count;
	while (i < c->server.listen_count && !address_equal(&c->server.listen[i].address, &address))
		i++;
	return i;
}

static void
finish_listeners(struct loader *l, const struct place *p, struct site *site)
{
	const struct set_words *on = p->draft.on;
	const struct config *c = l->config;
	size_t *list;

	if (!on)
		return;
	list = arena_alloc(l->arena, on->count * sizeof *list);
	if (!list)
		loader_complain_memory(l);
	for (size_t i = 0; list && i < on->count; i++) {
		size_t found = find_listener(c, on->words[i]);

		if (found == c->server.listen_count) {
			struct suggestion s;

			suggest_init(&s, on->words[i]);
			for (size_t k = 0; k < c->server.listen_count; k++)
				suggest_try(&s, c->server.listen[k].text);
			loader_complain_key(l, p, "on", place_find_word(p, "on", on->words[i]),
					    s.best, "the server does not listen on %.*s",
					    SLICE_FMT(on->words[i]));
			continue;
		}
		list[site->on_count++] = found;
	}
	site->on = list;
}

/* At most one is the default; a single host is, unless it does not want to. */
static void
finish_default(struct loader *l, const struct place *p, struct site *site,
	       const struct place **before)
{
	const struct set_switch *said = p->draft.is_default;

	site->is_default = said ? said->on : l->hosts.count == 1;
	if (!site->is_default)
		return;
	if (*before)
		loader_complain_key(l, p, "default", NULL, SLICE_NONE,
				    "there is one default only, and it is [%.*s], at %s:%u",
				    SLICE_FMT((*before)->name),
				    (*before)->draft.is_default->at.file,
				    (*before)->draft.is_default->at.line);
	else
		l->config->default_site = site;
	*before = p;
}

static void
finish_hosts(struct loader *l, struct site *sites)
{
	const struct place *before = NULL;
	size_t n = 0;

	for (struct place *p = l->hosts.first; p; p = p->next) {
		struct site *site = p->site = &sites[n++];

		*site = (struct site){ .at = p->at, .label = p->label, .settings = p->settings };
		finish_listeners(l, p, site);
		finish_default(l, p, site, &before);
		finish_names(l, p, site);
		if (site->name_count == 0 && !site->is_default && !place_find_said(p, "names"))
			loader_complain_place(l, p,
					      "nobody can reach this host: its label is no "
					      "name, so say names = ...");
	}
}

void
site_finish(struct loader *l)
{
	size_t count = l->hosts.count ? l->hosts.count : 1;
	struct site *sites = arena_alloc(l->arena, count * sizeof *sites);
	struct config *c = l->config;

	if (!sites) {
		loader_complain_memory(l);
		return;
	}
	c->sites = sites;
	c->site_count = count;
	if (l->hosts.count > 0) {
		finish_hosts(l, sites);
		return;
	}
	sites->at = sites->names_at = l->single[SECTION_SERVER]->at;
	l->server_site = sites;
	sites->label = SLICE("");
	sites->is_default = true;
	c->default_site = sites;
	c->index->single_site = true;
}

/* ------------------------------------------------------------ look-up */

static bool
listens_on(const struct site *site, size_t listener)
{
	for (size_t i = 0; i < site->on_count; i++)
		if (site->on[i] == listener)
			return true;
	return site->on_count == 0 || listener == CONFIG_ANY_LISTENER;
}

/* An IPv6 address as the table has it; anything else as it is. */
static struct slice
canonical(struct slice name, char out[INET6_ADDRSTRLEN + 2])
{
	struct in6_addr address;

	if (name.len < 4 || name.len > INET6_ADDRSTRLEN || name.p[0] != '[')
		return name;
	memcpy(out, name.p + 1, name.len - 2);
	out[name.len - 2] = '\0';
	if (inet_pton(AF_INET6, out, &address) != 1)
		return name;
	out[0] = '[';
	inet_ntop(AF_INET6, &address, out + 1, INET6_ADDRSTRLEN);
	/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.strcpy): room for two brackets */
	strcat(out, "]");
	return slice_of(out);
}

static const struct site *
find_name(const struct config_index *index, struct slice name, size_t listener)
{
	char text[INET6_ADDRSTRLEN + 2];
	const struct site *site = table_get(&index->names, canonical(name, text));

	if (site && listens_on(site, listener))
		return site;
	for (size_t dot = slice_find(name, '.'); dot < name.len; dot = slice_find(name, '.')) {
		name = slice_after(name, dot + 1);
		site = table_get(&index->suffixes, name);
		if (site && listens_on(site, listener))
			return site;
	}
	return NULL;
}

const struct site *
config_find_site(const struct config *c, struct slice name, size_t listener)
{
	const struct site *site = NULL;

	if (c->index->single_site)
		return c->default_site;
	if (name.len > 0 && name.len <= NAME_MAX_LENGTH)
		site = find_name(c->index, name, listener);
	if (!site && c->default_site && listens_on(c->default_site, listener))
		site = c->default_site;
	return site;
}

/* "*.example.net" fits every name below that. */
static bool
suffix_fits(struct slice pattern, struct slice name)
{
	struct slice suffix = slice_after(pattern, 1);

	return slice_starts(pattern, SLICE("*.")) && name.len > suffix.len &&
	       slice_equal_nocase(slice_after(name, name.len - suffix.len), suffix);
}

const struct slice *
config_site_name(const struct site *site, struct slice name)
{
	char text[INET6_ADDRSTRLEN + 2];
	const struct slice *longest = NULL;

	name = canonical(name, text);
	for (size_t i = 0; i < site->name_count; i++) {
		const struct slice *one = &site->names[i];

		if (slice_equal_nocase(*one, name))
			return one;
		if (suffix_fits(*one, name) && (!longest || one->len > longest->len))
			longest = one;
	}
	return longest;
}
