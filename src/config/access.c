/* access - see access.h. */
#include "config/access.h"

#include "config/loader.h"
#include "config/setter.h"
#include "http/byte.h"

bool
access_allows(const struct set_access *set, const struct ip *ip, const struct access_rule **decided)
{
	int best = -1;

	*decided = NULL;
	if (!set)
		return true;
	for (const struct access_rule *r = set->first; r; r = r->next) {
		int fit = cidr_match(&r->cidr, ip);

		if (fit == -1 || fit < best || (fit == best && (*decided)->allow < r->allow))
			continue;
		best = fit;
		*decided = r;
	}
	return *decided ? (*decided)->allow : !set->has_allow;
}

/* A rule in front of the others. */
static const char *
push_rule(struct assignment *a, const struct access_rule **list, struct slice word, bool allow)
{
	struct access_rule *rule = arena_alloc(a->loader->arena, sizeof *rule);
	const char *words;

	if (!rule)
		return "out of memory";
	words = cidr_parse(&rule->cidr, word);
	if (words)
		return value_words(a->loader->arena, "%.*s: %s", SLICE_FMT(slice_head(word, 200)),
				   words);
	rule->next = *list;
	rule->at = a->at;
	rule->text = arena_copy(a->loader->arena, word);
	rule->allow = allow;
	*list = rule;
	return rule->text.p ? NULL : "out of memory";
}

/* The list of this level with one rule more. */
static const char *
add_rule(struct assignment *a, const struct set_access **set, struct slice word)
{
	struct set_access *grown = arena_alloc(a->loader->arena, sizeof *grown);
	bool allow = a->directive->min; /* the row says which of the two it is */

	if (!grown)
		return "out of memory";
	*grown = *set ? **set : (struct set_access){ .at = a->at };
	grown->has_allow |= allow;
	*set = grown;
	return push_rule(a, &grown->first, word, allow);
}

const char *
add_access(struct assignment *a)
{
	const struct set_access **into = a->into;
	bool off = assignment_is_off(a);
	const char *words = NULL;

	if (*into && (off || !(*into)->first))
		return "off stands alone: it clears the whole list, allow and deny";
	if (off) {
		struct set_access *set = arena_alloc(a->loader->arena, sizeof *set);

		if (!set)
			return "out of memory";
		set->at = a->at;
		*into = set;
	}
	for (size_t i = 0; i < a->value.count && !off && !words; i++)
		words = add_rule(a, into, a->value.words[i].text);
	return words;
}

const char *
add_trusted(struct assignment *a)
{
	const struct access_rule **into = a->into;
	const char *words = NULL;

	for (size_t i = 0; i < a->value.count && !words; i++) {
		if (slice_equal_nocase(a->value.words[i].text, SLICE("all")))
			return "everybody could choose the address to be taken for: name the "
			       "networks of the proxies";
		words = push_rule(a, into, a->value.words[i].text, true);
	}
	return words;
}

const char *
set_field_name(struct assignment *a)
{
	struct slice *into = a->into, name = a->value.words[0].text;

	if (setter_one_word(a))
		return setter_one_word(a);
	for (size_t i = 0; i < name.len; i++)
		if (!byte_is(name.p[i], BYTE_TOKEN))
			return "this is no name of a field: letters, digits and '-'";
	if (name.len == 0)
		return "this is no name of a field: letters, digits and '-'";
	if (slice_equal_nocase(name, SLICE("Forwarded")))
		return "the syntax of Forwarded cannot be read: let the proxy send X-Forwarded-For";
	*into = arena_copy(a->loader->arena, name);
	return into->p ? NULL : "out of memory";
}
