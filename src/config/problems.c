/* problems - see problems.h. */
#include "config/problems.h"

#include <stdlib.h>

enum { LINE_SHOWN = 160 }; /* bytes of the offending line */

struct problem {
	enum problem_kind kind;
	size_t file; /* position in the order of reading */
	unsigned line;
	char *text; /* as printed */
};

struct problems {
	struct problem shown[PROBLEMS_SHOWN]; /* sorted */
	size_t shown_count;
	size_t count[2];
	char **files;
	size_t file_count, file_cap;
};

struct problems *
problems_new(void)
{
	return calloc(1, sizeof(struct problems));
}

void
problems_free(struct problems *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->shown_count; i++)
		free(p->shown[i].text);
	for (size_t i = 0; i < p->file_count; i++)
		free(p->files[i]);
	free(p->files);
	free(p);
}

/* The file's place in the order of reading; a file never begun comes behind all others. */
static size_t
file_position(const struct problems *p, const char *file)
{
	for (size_t i = 0; file && i < p->file_count; i++)
		if (strcmp(p->files[i], file) == 0)
			return i;
	return file ? p->file_count : 0;
}

void
problems_begin_file(struct problems *p, const char *file)
{
	if (file_position(p, file) < p->file_count)
		return;
	if (p->file_count == p->file_cap) {
		size_t cap = p->file_cap ? p->file_cap * 2 : 16;
		char **files = reallocarray(p->files, cap, sizeof *files);

		if (!files)
			return;
		p->files = files;
		p->file_cap = cap;
	}
	p->files[p->file_count] = strdup(file);
	p->file_count += p->files[p->file_count] != NULL;
}

/* Bytes above 0x7F are kept: a line may be in any encoding. */
static void
put_text(FILE *out, struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '\t')
			fputc(' ', out);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\x%02X", c);
		else
			fputc(c, out);
	}
}

static void
put_place(FILE *out, const struct problem_place *place)
{
	if (place->at.file)
		put_text(out, slice_of(place->at.file));
	if (place->at.file && place->at.line > 0)
		fprintf(out, ":%u", place->at.line);
	if (place->at.file)
		fputs(": ", out);
	if (place->section.len > 0) {
		fputc('[', out);
		put_text(out, place->section);
		fputs("] ", out);
	}
	if (place->key.len > 0) {
		put_text(out, slice_head(place->key, LINE_SHOWN));
		fputs(": ", out);
	}
}

static void
put_words(FILE *out, const char *fmt, va_list ap)
{
	char *words = NULL;

	if (vasprintf(&words, fmt, ap) == -1)
		return;
	put_text(out, slice_of(words));
	fputc('\n', out);
	free(words);
}

/* The whole text of a problem, allocated, or NULL. */
static char *
compose(enum problem_kind kind, const struct problem_place *place, struct slice hint,
	const char *fmt, va_list ap)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	if (kind == PROBLEM_WARNING)
		fputs("warning: ", out);
	put_place(out, place);
	put_words(out, fmt, ap);
	if (place->line.len > 0) {
		fputs("    ", out);
		put_text(out, slice_head(place->line, LINE_SHOWN));
		fputs(place->line.len > LINE_SHOWN ? " ...\n" : "\n", out);
	}
	if (hint.len > 0) {
		fputs("    did you mean \"", out);
		put_text(out, hint);
		fputs("\"?\n", out);
	}
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* Makes room for one more; false when all that is shown matters more. */
static bool
make_room(struct problems *p, const struct problem *newcomer)
{
	size_t i = p->shown_count;
	const struct problem *last;

	if (p->shown_count < PROBLEMS_SHOWN)
		return true;
	while (i > 0 && p->shown[i - 1].kind == PROBLEM_ERROR)
		i--;
	if (i == 0) {
		if (newcomer->kind == PROBLEM_WARNING)
			return false;
		i = p->shown_count;
	}
	last = &p->shown[i - 1];
	if (last->kind == newcomer->kind &&
	    (newcomer->file > last->file ||
	     (newcomer->file == last->file && newcomer->line >= last->line)))
		return false;
	free(p->shown[i - 1].text);
	memmove(&p->shown[i - 1], &p->shown[i], (p->shown_count - i) * sizeof *p->shown);
	p->shown_count--;
	return true;
}

static void
insert(struct problems *p, struct problem newcomer)
{
	size_t i = p->shown_count;

	while (i > 0 &&
	       (p->shown[i - 1].file > newcomer.file ||
		(p->shown[i - 1].file == newcomer.file && p->shown[i - 1].line > newcomer.line)))
		i--;
	memmove(&p->shown[i + 1], &p->shown[i], (p->shown_count - i) * sizeof *p->shown);
	p->shown[i] = newcomer;
	p->shown_count++;
}

void
problems_vadd(struct problems *p, enum problem_kind kind, const struct problem_place *place,
	      struct slice hint, const char *fmt, va_list ap)
{
	struct problem newcomer = { .kind = kind,
				    .file = file_position(p, place->at.file),
				    .line = place->at.line };

	p->count[kind]++;
	if (!make_room(p, &newcomer))
		return;
	newcomer.text = compose(kind, place, hint, fmt, ap);
	if (newcomer.text)
		insert(p, newcomer);
}

void
problems_add(struct problems *p, enum problem_kind kind, const struct problem_place *place,
	     struct slice hint, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	problems_vadd(p, kind, place, hint, fmt, ap);
	va_end(ap);
}

size_t
problems_count(const struct problems *p, enum problem_kind kind)
{
	return p->count[kind];
}

void
problems_print(const struct problems *p, FILE *out)
{
	size_t count = p->count[PROBLEM_ERROR] + p->count[PROBLEM_WARNING];

	for (size_t i = 0; i < p->shown_count; i++)
		fputs(p->shown[i].text, out);
	if (count > p->shown_count)
		fprintf(out, "and %zu more\n", count - p->shown_count);
}
