/* setter_section - the keys of [host] and [location] that no other level has. */
#include "config/setter.h"

#include <arpa/inet.h>

#include "base/glob.h"
#include "config/loader.h"
#include "http/byte.h"

/* Letters, digits, '-' and '_' between dots, each part of 1 to 63, 253 in all (RFC 1123 2.1). */
static bool
is_dns_name(struct slice name)
{
	size_t part = 0;

	if (name.len == 0 || name.len > 253)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.p[i];

		if (c == '.' && part == 0)
			return false;
		if (c != '.' && (!byte_is(c, BYTE_HOST) || c == '~'))
			return false;
		part = c == '.' ? 0 : part + 1;
		if (part > 63)
			return false;
	}
	return part > 0;
}

/* An IPv6 address in brackets, to the one way of writing it. */
static const char *
canonical_v6(struct assignment *a, struct slice *word)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (word->len < 4 || word->len > sizeof text || word->p[word->len - 1] != ']')
		return "an IPv6 address stands in brackets, as in [::1], and has no port";
	memcpy(text, word->p + 1, word->len - 2);
	text[word->len - 2] = '\0';
	if (inet_pton(AF_INET6, text, &address) != 1)
		return "between the brackets stands an IPv6 address, as in [::1]";
	inet_ntop(AF_INET6, &address, text, sizeof text);
	*word = arena_printf(a->loader->arena, "[%s]", text);
	return word->p ? NULL : "out of memory";
}

static const char *
check_name(struct assignment *a, struct slice *word)
{
	struct slice name;

	if (slice_starts(*word, SLICE("[")))
		return canonical_v6(a, word);
	if (slice_equal(*word, SLICE("*")))
		return "for every name that no other host has, say default = yes";
	if (slice_find(*word, ':') < word->len)
		return "a name has no port (and an IPv6 address stands in brackets)";
	name = slice_starts(*word, SLICE("*.")) ? slice_after(*word, 2) : *word;
	if (slice_ends(name, SLICE(".")))
		name.len--;
	if (slice_find(name, '*') < name.len)
		return "a '*' stands in front only, as in *.example.net";
	if (!is_dns_name(name))
		return "this is no host name: letters, digits, '-' and dots (others in their xn-- form)";
	*word = setter_lower(a, slice_from(word->p, (size_t)(name.p - word->p) + name.len));
	return word->p ? NULL : "out of memory";
}

const char *
set_names(struct assignment *a)
{
	return setter_add_words(a, check_name);
}

static const char *
check_referer(struct assignment *a, struct slice *word)
{
	if (slice_equal(*word, SLICE("*")))
		return "to allow every site, leave the key out, or say off";
	return check_name(a, word); /* `none` passes for one */
}

const char *
set_referers(struct assignment *a)
{
	return setter_add_words(a, check_referer);
}

/* Whether it is one of the listeners is seen when all are known. */
static const char *
check_listener(struct assignment *a, struct slice *word)
{
	struct address address;

	*word = arena_copy(a->loader->arena, *word);
	return word->p ? address_parse(&address, *word) : "out of memory";
}

const char *
set_on(struct assignment *a)
{
	return setter_add_words(a, check_listener);
}

static const char *
set_text(struct assignment *a, struct slice text)
{
	struct set_text *set = arena_alloc(a->loader->arena, sizeof *set);
	const struct set_text **into = a->into;

	if (!set)
		return "out of memory";
	*set = (struct set_text){ .at = a->at, .text = arena_copy(a->loader->arena, text) };
	*into = set;
	return set->text.p ? NULL : "out of memory";
}

const char *
set_label(struct assignment *a)
{
	return set_text(a, a->value.text);
}

/* Paths of requests come without empty, "." and ".." segments, so these would never match. */
static bool
is_normal(struct slice path)
{
	while (path.len > 0) {
		struct slice rest = slice_after(path, 1);
		struct slice segment = slice_head(rest, slice_find(rest, '/'));

		if ((segment.len == 0 && rest.len > 0) || slice_equal(segment, SLICE(".")) ||
		    slice_equal(segment, SLICE("..")))
			return false;
		path = slice_after(rest, segment.len);
	}
	return true;
}

const char *
set_location_path(struct assignment *a)
{
	struct slice path = a->value.words[0].text;
	const char *words = setter_one_word(a);

	if (words)
		return words;
	if (glob_is_pattern(path)) {
		words = glob_check(path);
		if (!words && slice_find(path, '/') < path.len && path.p[0] != '/' &&
		    path.p[0] != '*')
			words = "a pattern with a '/' in it begins with '/' or '*'";
		return words ? words : set_text(a, path);
	}
	if (!slice_starts(path, SLICE("/")))
		return "a path begins with '/'";
	if (!is_normal(path))
		return "this would never match: the paths of requests have no empty, '.' or '..' parts";
	if (path.p[path.len - 1] == '/')
		path.len--;
	return set_text(a, path);
}
