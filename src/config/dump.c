/* dump - see dump.h. */
#include "config/dump.h"

#include "config/loader.h"
#include "config/setter.h"

enum { COMMENT_COLUMN = 56 };

/* The name of a file may have any byte; a comment must stay on its line. */
static void
print_origin(FILE *out, int column, struct origin at)
{
	fprintf(out, "%*s ; ", column < COMMENT_COLUMN ? COMMENT_COLUMN - column : 0, "");
	if (!at.file) {
		fputs("built-in\n", out);
		return;
	}
	for (const char *p = at.file; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			fprintf(out, "\\x%02X", (unsigned char)*p);
		else
			fputc(*p, out);
	fprintf(out, ":%u\n", at.line);
}

static void
print_line(FILE *out, struct slice key, struct slice value, struct origin at)
{
	int column = fprintf(out, "%-18.*s = %.*s", SLICE_FMT(key), SLICE_FMT(value));

	print_origin(out, column, at);
}

static void
print_header(FILE *out, const struct place *p)
{
	print_origin(out, fprintf(out, "[%.*s]", SLICE_FMT(p->name)), p->at);
}

static void
print_said(FILE *out, const struct record *r)
{
	for (const struct said *s = r->first; s; s = s->next)
		print_line(out, s->key, s->shown, s->at);
}

/* What holds where nothing was said, or an empty slice. */
static struct slice
default_of(const struct config *c, const struct place *p, const struct directive *d)
{
	const struct site *site = p->site;

	if (p->section == SECTION_LOG && d->target == TARGET_DRAFT &&
	    c->builtin.access_log->index == -1)
		return SLICE("off"); /* not needed: the server says something else */
	if (!section_has_label(p->section))
		return slice_of(d->fallback);
	if (site && site->name_count > 0 && strcmp(d->name, "names") == 0)
		return site->names[0];
	if (site && site->is_default && strcmp(d->name, "default") == 0)
		return SLICE("yes");
	return SLICE_NONE;
}

static void
print_place(FILE *out, const struct config *c, const struct place *p)
{
	print_header(out, p);
	for (size_t i = 0; i < directive_count; i++) {
		const struct directive *d = &directives[i];
		const struct record *r = p->records[i];
		struct slice value;

		if (!(d->sections & (1u << p->section)) || d->set == set_include)
			continue;
		value = default_of(c, p, d);
		if (r)
			print_said(out, r);
		else if (value.len > 0)
			print_line(out, slice_of(d->name), value, ORIGIN_BUILTIN);
	}
	fputc('\n', out);
}

/* Of a section that nobody wrote its defaults are shown where they mean something. */
static bool
is_worth_it(const struct config *c, enum section section)
{
	if (c->index->single[section]->at.file)
		return true;
	return section != SECTION_MIME && (section != SECTION_TLS || c->tls.listen_count > 0);
}

void
config_dump(const struct config *c, FILE *out)
{
	const struct config_index *index = c->index;

	for (int i = SECTION_SERVER; i < SECTION_HOST; i++)
		if (is_worth_it(c, (enum section)i))
			print_place(out, c, index->single[i]);
	for (const struct place *p = index->hosts; p; p = p->next)
		print_place(out, c, p);
	for (const struct place *p = index->locations; p; p = p->next)
		print_place(out, c, p);
}
