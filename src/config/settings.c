/* settings - see settings.h. */
#include "config/settings.h"

#include "config/mime.h"

/* Visits every scalar key: SCALAR(member) */
#define SCALARS                                                                                    \
	SCALAR(root)                                                                               \
	SCALAR(index)                                                                              \
	SCALAR(default_type)                                                                       \
	SCALAR(charset)                                                                            \
	SCALAR(hidden)                                                                             \
	SCALAR(symlinks)                                                                           \
	SCALAR(listing)                                                                            \
	SCALAR(etag)                                                                               \
	SCALAR(gzip)                                                                               \
	SCALAR(cors)                                                                               \
	SCALAR(cache_control)                                                                      \
	SCALAR(security_headers)                                                                   \
	SCALAR(clean_urls)                                                                         \
	SCALAR(fallback)                                                                           \
	SCALAR(fixed)                                                                              \
	SCALAR(access)                                                                             \
	SCALAR(referers)                                                                           \
	SCALAR(signed_links)                                                                       \
	SCALAR(auth)                                                                               \
	SCALAR(limit_rate)                                                                         \
	SCALAR(limit_requests)                                                                     \
	SCALAR(methods)                                                                            \
	SCALAR(body_size)                                                                          \
	SCALAR(access_log)

void
scope_init(struct scope *scope, const struct settings *const level[SCOPE_LEVELS])
{
	memset(scope, 0, sizeof *scope);
	for (int i = 0; i < SCOPE_LEVELS; i++) {
		const struct settings *from = level[i];

		scope->level[i] = from;
		if (!from)
			continue;
#define SCALAR(member)                                                                             \
	if (!scope->now.member)                                                                    \
		scope->now.member = from->member;
		SCALARS
#undef SCALAR
	}
	if (scope->now.methods && scope->now.methods->allowed == 0)
		scope->now.methods = NULL; /* `off`: as if nobody had said anything */
}

static bool
speaks_of(const struct header_rule *rule, struct slice name)
{
	while (rule && !slice_equal_nocase(rule->name, name))
		rule = rule->next;
	return rule;
}

/* Does a level nearer than that one speak of the field? */
static bool
header_overruled(const struct scope *scope, size_t level, struct slice name)
{
	for (size_t i = 0; i < level; i++)
		if (scope->level[i] && (speaks_of(scope->level[i]->header.first, name) ||
					speaks_of(scope->level[i]->header_always.first, name)))
			return true;
	return false;
}

/* The rules of one key at a level; none where a nearer level has turned that key off. */
static const struct header_rule *
header_rules(const struct scope *scope, size_t level, bool always)
{
	const struct settings *s = scope->level[level];

	for (size_t i = 0; i < level; i++)
		if (scope->level[i] &&
		    (always ? scope->level[i]->header_always.off : scope->level[i]->header.off))
			return NULL;
	return !s ? NULL : always ? s->header_always.first : s->header.first;
}

bool
scope_next_header(const struct scope *scope, size_t *at, const struct header_rule **rule)
{
	const struct header_rule *next = *rule ? (*rule)->next : NULL;
	bool fresh = !*rule; /* the rules at *at are not begun yet: two keys a level */

	for (; *at < 2ul * SCOPE_LEVELS; ++*at, fresh = true) {
		if (fresh)
			next = header_rules(scope, *at / 2, *at % 2);
		for (; next; next = next->next)
			if (!header_overruled(scope, *at / 2, next->name)) {
				*rule = next;
				return true;
			}
	}
	return false;
}

/* A nearer level before a farther one. */
static const struct error_rule *
find_error(const struct scope *scope, unsigned status)
{
	for (int i = 0; i < SCOPE_LEVELS; i++) {
		if (!scope->level[i])
			continue;
		for (const struct error_rule *r = scope->level[i]->error.first; r; r = r->next)
			if (r->status == status)
				return r;
		if (scope->level[i]->error.off)
			break;
	}
	return NULL;
}

const struct error_rule *
scope_find_error(const struct scope *scope, unsigned status)
{
	const struct error_rule *exact = find_error(scope, status);

	return exact ? exact : find_error(scope, status / 100);
}

static const struct mime_rule *
find_extension(const struct scope *scope, const struct table *types, struct slice extension)
{
	for (int i = 0; i < SCOPE_LEVELS; i++) {
		if (!scope->level[i])
			continue;
		for (const struct mime_rule *r = scope->level[i]->mime.first; r; r = r->next)
			if (slice_equal_nocase(r->extension, extension))
				return r;
		if (scope->level[i]->mime.off)
			break;
	}
	return table_get(types, extension);
}

struct slice
scope_find_type(const struct scope *scope, const struct table *types, struct slice name,
		struct origin *at)
{
	size_t start = name.len > MIME_EXTENSION_MAX + 1 ? name.len - MIME_EXTENSION_MAX - 1 : 1;

	for (size_t i = start; i < name.len; i++) {
		const struct mime_rule *rule;

		if (name.p[i] != '.') /* not the first byte: ".png" has no extension */
			continue;
		rule = find_extension(scope, types, slice_after(name, i + 1));
		if (rule) {
			*at = rule->at;
			return rule->type;
		}
	}
	return SLICE_NONE;
}
