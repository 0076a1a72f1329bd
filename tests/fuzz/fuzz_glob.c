/*
 * Patterns: the first line is one, what follows is a path.
 *
 * A path matches when a reader says so who remembers every pair of places; what the stars took
 * stands in the path, in order, without a slash where there must be none.
 */
#include "config.h"

#include "base/glob.h"
#include "lines.h"

enum { MOST = 200 };

static bool seen[MOST + 1][MOST + 1];
static struct slice pattern, text;

/* The length of the set at that place, 0 when it is not closed. */
static size_t
set_length(size_t at)
{
	size_t i = at + 1;

	i += i < pattern.len && (pattern.p[i] == '!' || pattern.p[i] == '^');
	for (i++; i < pattern.len; i++)
		if (pattern.p[i] == ']')
			return i + 1 - at;
	return 0;
}

static bool
in_set(size_t at, size_t len, unsigned char c)
{
	size_t i = at + 1, last = at + len - 1;
	bool not = pattern.p[i] == '!' || pattern.p[i] == '^', in = false;

	for (i += not ; i < last; i++) {
		unsigned char low = (unsigned char)pattern.p[i], high = low;

		if (i + 2 < last && pattern.p[i + 1] == '-') {
			high = (unsigned char)pattern.p[i + 2];
			i += 2;
		}
		in |= c >= low && c <= high;
	}
	return c != '/' && in != not ;
}

/* Does the pattern from p on match the text from s on?  Each pair is looked at once. */
static bool
naive_match(size_t p, size_t s)
{
	bool deep;

	if (p == pattern.len)
		return s == text.len;
	if (seen[p][s])
		return false;
	seen[p][s] = true;
	if (pattern.p[p] == '*') {
		deep = p + 1 < pattern.len && pattern.p[p + 1] == '*';
		return naive_match(p + 1 + deep, s) ||
		       (s < text.len && (deep || text.p[s] != '/') && naive_match(p, s + 1));
	}
	if (s == text.len)
		return false;
	if (pattern.p[p] == '[' && set_length(p) > 0)
		return in_set(p, set_length(p), (unsigned char)text.p[s]) &&
		       naive_match(p + set_length(p), s + 1);
	return (pattern.p[p] == '?' ? text.p[s] != '/' : pattern.p[p] == text.p[s]) &&
	       naive_match(p + 1, s + 1);
}

static void
check_captures(const struct slice captures[GLOB_CAPTURES])
{
	const char *at = text.p;
	size_t star = 0;

	for (size_t i = 0; i < pattern.len; i++) {
		if (pattern.p[i] == '[' && set_length(i) > 0) {
			i += set_length(i) - 1;
		} else if (pattern.p[i] == '*') {
			bool deep = i + 1 < pattern.len && pattern.p[i + 1] == '*';
			struct slice c = captures[star++];

			require(fuzz_inside(c, text) && c.p >= at);
			require(deep || slice_find(c, '/') == c.len);
			at = c.p + c.len;
			i += deep;
		}
	}
	for (; star < GLOB_CAPTURES; star++)
		require(captures[star].len == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = fuzz_slice(data, size), captures[GLOB_CAPTURES];
	char *pattern_copy, *text_copy;
	bool match;

	if (!lines_next(&input, &pattern) || pattern.len > MOST)
		return 0;
	text = slice_head(input, MOST);
	pattern.p = pattern_copy = fuzz_copy(pattern);
	text.p = text_copy = fuzz_copy(text);
	if (!glob_check(pattern)) {
		memset(seen, 0, sizeof seen);
		match = glob_match(pattern, text, captures);
		require(match == naive_match(0, 0));
		if (match)
			check_captures(captures);
		if (!glob_is_pattern(pattern))
			require(match == slice_equal(pattern, text));
	} else {
		glob_match(pattern, text, captures);
	}
	free(pattern_copy);
	free(text_copy);
	return 0;
}
