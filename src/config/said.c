/* said - see said.h. */
#include "config/said.h"

#include "config/loader.h"

static bool
is_same(struct origin a, struct origin b)
{
	return a.file && b.file && a.line == b.line && strcmp(a.file, b.file) == 0;
}

static const struct said *
find_in_place(const struct place *p, struct origin at)
{
	for (size_t i = 0; i < directive_count; i++) {
		const struct said *s = p->records[i] ? p->records[i]->first : NULL;

		while (s && !is_same(s->at, at))
			s = s->next;
		if (s)
			return s;
	}
	return NULL;
}

static const struct said *
find_in_list(const struct place *p, struct origin at)
{
	const struct said *s = NULL;

	for (; p && !s; p = p->next)
		s = find_in_place(p, at);
	return s;
}

/* The line, and by its links those of the same key behind it. */
static const struct said *
find(const struct config *c, struct origin at)
{
	const struct said *s = NULL;

	for (int i = SECTION_SERVER; i < SECTION_HOST && !s; i++)
		s = find_in_place(c->index->single[i], at);
	if (!s)
		s = find_in_list(c->index->hosts, at);
	return s ? s : find_in_list(c->index->locations, at);
}

struct said_line
said_at(const struct config *c, struct origin at)
{
	const struct said *s = find(c, at);

	return s ? (struct said_line){ s->key, s->shown, at } : (struct said_line){ .at = at };
}

struct origin
said_word_at(const struct config *c, struct origin first, struct slice word)
{
	for (const struct said *s = find(c, first); s; s = s->next) {
		struct slice rest = s->shown, w;

		while (slice_word(&rest, &w))
			if (slice_equal_nocase(w, word))
				return s->at;
	}
	return first;
}

static struct said_line
find_key(const struct place *p, enum section section, const char *key)
{
	const struct directive *d = directive_find(section, slice_of(key));
	const struct said *s = p ? place_find_said(p, key) : NULL;

	return (struct said_line){ .key = slice_of(key),
				   .value = s		  ? s->shown
					    : d->fallback ? slice_of(d->fallback)
							  : SLICE_NONE,
				   .at = s ? s->at : ORIGIN_BUILTIN };
}

struct said_line
said_in_server(const struct config *c, const char *key)
{
	return find_key(c->index->single[SECTION_SERVER], SECTION_SERVER, key);
}

struct said_line
said_in_gzip(const struct config *c, const char *key)
{
	return find_key(c->index->single[SECTION_GZIP], SECTION_GZIP, key);
}

struct said_line
said_in_host(const struct config *c, const struct site *site, const char *key)
{
	const struct place *p = c->index->hosts;

	while (p && p->site != site)
		p = p->next;
	return find_key(p, SECTION_HOST, key);
}
