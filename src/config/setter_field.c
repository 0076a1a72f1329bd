/* setter_field - the fields of answers that have keys of their own. */
#include "config/setter.h"

#include "config/loader.h"
#include "http/byte.h"
#include "http/uri.h"

/* RFC 9111 5.2: cache-directive = token [ "=" ( token / quoted-string ) ] */
static bool
is_cache_directive(struct slice s)
{
	size_t equals = slice_find(s, '=');
	bool quoted = equals + 2 < s.len && s.p[equals + 1] == '"' && s.p[s.len - 1] == '"';

	for (size_t i = 0; i < s.len; i++)
		if (i != equals && !byte_is(s.p[i], quoted && i > equals ? BYTE_VALUE : BYTE_TOKEN))
			return false;
	return equals > 0 && equals + 1 != s.len;
}

static const char *
check_cache_control(struct slice value)
{
	struct slice element;
	bool any = false;

	while (slice_list_next(&value, &element)) {
		if (!is_cache_directive(element))
			return "this is no value of Cache-Control, like \"public, max-age=3600\"";
		any = true;
	}
	return any ? NULL : "a value is missing: off sends no Cache-Control";
}

const char *
set_cache_control(struct assignment *a)
{
	static const char *const known[] = { "auto", "off", NULL };
	struct set_cache_control *set = arena_alloc(a->loader->arena, sizeof *set);
	const struct set_cache_control **into = a->into;
	const struct word *word = a->value.words;
	const char *words;

	if (!set)
		return "out of memory";
	set->at = a->at;
	if (a->value.count == 1 && !word->quoted) {
		int i = setter_one_of(a, word->text, known);

		if (i == -1)
			return "this is auto, off, or a value in quotes, like \"max-age=3600\"";
		set->automatic = i == 0;
	} else {
		words = a->value.count > 1 ? "put quotes around the value"
					   : check_cache_control(word->text);
		if (words)
			return words;
		set->value = arena_copy(a->loader->arena, word->text);
		if (!set->value.p)
			return "out of memory";
	}
	*into = set;
	return NULL;
}

static bool
is_scheme(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!byte_is(s.p[i], BYTE_TOKEN))
			return false;
	return s.len > 0;
}

/* As browsers write it: scheme "://" host [ ":" port ] (RFC 6454 6.2). */
static const char *
check_origin(struct assignment *a, struct slice *word)
{
	size_t n = slice_find(*word, ':');
	struct slice scheme = slice_head(*word, n), authority = slice_after(*word, n + 3);
	struct host host = { 0 };

	if (slice_equal(*word, SLICE("*")))
		return NULL;
	if (slice_equal_nocase(*word, SLICE("null")))
		return "any page can call itself null: say * if everybody may read";
	if (!slice_starts(slice_after(*word, n), SLICE("://")) || !is_scheme(scheme))
		return "an origin is written https://example.org, with its scheme";
	if (slice_find(authority, '/') < authority.len)
		return "an origin has no path: it ends with its host or its port";
	if (!uri_parse_host(&host, authority))
		return "this is no host, with or without a port; every origin is written out";
	if ((host.port == 80 && slice_equal_nocase(scheme, SLICE("http"))) ||
	    (host.port == 443 && slice_equal_nocase(scheme, SLICE("https"))))
		return "browsers leave this port out, so this would never match";
	*word = setter_lower(a, *word);
	return word->p ? NULL : "out of memory";
}

const char *
set_cors(struct assignment *a)
{
	const struct set_words **into = a->into;
	const char *words = setter_add_words(a, check_origin);

	for (size_t i = 0; !words && i < (*into)->count; i++)
		if ((*into)->count > 1 && slice_equal((*into)->words[i], SLICE("*")))
			words = "* stands alone: it means every origin";
	return words;
}
