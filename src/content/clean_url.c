/*
 * clean_url - see clean_url.h.
 *
 * It is only better when it leads to the same file: /about.html stays where there is a folder or a
 * file /about as well, and /dir/index.html where /dir/ shows another index.
 */
#include "config.h"

#include "content/clean_url.h"

#include "content/lookup.h"

static const struct slice ending = { ".html", 5 };

/* Does the path, looked up as a client would ask for it, lead to that file? */
static bool
leads_to(struct exchange *x, struct slice lookup, const struct file_entry *e)
{
	struct route route = x->route;
	struct found other = FOUND_NONE;
	struct look look = x->look;
	const char *reason;
	bool same;

	route.lookup = arena_copy(&x->arena, lookup); /* it ends with a NUL */
	same = route.lookup.p && lookup_find(&other, x, &route, &reason) == LOOKUP_FOUND &&
	       other.st.st_dev == e->file[CODING_IDENTITY].device &&
	       other.st.st_ino == e->file[CODING_IDENTITY].inode &&
	       slice_equal(other.path, e->path);
	found_close(&other);
	x->look = look; /* as if nobody had looked */
	return same;
}

static bool
is_index(const struct scope *scope, struct slice name)
{
	const struct set_words *names = scope->now.index;

	for (size_t i = 0; i < names->count; i++)
		if (slice_equal(names->words[i], name))
			return true;
	return false;
}

/* The path without its last count bytes, when that leads to the file as well. */
static struct slice
shorter(struct exchange *x, const struct file_entry *e, size_t count)
{
	const struct route *r = &x->route;
	struct slice path = slice_head(r->path, r->path.len - count);

	return leads_to(x, slice_head(r->lookup, r->lookup.len - count), e) ? path : SLICE_NONE;
}

struct slice
clean_url_find(struct exchange *x, const struct file_entry *e)
{
	const struct route *r = &x->route;
	struct slice better = SLICE_NONE, name, asked;

	if (!r->scope->now.clean_urls->on || r->rewrite)
		return SLICE_NONE;
	name = lookup_name(e->path);
	asked = lookup_name(r->lookup);
	if (asked.len == 0 || !slice_ends(name, ending) || name.len == ending.len)
		return SLICE_NONE; /* a folder was asked for, or no page */
	if (is_index(r->scope, name))
		better = shorter(x, e, asked.len); /* its folder */
	if (!better.p && slice_equal(asked, name))
		better = shorter(x, e, ending.len);
	return better;
}
