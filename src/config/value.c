/* value - see value.h. */
#include "config/value.h"

#include <stdarg.h>
#include <stdio.h>

const char *
value_words(struct arena *arena, const char *fmt, ...)
{
	char *out;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	out = n >= 0 ? arena_bytes(arena, (size_t)n + 1) : NULL;
	if (!out)
		return "out of memory";
	va_start(ap, fmt);
	vsnprintf(out, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return out;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct slice
trim_left(struct slice s)
{
	while (s.len > 0 && is_blank(s.p[0]))
		s = slice_after(s, 1);
	return s;
}

/* Does a comment begin there?  A ';' behind a blank, or behind the '=' and a blank. */
static bool
is_comment(struct slice raw, size_t at)
{
	return at > 0 && at < raw.len && raw.p[at] == ';' && is_blank(raw.p[at - 1]);
}

/* Reads a quoted string that begins at raw.p[*at]; *at comes to stand behind it. */
static const char *
read_quoted(struct slice raw, size_t *at, struct arena *arena, struct slice *text)
{
	char *out = arena_bytes(arena, raw.len - *at);
	size_t n = 0;

	if (!out)
		return "out of memory";
	for (size_t i = *at + 1; i < raw.len; i++) {
		if (raw.p[i] == '"') {
			*text = slice_from(out, n);
			*at = i + 1;
			return NULL;
		}
		if (raw.p[i] == '\\' && i + 1 < raw.len &&
		    (raw.p[i + 1] == '"' || raw.p[i + 1] == '\\'))
			i++;
		out[n++] = raw.p[i];
	}
	return "a quote is opened and never closed";
}

/* Reads one word that begins at raw.p[*at], which is no blank. */
static const char *
read_word(struct slice raw, size_t *at, struct arena *arena, struct word *word)
{
	size_t start = *at;
	bool file = raw.p[start] == '@' && start + 1 < raw.len && raw.p[start + 1] == '"';
	const char *words;

	word->quoted = raw.p[start] == '"';
	if (word->quoted || file) {
		*at += file;
		words = read_quoted(raw, at, arena, &word->text);
		if (words)
			return words;
		if (*at < raw.len && !is_blank(raw.p[*at]))
			return "behind a closing quote stands a blank, or the line ends";
		if (file)
			word->text = arena_printf(arena, "@%.*s", SLICE_FMT(word->text));
		return word->text.p ? NULL : "out of memory";
	}
	while (*at < raw.len && !is_blank(raw.p[*at])) {
		if (raw.p[*at] == '"')
			return "a quote inside of a word: put quotes around the whole word, and write "
			       "\\\" for one that belongs to it";
		++*at;
	}
	word->text = slice_from(raw.p + start, *at - start);
	return NULL;
}

/* Room for as many words as raw can have at most. */
static struct word *
new_words(struct slice raw, struct arena *arena)
{
	size_t count = 1;

	for (size_t i = 1; i < raw.len; i++)
		count += is_blank(raw.p[i - 1]) && !is_blank(raw.p[i]);
	return arena_alloc(arena, count * sizeof(struct word));
}

const char *
value_split(struct value *v, struct slice raw, struct arena *arena)
{
	struct word *list = new_words(raw, arena);
	size_t at = 0, end = 0;
	const char *words;

	*v = (struct value){ .words = list };
	if (!list)
		return "out of memory";
	for (;;) {
		while (at < raw.len && is_blank(raw.p[at]))
			at++;
		if (at == raw.len || is_comment(raw, at))
			break;
		words = read_word(raw, &at, arena, &list[v->count]);
		if (words)
			return words;
		v->count++;
		end = at;
	}
	v->text = trim_left(slice_head(raw, end));
	if (v->text.len > VALUE_MAX)
		return "a value has at most 8192 bytes";
	return v->count > 0 ? NULL : "a value is missing behind the '='";
}

const char *
value_whole(struct slice *text, struct slice raw, struct arena *arena)
{
	size_t at = raw.len - trim_left(raw).len;
	const char *words;

	if (at < raw.len && raw.p[at] == '"') {
		words = read_quoted(raw, &at, arena, text);
		if (words)
			return words;
		while (at < raw.len && is_blank(raw.p[at]))
			at++;
		if (at < raw.len && !is_comment(raw, at))
			return "behind the closing quote nothing may stand but a comment";
	} else {
		for (; at < raw.len; at++)
			if (is_comment(raw, at))
				return "is the ';' the beginning of a comment or part of the value?  "
				       "Put quotes around the whole value";
		*text = slice_trim(raw);
	}
	if (text->len > VALUE_MAX)
		return "a value has at most 8192 bytes";
	return text->len > 0 ? NULL : "a value is missing behind the '='";
}

struct slice
value_quote(struct slice text, struct arena *arena)
{
	char *out = arena_bytes(arena, 2 * text.len + 2);
	size_t n = 0;

	if (!out)
		return SLICE_NONE;
	out[n++] = '"';
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			out[n++] = '\\';
		out[n++] = text.p[i];
	}
	out[n++] = '"';
	return slice_from(out, n);
}

struct suffix {
	const char *name;
	uint64_t factor;
};

static const struct suffix time_suffixes[] = {
	{ "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 }, { 0 },
};

static const struct suffix size_suffixes[] = {
	{ "g", 1 << 30 }, { "m", 1 << 20 }, { "k", 1 << 10 }, { "", 1 }, { 0 },
};

static const struct suffix no_suffixes[] = { { "", 1 }, { 0 } };

static const struct suffix *
suffixes(enum unit unit)
{
	return unit == UNIT_TIME ? time_suffixes : unit == UNIT_SIZE ? size_suffixes : no_suffixes;
}

static const char *
complain_suffix(struct slice digits, struct slice rest, enum unit unit, struct arena *arena)
{
	if (unit == UNIT_TIME && digits.len > 0 && rest.len == 0)
		return value_words(arena, "a time needs a unit: write %.*ss (or ms, m, h, d)",
				   SLICE_FMT(slice_head(digits, 32)));
	if (unit == UNIT_TIME)
		return "a time is a whole number with one of ms, s, m, h, d, as in 30s";
	if (unit == UNIT_SIZE)
		return "a size is a whole number of bytes, or one with k, m or g, as in 64k";
	return "this is no whole number";
}

static const char *
complain_range(uint64_t min, uint64_t max, enum unit unit, struct arena *arena)
{
	struct slice low = value_format(min, unit, arena), high = value_format(max, unit, arena);

	if (max == UINT64_MAX)
		return "this number is too large";
	return value_words(arena, "must be between %.*s and %.*s", SLICE_FMT(low), SLICE_FMT(high));
}

const char *
value_number(uint64_t *out, struct slice word, enum unit unit, uint64_t min, uint64_t max,
	     struct arena *arena)
{
	const struct suffix *s = suffixes(unit);
	struct slice digits, rest;
	size_t n = 0;

	while (n < word.len && word.p[n] >= '0' && word.p[n] <= '9')
		n++;
	digits = slice_head(word, n);
	rest = slice_after(word, n);
	if (slice_equal(word, SLICE("0")))
		s = no_suffixes; /* nothing is nothing in every unit */
	while (s->name && !slice_equal_nocase(rest, slice_of(s->name)))
		s++;
	if (n == 0 || !s->name)
		return complain_suffix(digits, rest, unit, arena);
	if (!slice_to_number(digits, UINT64_MAX / s->factor, out) || *out * s->factor < min ||
	    *out * s->factor > max)
		return complain_range(min, max, unit, arena);
	*out *= s->factor;
	return NULL;
}

struct slice
value_format(uint64_t n, enum unit unit, struct arena *arena)
{
	const struct suffix *s = suffixes(unit);

	while (n > 0 && s[1].name && n % s->factor != 0)
		s++;
	if (n == 0)
		return SLICE("0");
	return arena_printf(arena, "%llu%s", (unsigned long long)(n / s->factor), s->name);
}

const char *
value_switch(bool *out, struct slice word)
{
	static const char *const names[][2] = {
		{ "off", "on" },
		{ "no", "yes" },
		{ "false", "true" },
		{ "0", "1" },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		for (int on = 0; on < 2; on++)
			if (slice_equal_nocase(word, slice_of(names[i][on]))) {
				*out = on;
				return NULL;
			}
	return "this is a switch: say on or off";
}
