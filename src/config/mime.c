/* mime - see mime.h, and the finisher that lays [mime] over the built-in types. */
#include "config/mime.h"

#include "config/config.h"
#include "config/loader.h"
#include "config/pages.h"

const struct mime_rule mime_builtin[] = {
#define MIME_TYPE(name, media_type)                                                                \
	{ .extension = { name, sizeof name - 1 }, .type = { media_type, sizeof media_type - 1 } },
#include "config/mime_types.def"
#undef MIME_TYPE
};

const size_t mime_builtin_count = sizeof mime_builtin / sizeof *mime_builtin;

/* The levels that the section of a page inherits from. */
static void
scope_of(const struct loader *l, const struct place *p, struct scope *scope)
{
	const struct settings *level[SCOPE_LEVELS] = { NULL };
	const struct place *host = p;

	if (p->section == SECTION_LOCATION) {
		level[1] = &p->settings;
		host = p->draft.host ? table_get(&l->labels, p->draft.host->text) : NULL;
	}
	level[2] = host && host->section == SECTION_HOST ? &host->settings : NULL;
	level[3] = &l->single[SECTION_SERVER]->settings;
	level[4] = &l->builtin->settings;
	scope_init(scope, level);
}

static struct slice
base_name(struct slice path)
{
	size_t slash = slice_find_last(path, '/');

	return slash < path.len ? slice_after(path, slash + 1) : path;
}

/* Text on a line of the file is UTF-8; a file has the charset of its level. */
static void
finish_page(struct loader *l, struct page *page)
{
	struct slice charset = SLICE("utf-8"), type = page->type;
	struct scope scope;
	struct origin at;

	scope_of(l, page->place, &scope);
	if (page->file.len > 0)
		charset = scope.now.charset->text;
	if (type.len == 0 && page->file.len > 0)
		type = scope_find_type(&scope, &l->config->types, base_name(page->file), &at);
	if (type.len == 0 && page->file.len > 0)
		type = scope.now.default_type->text;
	if (type.len == 0)
		type = page->file.len > 0 ? SLICE("application/octet-stream") : SLICE("text/plain");
	if (slice_starts(type, SLICE("text/")) && slice_find(type, ';') == type.len &&
	    charset.len > 0)
		type = arena_printf(l->arena, "%.*s; charset=%.*s", SLICE_FMT(type),
				    SLICE_FMT(charset));
	page->fixed->type = type;
	if (!type.p)
		loader_complain_memory(l);
}

void
mime_finish(struct loader *l)
{
	struct table *types = &l->config->types;
	bool good = true;

	for (size_t i = 0; i < mime_builtin_count; i++)
		good = good && table_put(types, mime_builtin[i].extension, &mime_builtin[i]);
	for (size_t i = 0; i < l->extensions.size; i++)
		if (l->extensions.entries[i].value)
			good = good && table_put(types, l->extensions.entries[i].key,
						 l->extensions.entries[i].value);
	if (!good)
		loader_complain_memory(l);
	if (l->single[SECTION_GZIP]->draft.types)
		l->config->gzip.types = *l->single[SECTION_GZIP]->draft.types;
	for (struct page *page = l->pages; page; page = page->next)
		finish_page(l, page);
}

const struct slice *
config_gzip_type(const struct config *c, struct slice type)
{
	for (size_t i = 0; i < c->gzip.types.count; i++) {
		struct slice t = c->gzip.types.words[i];

		if (t.p[t.len - 1] == '*' ? slice_equal_nocase(slice_head(type, t.len - 1),
							       slice_head(t, t.len - 1))
					  : slice_equal_nocase(type, t))
			return &c->gzip.types.words[i];
	}
	return NULL;
}

bool
config_type_compresses(const struct config *c, struct slice type)
{
	return config_gzip_type(c, type);
}
