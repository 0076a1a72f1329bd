/*
 * glob - see glob.h.
 *
 * The usual walk with one step back: only the last star entered is ever extended, because
 * whatever an earlier one could gain by taking more, the last one could have taken instead.
 * Two kinds of star add one case: a `*` that meets a '/' gives up to the last `**` before it.
 * The stars behind that are then entered again, further right; what they tried before failed
 * and would fail again, so each resumes where it had come to (reach).  That keeps the whole
 * walk within pattern times text.
 */
#include "config.h"

#include "base/glob.h"

struct star {
	size_t rest; /* pattern offset behind the star */
	size_t from; /* text it takes: from up to but without to */
	size_t to;
	bool deep; /* `**` */
};

bool
glob_is_pattern(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '*' || s.p[i] == '?' || s.p[i] == '[')
			return true;
	return false;
}

/* Length of the set that starts at pattern[at] == '[', or 0 when it is not closed. */
static size_t
set_length(struct slice pattern, size_t at)
{
	size_t i = at + 1;

	if (i < pattern.len && (pattern.p[i] == '!' || pattern.p[i] == '^'))
		i++;
	if (i < pattern.len && pattern.p[i] == ']')
		i++; /* a bracket in first place stands for itself */
	while (i < pattern.len && pattern.p[i] != ']')
		i++;
	return i < pattern.len ? i + 1 - at : 0;
}

const char *
glob_check(struct slice pattern)
{
	size_t stars = 0;

	for (size_t i = 0; i < pattern.len; i++) {
		if (pattern.p[i] == '[') {
			size_t n = set_length(pattern, i);

			if (n == 0)
				return "a '[' in a pattern needs its ']'";
			i += n - 1;
		} else if (pattern.p[i] == '*') {
			stars++;
			if (i + 1 < pattern.len && pattern.p[i + 1] == '*')
				i++;
		}
	}
	return stars > GLOB_CAPTURES ? "a pattern may have at most 9 stars" : NULL;
}

static bool
in_set(struct slice set, unsigned char c)
{
	size_t i = 1;
	bool negate = set.p[i] == '!' || set.p[i] == '^';
	bool found = false;

	if (c == '/')
		return false;
	for (i += negate; i < set.len - 1; i++) {
		unsigned char low = (unsigned char)set.p[i], high = low;

		if (i + 2 < set.len - 1 && set.p[i + 1] == '-') {
			high = (unsigned char)set.p[i + 2];
			i += 2;
		}
		found |= c >= low && c <= high;
	}
	return found != negate;
}

/* Pattern bytes that match the one text byte c, or 0. */
static size_t
match_one(struct slice pattern, size_t at, char c)
{
	size_t n;

	switch (pattern.p[at]) {
	case '?':
		return c != '/';
	case '[':
		n = set_length(pattern, at);
		if (n > 0)
			return in_set(slice_from(pattern.p + at, n), (unsigned char)c) ? n : 0;
		/* fall through - never closed, so it stands for itself */
	default:
		return pattern.p[at] == c;
	}
}

bool
glob_match(struct slice pattern, struct slice text, struct slice captures[GLOB_CAPTURES])
{
	struct star stars[GLOB_CAPTURES];
	size_t reach[GLOB_CAPTURES] = { 0 };
	size_t entered = 0, i = 0, j = 0;

	for (;;) {
		size_t n;

		if (j < pattern.len && pattern.p[j] == '*') {
			bool deep = j + 1 < pattern.len && pattern.p[j + 1] == '*';

			if (entered == GLOB_CAPTURES)
				return false; /* glob_check() refused it */
			j += deep ? 2 : 1;
			stars[entered] = (struct star){ .rest = j, .from = i, .deep = deep };
			if (reach[entered] > i)
				i = reach[entered];
			stars[entered++].to = i;
			continue;
		}
		if (j == pattern.len && i == text.len)
			break;
		n = j < pattern.len && i < text.len ? match_one(pattern, j, text.p[i]) : 0;
		if (n > 0) {
			i++;
			j += n;
			continue;
		}
		if (entered > 0 && stars[entered - 1].to < text.len &&
		    text.p[stars[entered - 1].to] == '/')
			while (entered > 0 && !stars[entered - 1].deep)
				entered--;
		if (entered == 0 || stars[entered - 1].to == text.len)
			return false;
		i = ++stars[entered - 1].to;
		reach[entered - 1] = i;
		j = stars[entered - 1].rest;
	}
	for (size_t s = 0; captures && s < entered; s++)
		captures[s] = slice_from(text.p + stars[s].from, stars[s].to - stars[s].from);
	for (size_t s = entered; captures && s < GLOB_CAPTURES; s++)
		captures[s] = SLICE_NONE;
	return true;
}
