/*
 * overruled - see overruled.h.
 *
 * A line is told of when it says `off`, a farther level says something else, and that would have
 * meant something for this answer.
 */
#include "config.h"

#include "command/overruled.h"

#include "base/glob.h"

static bool
always(const struct exchange *x)
{
	(void)x;
	return true;
}

static bool
is_file(const struct exchange *x)
{
	return x->file.p && x->response.status < 400;
}

static bool
is_folder(const struct exchange *x)
{
	return x->look.no_index;
}

static bool
is_missing(const struct exchange *x)
{
	return x->route.handler == HANDLER_STATIC && x->response.status == 404;
}

/* Where `clean_urls` could show a page, or lead away from it. */
static bool
is_page(const struct exchange *x)
{
	return is_missing(x) || slice_ends(x->file, SLICE(".html"));
}

/* What one value holds, for the nearest level that says anything. */
static const struct {
	size_t member;
	bool (*matters)(const struct exchange *);
	bool by_default; /* what is built in is not `off` */
} scalars[] = {
	{ offsetof(struct settings, root), is_missing, false },
	{ offsetof(struct settings, index), is_folder, true },
	{ offsetof(struct settings, etag), is_file, true },
	{ offsetof(struct settings, cache_control), is_file, false },
	{ offsetof(struct settings, security_headers), always, false },
	{ offsetof(struct settings, cors), always, false },
	{ offsetof(struct settings, clean_urls), is_page, false },
	{ offsetof(struct settings, fallback), is_missing, false },
	{ offsetof(struct settings, fixed), always, false },
	{ offsetof(struct settings, access), always, false },
	{ offsetof(struct settings, auth), always, false },
	{ offsetof(struct settings, referers), always, false },
	{ offsetof(struct settings, signed_links), always, false },
	{ offsetof(struct settings, limit_requests), always, false },
	{ offsetof(struct settings, limit_rate), always, false },
	{ offsetof(struct settings, methods), always, false },
};

enum { SCALARS = sizeof scalars / sizeof *scalars };

/* Where a level says that key, or NULL: every value begins with its origin. */
static const struct origin *
find_said(const struct settings *level, size_t member)
{
	return level ? *(const struct origin *const *)((const char *)level + member) : NULL;
}

static bool
is_off(const struct config *c, struct origin at)
{
	static const char *const words[] = { "off", "no", "false", "0" };
	struct slice value = said_at(c, at).value;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (slice_equal_nocase(value, slice_of(words[i])))
			return true;
	return false;
}

static bool
scalar_is_overruled(const struct exchange *x, size_t which, struct origin *at)
{
	const struct settings *const *level = x->route.scope->level;
	const struct origin *nearest = NULL, *farther = NULL;
	int i = 0;

	while (i < SCOPE_LEVELS && !nearest)
		nearest = find_said(level[i++], scalars[which].member);
	while (i < SCOPE_LEVELS && !farther)
		farther = find_said(level[i++], scalars[which].member);
	if (!nearest || !farther || !scalars[which].matters(x) || !is_off(x->config, *nearest))
		return false;
	*at = *nearest;
	return farther->file ? !is_off(x->config, *farther) : scalars[which].by_default;
}

/* ------------------------------------------------------------ chains */

static bool
fits(const struct redirect_rule *rule, struct slice path)
{
	return rule->glob ? glob_match(rule->from, path, NULL) : slice_equal(rule->from, path);
}

static bool
would_lead(const struct exchange *x, const struct scope *farther, bool rewrite)
{
	for (int i = 0; i < SCOPE_LEVELS; i++) {
		const struct settings *level = farther->level[i];
		const struct redirect_rule *rule = level ? level->redirect.first : NULL;

		for (; rule; rule = rule->next)
			if (rule->rewrite == rewrite && fits(rule, x->route.path))
				return true;
	}
	return false;
}

static bool
would_redirect(const struct exchange *x, const struct scope *farther)
{
	return x->route.handler != HANDLER_REDIRECT && would_lead(x, farther, false);
}

static bool
would_rewrite(const struct exchange *x, const struct scope *farther)
{
	return !x->route.rewrite && would_lead(x, farther, true);
}

static bool
has_rule(const struct scope *scope, struct slice name)
{
	const struct header_rule *rule = NULL;
	size_t at = 0;

	while (scope_next_header(scope, &at, &rule))
		if (slice_equal_nocase(rule->name, name))
			return true;
	return false;
}

static bool
would_add(const struct exchange *x, const struct scope *farther, bool always)
{
	const struct header_rule *rule = NULL;
	size_t at = 0;

	while (scope_next_header(farther, &at, &rule))
		if (rule->always == always && (always || x->response.status < 400) &&
		    !has_rule(x->route.scope, rule->name))
			return true;
	return false;
}

static bool
would_add_header(const struct exchange *x, const struct scope *farther)
{
	return would_add(x, farther, false);
}

static bool
would_add_always(const struct exchange *x, const struct scope *farther)
{
	return would_add(x, farther, true);
}

static bool
would_show_page(const struct exchange *x, const struct scope *farther)
{
	unsigned status = x->response.status;
	const struct error_rule *now, *then;

	if (status < 400)
		return false;
	now = scope_find_error(x->route.scope, status);
	then = scope_find_error(farther, status);
	return then && (!now || now->status < then->status); /* 404 comes before 4xx */
}

static bool
would_type(const struct exchange *x, const struct scope *farther)
{
	static const struct table none;
	struct origin at;

	return x->file.p && !scope_find_type(x->route.scope, &none, x->file, &at).p &&
	       scope_find_type(farther, &none, x->file, &at).p;
}

static struct origin
redirect_off(const struct settings *s)
{
	return s->redirect.off_at;
}

static struct origin
rewrite_off(const struct settings *s)
{
	return s->rewrite_off_at;
}

static struct origin
header_off(const struct settings *s)
{
	return s->header.off_at;
}

static struct origin
always_off(const struct settings *s)
{
	return s->header_always.off_at;
}

static struct origin
error_off(const struct settings *s)
{
	return s->error.off_at;
}

static struct origin
mime_off(const struct settings *s)
{
	return s->mime.off_at;
}

/* The keys that merge: where a level turned them off, and what the farther levels would do. */
static const struct {
	struct origin (*off)(const struct settings *);
	bool (*matters)(const struct exchange *, const struct scope *farther);
} chains[] = {
	{ redirect_off, would_redirect }, { rewrite_off, would_rewrite },
	{ header_off, would_add_header }, { always_off, would_add_always },
	{ error_off, would_show_page },	  { mime_off, would_type },
};

enum { CHAINS = sizeof chains / sizeof *chains };

static bool
chain_is_overruled(const struct exchange *x, size_t which, struct origin *at)
{
	struct scope farther = *x->route.scope;

	for (int i = 0; i < SCOPE_LEVELS; i++) {
		const struct settings *level = farther.level[i];

		farther.level[i] = NULL;
		if (!level || !chains[which].off(level).file)
			continue;
		*at = chains[which].off(level);
		return chains[which].matters(x, &farther);
	}
	return false;
}

bool
overruled_next(const struct exchange *x, size_t *at, struct said_line *line)
{
	while (*at < SCALARS + CHAINS) {
		size_t i = (*at)++;
		struct origin off = ORIGIN_BUILTIN;

		if (i < SCALARS ? !scalar_is_overruled(x, i, &off)
				: !chain_is_overruled(x, i - SCALARS, &off))
			continue;
		*line = said_at(x->config, off);
		if (i >= SCALARS)
			line->value = SLICE("off"); /* fields are written in quotes */
		return true;
	}
	return false;
}
