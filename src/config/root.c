/* root - the last finisher: every root is a directory, and every host has something to serve. */
#include <errno.h>
#include <sys/stat.h>

#include "config/loader.h"

static bool
redirects(const struct settings *s)
{
	const struct redirect_rule *rule = s->redirect.first;

	while (rule && rule->rewrite)
		rule = rule->next;
	return rule;
}

static bool
serves(const struct settings *s)
{
	return (s->root && s->root->path.len > 0) || (s->fixed && !s->fixed->off) || redirects(s);
}

/* Roots are numbered in the order of their first mention. */
static void
list_roots(struct loader *l)
{
	const char **roots = arena_alloc(l->arena, l->roots.count * sizeof *roots);

	if (!roots)
		loader_complain_memory(l);
	for (size_t i = 0; roots && i < l->roots.size; i++) {
		const struct set_root *set = l->roots.entries[i].value;

		if (set)
			roots[set->index] = set->path.p;
	}
	l->config->roots = roots;
	l->config->root_count = l->roots.count;
}

static const char *
check_directory(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return errno == ENOENT ? "there is no such directory" : strerror(errno);
	return S_ISDIR(st.st_mode) ? NULL : "this is no directory";
}

/* Looks at each directory once; the complaint stands where it was first named. */
static void
check_root(struct loader *l, const struct place *p)
{
	const struct set_root *set = p->settings.root;
	const char *words;

	if (!set || set->path.len == 0 || (l->flags & CONFIG_ANY_ROOT) ||
	    table_get(&l->roots, set->path) != set)
		return;
	words = check_directory(set->path.p);
	if (words)
		loader_complain_key(l, p, "root", NULL, SLICE_NONE, "%s", words);
}

static void
complain_nothing(struct loader *l, const struct site *site, const struct place *p)
{
	static const char words[] = "needs a root, the folder whose files it serves: write "
				    "root = /srv/www, say";

	if (site->label.len > 0)
		loader_complain_place(l, p, "this host %s", words);
	else
		loader_complain_place(l, p, "the server %s", words);
}

static void
check_serves(struct loader *l)
{
	struct config *c = l->config;
	bool everywhere = serves(&c->server_settings);
	bool *served = arena_alloc(l->arena, c->site_count * sizeof *served);
	const struct place *p = l->hosts.first ? l->hosts.first : l->single[SECTION_SERVER];

	if (!served)
		loader_complain_memory(l);
	for (size_t i = 0; served && i < c->location_count; i++) {
		const struct location *location = &c->locations[i];

		if (!serves(&location->settings))
			continue;
		if (location->site)
			served[location->site - c->sites] = true;
		else
			everywhere = true;
	}
	for (size_t i = 0; served && i < c->site_count; i++, p = p->next)
		if (!everywhere && !served[i] && !serves(&c->sites[i].settings) &&
		    !place_find_said(p, "root") &&
		    !place_find_said(l->single[SECTION_SERVER], "root"))
			complain_nothing(l, &c->sites[i], p);
}

static bool
leaves(const struct place *p)
{
	const struct set_symlinks *links = p->settings.symlinks;

	return links && (links->policy == SYMLINKS_OWNER || links->policy == SYMLINKS_ALLOW);
}

/* What may be read besides the roots matters where links may lead there. */
static void
check_sandbox(struct loader *l)
{
	const struct place *server = l->single[SECTION_SERVER], *leaving = NULL;
	const struct server_config *s = &l->config->server;

	if (leaves(server))
		leaving = server;
	for (const struct place *p = l->hosts.first; p && !leaving; p = p->next)
		leaving = leaves(p) ? p : NULL;
	for (const struct place *p = l->locations.first; p && !leaving; p = p->next)
		leaving = leaves(p) ? p : NULL;
	if (s->sandbox_read && !leaving)
		loader_warn_key(l, server, "sandbox_read",
				"this changes nothing: links lead out of a root with symlinks = "
				"owner or allow only");
	if (!s->sandbox_read && leaving && s->sandbox != SANDBOX_OFF)
		loader_warn_key(l, leaving, "symlinks",
				"links that lead out of the roots find nothing: sandbox_read in "
				"[server] says what may be read there");
}

void
root_finish(struct loader *l)
{
	list_roots(l);
	check_root(l, l->single[SECTION_SERVER]);
	for (const struct place *p = l->hosts.first; p; p = p->next)
		check_root(l, p);
	for (const struct place *p = l->locations.first; p; p = p->next)
		check_root(l, p);
	if (l->config->sites)
		check_serves(l);
	check_sandbox(l);
}
