/* setter_return - fixed pages: STATUS, STATUS [TYPE] "TEXT", STATUS [TYPE] @FILE; and the page for
 * what is not there. */
#include "config/setter.h"

#include "config/inputs.h"
#include "config/loader.h"
#include "config/pages.h"
#include "http/byte.h"
#include "http/status.h"

static const char *
parse_status(struct slice word, unsigned *out)
{
	uint64_t n;

	if (!slice_to_number(word, 999, &n) || n < 200)
		return "a fixed page begins with its status, from 200 to 599";
	if (n >= 300 && n < 400 && n != 304)
		return "this status sends the client elsewhere: say redirect = FROM -> TO";
	if (n == 206)
		return "206 is the answer to a range, which a fixed page has none of";
	if (!status_known((unsigned)n))
		return "this status is not known";
	*out = (unsigned)n;
	return NULL;
}

/* Here a type may have parameters: it stands alone for what follows it. */
static const char *
parse_type(struct assignment *a, struct slice word, struct slice *out)
{
	size_t n = slice_find(word, ';');
	struct slice type = slice_trim(slice_head(word, n)), lower;
	const char *words = setter_media_type(a, type, &lower);

	if (words)
		return words;
	for (size_t i = n; i < word.len; i++)
		if (!byte_is(word.p[i], BYTE_VALUE))
			return "this byte may not stand in a type";
	*out = arena_printf(a->loader->arena, "%.*s%.*s", SLICE_FMT(lower),
			    SLICE_FMT(slice_after(word, n)));
	return out->p ? NULL : "out of memory";
}

/* The file is read now, relative to the file that names it. */
static const char *
read_page(struct assignment *a, struct page *page, struct slice path)
{
	struct loader *l = a->loader;
	struct slice full = path.len > 0 ? reader_resolve(a->at.file, path, l->arena) : path;
	const char *words;

	if (path.len == 0)
		return "behind the '@' stands the name of a file";
	if (!full.p)
		return "out of memory";
	words = inputs_read(l->inputs, full.p, &page->fixed->body);
	if (words)
		return value_words(l->arena, "cannot read %s: %s", full.p, words);
	page->file = full;
	full = value_quote(inputs_absolute(l->inputs, full, l->arena), l->arena);
	a->shown = arena_printf(
		l->arena, "%u%s%.*s @%.*s", page->fixed->status, page->type.len > 0 ? " " : "",
		SLICE_FMT(page->type.len > 0 ? value_quote(page->type, l->arena) : SLICE_NONE),
		SLICE_FMT(full));
	return full.p && a->shown.p ? NULL : "out of memory";
}

static const char *
parse_page(struct assignment *a, struct page *page)
{
	const struct word *last = &a->value.words[a->value.count - 1];
	const char *words = NULL;

	if (a->value.count > 3)
		return "a fixed page is STATUS [TYPE] \"TEXT\": put quotes around the text";
	if (!status_has_content(page->fixed->status) || page->fixed->status == 205)
		return "an answer of this status has no content: write the status alone";
	if (a->value.count == 3)
		words = parse_type(a, a->value.words[1].text, &page->type);
	if (words)
		return words;
	if (!last->quoted && slice_starts(last->text, SLICE("@")))
		return read_page(a, page, slice_after(last->text, 1));
	if (!last->quoted)
		return "behind the status stands text in quotes, or @FILE";
	page->fixed->body = arena_copy(a->loader->arena, last->text);
	return page->fixed->body.p ? NULL : "out of memory";
}

const char *
set_return(struct assignment *a)
{
	struct loader *l = a->loader;
	struct set_return *fixed = arena_alloc(l->arena, sizeof *fixed);
	struct page *page = arena_alloc(l->arena, sizeof *page);
	const char *words;

	if (!fixed || !page)
		return "out of memory";
	*fixed = (struct set_return){ .at = a->at, .off = assignment_is_off(a) };
	*page = (struct page){ .fixed = fixed, .place = a->place };
	words = fixed->off ? NULL : parse_status(a->value.words[0].text, &fixed->status);
	if (!words && a->value.count > 1) {
		words = parse_page(a, page);
		page->next = l->pages;
		l->pages = page;
	}
	if (!words)
		a->place->settings.fixed = fixed;
	return words;
}

static const char *
parse_fallback_status(struct slice word, unsigned *out)
{
	uint64_t n;

	if (!slice_to_number(word, 599, &n) || n < 200 || (n >= 300 && n < 400) ||
	    !status_known((unsigned)n))
		return "the status of a page is 200, 404 or another from 200 to 599, but none of 3xx";
	if (n == 205 || n == 206 || !status_has_content((unsigned)n))
		return "an answer of this status is no page";
	*out = (unsigned)n;
	return NULL;
}

const char *
set_fallback(struct assignment *a)
{
	struct set_fallback *set = arena_alloc(a->loader->arena, sizeof *set);
	const struct set_fallback **into = a->into;
	const struct word *w = a->value.words;
	const char *words = NULL;

	if (!set)
		return "out of memory";
	*set = (struct set_fallback){ .at = a->at, .status = 200 };
	if (!assignment_is_off(a)) {
		if (a->value.count > 2 || !slice_starts(w[0].text, SLICE("/")))
			return "a fallback is written /PATH [STATUS], a page of the same host";
		if (a->value.count == 2)
			words = parse_fallback_status(w[1].text, &set->status);
		set->path = arena_copy(a->loader->arena, w[0].text);
		if (!words && !set->path.p)
			words = "out of memory";
	}
	if (!words)
		*into = set;
	return words;
}
