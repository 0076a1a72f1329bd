/* loader - see loader.h. */
#include "config/loader.h"

#include "config/problems.h"
#include "config/suggest.h"

bool
assignment_is_off(const struct assignment *a)
{
	if (a->directive->flags & WHOLE)
		return slice_equal_nocase(a->text, SLICE("off"));
	return a->value.count == 1 && !a->value.words[0].quoted &&
	       slice_equal_nocase(a->value.words[0].text, SLICE("off"));
}

const char *
assignment_said(const struct assignment *a, const char *what, struct origin before)
{
	return value_words(a->loader->arena, "%s is said already, at %s:%u", what,
			   before.file ? before.file : "built in", before.line);
}

void *
loader_grow(struct loader *l, void *items, size_t count, size_t size)
{
	void *bigger;

	if (count & (count - 1)) /* room is always a power of two */
		return items;
	bigger = arena_alloc(l->arena, (count ? 2 * count : 1) * size);
	if (bigger && count > 0)
		memcpy(bigger, items, count * size);
	return bigger;
}

const struct said *
place_find_said(const struct place *p, const char *key)
{
	const struct directive *d = directive_find(p->section, slice_of(key));
	const struct record *r = d ? p->records[directive_index(d)] : NULL;

	return r ? r->first : NULL;
}

const struct said *
place_find_word(const struct place *p, const char *key, struct slice word)
{
	const struct said *first = place_find_said(p, key);

	for (const struct said *s = first; s; s = s->next) {
		struct slice rest = s->shown, w;

		while (slice_word(&rest, &w))
			if (slice_equal_nocase(w, word))
				return s;
	}
	return first;
}

struct origin
place_word_at(const struct place *p, const char *key, struct slice word)
{
	const struct said *s = place_find_word(p, key, word);

	return s ? s->at : p->at;
}

/* It counts even when there is no memory for its words. */
void
loader_complain_memory(struct loader *l)
{
	problems_add(l->problems, PROBLEM_ERROR, &(struct problem_place){ 0 }, SLICE_NONE,
		     "out of memory");
}

void
loader_complain_place(struct loader *l, const struct place *p, const char *fmt, ...)
{
	struct problem_place place = { .at = p->at, .section = p->name, .line = p->line };
	va_list ap;

	if (!place.at.file) /* a section that nobody wrote */
		place.at.file = l->path;
	va_start(ap, fmt);
	problems_vadd(l->problems, PROBLEM_ERROR, &place, SLICE_NONE, fmt, ap);
	va_end(ap);
}

static struct problem_place
place_of_key(const struct place *p, const char *key, const struct said *s)
{
	if (!s)
		s = place_find_said(p, key);
	return (struct problem_place){ .at = s ? s->at : p->at,
				       .section = p->name,
				       .key = slice_of(key),
				       .line = s ? s->line : p->line };
}

void
loader_complain_key(struct loader *l, const struct place *p, const char *key,
		    const struct said *said, struct slice hint, const char *fmt, ...)
{
	struct problem_place place = place_of_key(p, key, said);
	va_list ap;

	va_start(ap, fmt);
	problems_vadd(l->problems, PROBLEM_ERROR, &place, hint, fmt, ap);
	va_end(ap);
}

void
loader_warn_key(struct loader *l, const struct place *p, const char *key, const char *fmt, ...)
{
	struct problem_place place = place_of_key(p, key, NULL);
	va_list ap;

	va_start(ap, fmt);
	problems_vadd(l->problems, PROBLEM_WARNING, &place, SLICE_NONE, fmt, ap);
	va_end(ap);
}

static void
complain_entry(struct loader *l, const struct ini_entry *e, struct slice hint, const char *words)
{
	struct problem_place place = {
		.at = e->at, .section = e->section, .key = e->key, .line = e->line
	};

	problems_add(l->problems, PROBLEM_ERROR, &place, hint, "%s", words);
}

/* ------------------------------------------------------------ sections */

static struct place *
new_place(struct loader *l, enum section section, struct slice name)
{
	struct place *p = arena_alloc(l->arena, sizeof *p);

	if (!p)
		return NULL;
	p->section = section;
	p->name = name;
	p->records = arena_alloc(l->arena, directive_count * sizeof *p->records);
	return p->records ? p : NULL;
}

static void
append_place(struct place_list *list, struct place *p)
{
	if (list->last)
		list->last->next = p;
	else
		list->first = p;
	list->last = p;
	list->count++;
}

static const char *
open_labelled(struct loader *l, struct place *p)
{
	const struct place *before = table_get(&l->labels, p->label);

	if (p->section == SECTION_LOCATION) {
		append_place(&l->locations, p);
		return NULL;
	}
	append_place(&l->hosts, p);
	if (before)
		return value_words(l->arena, "this host is there already, at %s:%u",
				   before->at.file, before->at.line);
	return table_put(&l->labels, p->label, p) ? NULL : "out of memory";
}

static const char *
open_place(struct loader *l, const struct ini_entry *e, enum section section, struct slice label)
{
	struct place *p =
		section_has_label(section) ? new_place(l, section, e->section) : l->single[section];

	if (!p)
		return "out of memory";
	if (!p->at.file) {
		p->at = e->at;
		p->line = e->line;
		p->name = e->section;
		p->label = label;
	}
	l->place = p;
	l->passing_over = false;
	return section_has_label(section) ? open_labelled(l, p) : NULL;
}

static struct slice
suggest_section(struct slice word)
{
	struct suggestion s;

	suggest_init(&s, word);
	for (int i = SECTION_NONE + 1; i < SECTION_COUNT; i++)
		suggest_try(&s, section_name((enum section)i));
	return s.best;
}

static void
take_section(struct loader *l, const struct ini_entry *e)
{
	struct slice label = e->section, word, hint = SLICE_NONE;
	enum section section = slice_word(&label, &word) ? section_find(word) : SECTION_NONE;
	const char *words;

	label = slice_trim(label);
	l->place = NULL;
	l->passing_over = true;
	if (section == SECTION_NONE) {
		words = "there is no such section";
		hint = suggest_section(word);
	} else if (section_has_label(section) && label.len == 0) {
		words = "this section needs a label, as in [host example.org]";
	} else if (!section_has_label(section) && label.len > 0) {
		words = "this section has no label: there is one of it";
	} else if (slice_find(label, ' ') < label.len || slice_find(label, '\t') < label.len) {
		words = "a label is one word";
	} else {
		words = open_place(l, e, section, label);
	}
	if (words)
		complain_entry(l, e, hint, words);
}

/* ------------------------------------------------------------ keys */

static void
complain_unknown(struct loader *l, const struct ini_entry *e)
{
	enum section here = l->place ? l->place->section : SECTION_NONE, other;
	struct slice near = directive_suggest(here, e->key, &other);
	const char *words = "there is no such key";

	if (slice_equal(near, e->key) && other != SECTION_NONE) {
		words = value_words(l->arena, "this key belongs in [%s]", section_name(other).p);
		near = SLICE_NONE;
	} else if (other != SECTION_NONE && near.len > 0) {
		words = value_words(l->arena, "there is no such key; \"%.*s\" belongs in [%s]",
				    SLICE_FMT(near), section_name(other).p);
	}
	complain_entry(l, e, near, words);
}

static void *
target_of(const struct assignment *a)
{
	struct config *c = a->loader->config;
	char *base = NULL;

	switch (a->directive->target) {
	case TARGET_NOWHERE:
		return NULL;
	case TARGET_SERVER:
		base = (char *)&c->server;
		break;
	case TARGET_GZIP:
		base = (char *)&c->gzip;
		break;
	case TARGET_TLS:
		base = (char *)&c->tls;
		break;
	case TARGET_DRAFT:
		base = (char *)&a->place->draft;
		break;
	case TARGET_SETTINGS:
		base = (char *)&a->place->settings;
		break;
	}
	return base + a->directive->offset;
}

/* Takes the value apart and lets the setter have it. */
static const char *
assign(struct assignment *a, struct slice raw)
{
	const struct directive *d = a->directive;
	bool whole = d->flags & WHOLE;
	const char *words;

	if (slice_trim(raw).len == 0)
		return value_words(a->loader->arena, "a value is missing: write %s = %s", d->name,
				   d->syntax);
	words = whole ? value_whole(&a->text, raw, a->loader->arena)
		      : value_split(&a->value, raw, a->loader->arena);
	if (words)
		return words;
	a->shown = whole ? a->text : a->value.text;
	a->into = target_of(a);
	return a->directive->set(a);
}

/* Remembers that the line says this, before anybody knows whether it is right. */
static struct said *
record(struct assignment *a, const struct ini_entry *e)
{
	struct record **r = &a->place->records[directive_index(a->directive)];
	struct said *s = arena_alloc(a->loader->arena, sizeof *s);

	if (!*r)
		*r = arena_alloc(a->loader->arena, sizeof **r);
	if (!*r || !s)
		return NULL;
	*s = (struct said){ .at = e->at, .line = e->line, .key = e->key };
	if ((*r)->last)
		(*r)->last->next = s;
	else
		(*r)->first = s;
	(*r)->last = s;
	a->record = *r;
	return s;
}

static void
take_key(struct loader *l, const struct ini_entry *e)
{
	struct place *p = l->place;
	struct assignment a = { .loader = l, .place = p, .at = e->at, .key = e->key };
	struct said *said = NULL;
	const char *words = NULL;

	a.directive = directive_find(p ? p->section : SECTION_NONE, e->key);
	if (!a.directive) {
		complain_unknown(l, e);
		return;
	}
	if (p) {
		said = record(&a, e);
		if (!said)
			words = "out of memory";
		else if (!(a.directive->flags & REPEATS) && a.record->first != said)
			words = assignment_said(&a, "this", a.record->first->at);
	}
	if (!words)
		words = assign(&a, e->value);
	if (said)
		said->shown = a.shown;
	if (words)
		complain_entry(l, e, a.hint, words);
}

static void
take_entry(void *user, const struct ini_entry *e)
{
	struct loader *l = user;

	if (e->key.len == 0)
		take_section(l, e);
	else if (!l->passing_over)
		take_key(l, e);
}

/* ------------------------------------------------------------ the whole */

/* The place a default is said in; NULL where somebody said it, or where it makes no sense. */
static struct place *
place_of_default(const struct loader *l, const struct directive *d)
{
	if (!d->fallback)
		return NULL;
	if (d->target == TARGET_SETTINGS)
		return l->builtin;
	for (int i = SECTION_SERVER; i < SECTION_COUNT; i++)
		if (d->sections & (1u << i)) {
			struct place *p = l->single[i];

			return p->records[directive_index(d)] ? NULL : p;
		}
	return NULL;
}

static void
set_defaults(struct loader *l)
{
	for (size_t i = 0; i < directive_count; i++) {
		struct record scratch = { 0 };
		struct assignment a = { .loader = l,
					.directive = &directives[i],
					.record = &scratch };
		const char *words;

		a.place = place_of_default(l, a.directive);
		if (!a.place)
			continue;
		if (a.place == l->single[SECTION_LOG] && a.directive->target == TARGET_DRAFT &&
		    l->single[SECTION_SERVER]->settings.access_log)
			continue; /* nothing would ever be written to [log] access */
		words = assign(&a, slice_of(a.directive->fallback));
		if (words)
			loader_complain_memory(l);
	}
}

static void
server_finish(struct loader *l)
{
	struct config *c = l->config;
	const struct set_access_log *access = l->single[SECTION_LOG]->draft.access;
	static const struct set_access_log no_access_log = { .index = -1 };

	c->server.listen = l->listen;
	c->server.listen_count = l->listen_count;
	c->access_logs = l->access_logs;
	c->server_settings = l->single[SECTION_SERVER]->settings;
	l->builtin->settings.access_log = access ? access : &no_access_log;
	c->builtin = l->builtin->settings;
	config_scope(c, NULL, NULL, &c->scope);
	if (!c->server.trusted_proxies &&
	    place_find_said(l->single[SECTION_SERVER], "real_ip_header") &&
	    !slice_equal_nocase(c->server.real_ip_header, SLICE("X-Forwarded-For"))) /* a dump */
		loader_warn_key(l, l->single[SECTION_SERVER], "real_ip_header",
				"nobody is believed: say trusted_proxies = NETWORK");
	/* no head_size: it was said, and complained about */
	if (c->server.head_size > 0 && c->server.target_size > c->server.head_size)
		loader_complain_key(l, l->single[SECTION_SERVER], "target_size", NULL, SLICE_NONE,
				    "a target is part of the head: this is more than head_size");
}

static bool
prepare(struct loader *l)
{
	for (int i = SECTION_SERVER; i < SECTION_COUNT; i++) {
		l->single[i] = new_place(l, (enum section)i, section_name((enum section)i));
		if (!l->single[i])
			return false;
	}
	l->builtin = new_place(l, SECTION_NONE, SLICE_NONE);
	l->reader = (struct reader){ .inputs = l->inputs,
				     .arena = l->arena,
				     .problems = l->problems,
				     .handler = take_entry,
				     .user = l };
	table_init(&l->labels, false);
	table_init(&l->roots, false);
	table_init(&l->access_index, false);
	table_init(&l->passwords, false);
	table_init(&l->extensions, false);
	return l->builtin;
}

void
loader_run(struct loader *l, const char *path)
{
	if (!prepare(l)) {
		loader_complain_memory(l);
		return;
	}
	l->path = path;
	reader_read(&l->reader, path);
	if (l->reader.count > 0) { /* not even the first file: nothing more to say */
		set_defaults(l);
		server_finish(l);
		mime_finish(l);
		site_finish(l);
		tls_finish(l);
		location_finish(l);
		root_finish(l);
	}
	table_fini(&l->labels);
	table_fini(&l->roots);
	table_fini(&l->access_index);
	table_fini(&l->passwords);
	table_fini(&l->extensions);
}
