/*
 * location - what a path means: the finisher of [location] and config_find_locations().
 *
 * The prefixes of a site stand sorted with '/' before every other byte.  Then everything below /a
 * stands in one piece behind /a, and of all prefixes of a path the longest is the last one that
 * sorts before it, or one that contains that: found by one binary search and a walk up the parents.
 */
#include "config/config.h"

#include <stdlib.h>

#include "base/glob.h"
#include "config/loader.h"
#include "config/suggest.h"

/* '/' first, then by bytes; what is shorter first. */
static int
compare_paths(struct slice a, struct slice b)
{
	for (size_t i = 0; i < a.len && i < b.len; i++) {
		int x = a.p[i] == '/' ? -1 : (unsigned char)a.p[i];
		int y = b.p[i] == '/' ? -1 : (unsigned char)b.p[i];

		if (x != y)
			return x - y;
	}
	return (a.len > b.len) - (a.len < b.len);
}

/* Does the prefix contain the path, by whole segments? */
static bool
contains(struct slice prefix, struct slice path)
{
	return slice_starts(path, prefix) && (path.len == prefix.len || path.p[prefix.len] == '/');
}

/* General ones last, then by path. */
static int
compare_prefixes(const void *x, const void *y)
{
	const struct location *a = *(const struct location *const *)x;
	const struct location *b = *(const struct location *const *)y;

	if (a->site != b->site)
		return !a->site || (b->site && a->site > b->site) ? 1 : -1;
	return compare_paths(a->path, b->path);
}

/* General ones last, then by their order in the file. */
static int
compare_globs(const void *x, const void *y)
{
	const struct location *a = *(const struct location *const *)x;
	const struct location *b = *(const struct location *const *)y;

	if (a->site != b->site)
		return !a->site || (b->site && a->site > b->site) ? 1 : -1;
	return (a > b) - (a < b);
}

/* Finds the range of each site in a sorted array; bound is where in by_site the ranges go. */
static void
find_ranges(const struct config *c, const struct location *const *sorted, size_t count,
	    size_t offset)
{
	for (size_t i = 0; i < count; i++) {
		const struct location *l = sorted[i];
		size_t site = l->site ? (size_t)(l->site - c->sites) : c->site_count;
		struct location_range *range = (void *)((char *)&c->index->by_site[site] + offset);

		if (range->count++ == 0)
			range->first = i;
	}
}

/* The nearest one before that contains it; parents of parents are known already. */
static void
find_parents(const struct config_index *index, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t p = i > 0 && index->prefixes[i - 1]->site == index->prefixes[i]->site
				   ? i - 1
				   : SIZE_MAX;

		while (p != SIZE_MAX &&
		       !contains(index->prefixes[p]->path, index->prefixes[i]->path))
			p = index->parents[p];
		index->parents[i] = p;
	}
}

static bool
build_index(struct loader *l)
{
	struct config *c = l->config;
	struct config_index *index = c->index;
	size_t prefixes = 0, globs = 0;

	index->prefixes = arena_alloc(l->arena, c->location_count * sizeof *index->prefixes);
	index->parents = arena_alloc(l->arena, c->location_count * sizeof *index->parents);
	index->globs = arena_alloc(l->arena, c->location_count * sizeof *index->globs);
	index->by_site = arena_alloc(l->arena, (c->site_count + 1) * sizeof *index->by_site);
	if (!index->prefixes || !index->parents || !index->globs || !index->by_site)
		return false;
	for (size_t i = 0; i < c->location_count; i++)
		if (c->locations[i].glob)
			index->globs[globs++] = &c->locations[i];
		else
			index->prefixes[prefixes++] = &c->locations[i];
	qsort(index->prefixes, prefixes, sizeof *index->prefixes, compare_prefixes);
	qsort(index->globs, globs, sizeof *index->globs, compare_globs);
	find_ranges(c, index->prefixes, prefixes, offsetof(struct site_locations, prefixes));
	find_ranges(c, index->globs, globs, offsetof(struct site_locations, globs));
	find_parents(index, prefixes);
	return true;
}

/* The site a location belongs to; false when it names one that does not exist. */
static bool
find_host(struct loader *l, const struct place *p, const struct site **site)
{
	const struct set_text *label = p->draft.host;
	const struct place *host = label ? table_get(&l->labels, label->text) : NULL;
	struct suggestion s;

	*site = host ? host->site : NULL;
	if (host || !label)
		return true;
	suggest_init(&s, label->text);
	for (const struct place *h = l->hosts.first; h; h = h->next)
		suggest_try(&s, h->label);
	loader_complain_key(l, p, "host", NULL, s.best, "there is no [host %.*s]",
			    SLICE_FMT(slice_head(label->text, 200)));
	return false;
}

static void
check_unique(struct loader *l, struct table *known, const struct place *p)
{
	struct slice host = p->draft.host ? p->draft.host->text : SLICE_NONE;
	struct slice key = arena_printf(l->arena, "%.*s\n%.*s", SLICE_FMT(host),
					SLICE_FMT(p->draft.path->text));
	const struct place *before = key.p ? table_get(known, key) : NULL;

	if (before)
		loader_complain_key(l, p, "path", NULL, SLICE_NONE,
				    "this path has its location already: [%.*s], at %s:%u",
				    SLICE_FMT(before->name), before->draft.path->at.file,
				    before->draft.path->at.line);
	else if (!key.p || !table_put(known, key, p))
		loader_complain_memory(l);
}

static void
finish_location(struct loader *l, const struct place *p, struct location *location,
		struct table *known)
{
	const struct site *site;
	bool has_host = find_host(l, p, &site);

	*location = (struct location){ .at = p->at,
				       .label = p->label,
				       .site = site,
				       .strip = p->draft.strip,
				       .settings = p->settings };
	if (!p->draft.path) {
		if (!place_find_said(p, "path"))
			loader_complain_place(l, p, "a location needs a path, like path = /docs/");
		return;
	}
	location->path = p->draft.path->text;
	location->glob = glob_is_pattern(location->path);
	location->last_segment =
		location->glob && slice_find(location->path, '/') == location->path.len;
	if (slice_find(location->path, '%') < location->path.len)
		loader_warn_key(l, p, "path",
				"paths are compared decoded: write the character "
				"itself for its %%XX");
	if (has_host)
		check_unique(l, known, p);
}

static bool
asks_for_password(const struct location *l)
{
	return !l->glob && l->settings.auth && l->settings.auth->file;
}

/* One path lies in the other, for requests of some host. */
static bool
lies_in(const struct location *inner, const struct location *outer)
{
	return inner != outer && !inner->glob &&
	       (!inner->site || !outer->site || inner->site == outer->site) &&
	       inner->path.len > outer->path.len && contains(outer->path, inner->path);
}

/*
 * Of prefix locations the longest alone holds, so a folder within a protected one is open unless
 * it says otherwise, which hardly anybody means.
 */
static void
warn_of_open_folders(struct loader *l, const struct location *outer)
{
	const struct location *inner = l->config->locations;

	for (const struct place *p = l->locations.first; p; p = p->next, inner++)
		if (lies_in(inner, outer) && !inner->settings.auth)
			loader_warn_key(
				l, p, "path",
				"the auth of [location %.*s] (%s:%u) does not hold for what "
				"lies here: say auth again, or auth = off",
				SLICE_FMT(outer->label), outer->settings.auth->at.file,
				outer->settings.auth->at.line);
}

void
location_finish(struct loader *l)
{
	struct config *c = l->config;
	struct location *locations = arena_alloc(l->arena, l->locations.count * sizeof *locations);
	struct table known;
	size_t n = 0;

	table_init(&known, false);
	for (const struct place *p = l->locations.first; p && locations; p = p->next)
		finish_location(l, p, &locations[n++], &known);
	table_fini(&known);
	c->locations = locations;
	c->location_count = n;
	for (size_t i = 0; locations && i < n; i++)
		if (asks_for_password(&locations[i]))
			warn_of_open_folders(l, &locations[i]);
	if (!locations || !c->sites || !build_index(l))
		loader_complain_memory(l);
}

/* ------------------------------------------------------------ look-up */

static const struct location *
find_prefix(const struct config_index *index, struct location_range range, struct slice path)
{
	size_t low = range.first, high = range.first + range.count;

	if (range.count == 0)
		return NULL;
	while (low < high) { /* the first one behind the path */
		size_t middle = low + (high - low) / 2;

		if (compare_paths(index->prefixes[middle]->path, path) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == range.first)
		return NULL;
	for (size_t i = low - 1; i != SIZE_MAX; i = index->parents[i])
		if (contains(index->prefixes[i]->path, path))
			return index->prefixes[i];
	return NULL;
}

static const struct location *
find_glob(const struct config_index *index, struct location_range range, struct slice path)
{
	struct slice last;

	if (range.count == 0)
		return NULL;
	last = slice_after(path, slice_find_last(path, '/') + 1);
	for (size_t i = range.first; i < range.first + range.count; i++) {
		const struct location *l = index->globs[i];

		if (glob_match(l->path, l->last_segment ? last : path, NULL))
			return l;
	}
	return NULL;
}

void
config_find_locations(const struct config *c, const struct site *site, struct slice path,
		      struct location_match *match)
{
	const struct config_index *index = c->index;
	const struct site_locations *general = &index->by_site[c->site_count];
	const struct site_locations *bound = site ? &index->by_site[site - c->sites] : general;
	const struct location *other;

	match->prefix = find_prefix(index, bound->prefixes, path);
	match->glob = find_glob(index, bound->globs, path);
	if (bound == general)
		return;
	other = find_prefix(index, general->prefixes, path);
	if (other && (!match->prefix || other->path.len > match->prefix->path.len))
		match->prefix = other;
	other = find_glob(index, general->globs, path);
	if (other && (!match->glob || other < match->glob)) /* all stand in the order of the file */
		match->glob = other;
}

void
config_scope(const struct config *c, const struct site *site, const struct location_match *match,
	     struct scope *scope)
{
	const struct settings *level[SCOPE_LEVELS] = {
		match && match->glob ? &match->glob->settings : NULL,
		match && match->prefix ? &match->prefix->settings : NULL,
		site ? &site->settings : NULL,
		&c->server_settings,
		&c->builtin,
	};

	scope_init(scope, level);
}
