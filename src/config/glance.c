/* glance - see glance.h. */
#include "config/glance.h"

#include <stdio.h>

#include "config/config.h"
#include "config/directive.h"
#include "config/inputs.h"
#include "config/problems.h"
#include "config/reader.h"

struct glance {
	struct reader reader;
	struct arena arena;
	const char *key;
	struct word found; /* .text.p NULL = not yet */
};

static enum section
section_of(struct slice header)
{
	struct slice word;

	return slice_word(&header, &word) ? section_find(word) : SECTION_NONE;
}

static void
take_entry(void *user, const struct ini_entry *e)
{
	struct glance *g = user;
	enum section section = section_of(e->section);
	bool include = slice_equal(e->key, SLICE("include"));
	struct value value;

	if (section != SECTION_SERVER && !(include && e->section.len == 0))
		return;
	if (!include && (g->found.text.p || !slice_equal(e->key, slice_of(g->key))))
		return;
	if (value_split(&value, e->value, &g->arena) != NULL)
		return;
	if (!include && value.count > 0)
		g->found = value.words[0];
	for (size_t i = 0; include && i < value.count; i++)
		reader_include(&g->reader, value.words[i].text, e->at);
}

static void
find(struct glance *g, const char *path)
{
	g->reader.arena = &g->arena;
	g->reader.handler = take_entry;
	g->reader.user = g;
	g->reader.inputs = inputs_new_disk();
	g->reader.problems = problems_new(); /* which nobody looks at */
	if (g->reader.inputs && g->reader.problems)
		reader_read(&g->reader, path ? path : config_default_path());
}

static bool
is_off(const struct word *w)
{
	return !w->quoted && slice_equal_nocase(w->text, SLICE("off"));
}

bool
config_glance(const char *path, const char *key, char *out, size_t cap)
{
	const struct directive *d = directive_find(SECTION_SERVER, slice_of(key));
	struct glance g = { .key = key };
	bool said;

	arena_init(&g.arena, 4096);
	find(&g, path);
	said = g.found.text.p && g.found.text.len < cap;
	if (said)
		snprintf(out, cap, "%.*s", SLICE_FMT(is_off(&g.found) ? SLICE("") : g.found.text));
	else
		snprintf(out, cap, "%s", d && d->fallback ? d->fallback : "");
	problems_free(g.reader.problems);
	inputs_free(g.reader.inputs);
	arena_fini(&g.arena);
	return said;
}
