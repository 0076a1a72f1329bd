/* setter_level - the scalars and lists that may stand at every level. */
#include "config/setter.h"

#include "base/digest.h"
#include "config/loader.h"
#include "config/suggest.h"
#include "http/byte.h"

struct slice
setter_lower(struct assignment *a, struct slice s)
{
	char *out = arena_bytes(a->loader->arena, s.len + 1);

	if (!out)
		return SLICE_NONE;
	for (size_t i = 0; i < s.len; i++)
		out[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] | 0x20 : s.p[i]);
	out[s.len] = '\0';
	return slice_from(out, s.len);
}

const char *
setter_add_words(struct assignment *a, const char *check(struct assignment *, struct slice *word))
{
	struct set_words *set = arena_alloc(a->loader->arena, sizeof *set);
	const struct set_words **into = a->into;
	bool off = (a->directive->flags & OFF) && assignment_is_off(a);
	struct record *r = a->record;
	struct slice *grown;

	if (*into && (off || (*into)->count == 0))
		return "off stands alone: it clears the whole list";
	for (size_t i = 0; i < a->value.count && !off; i++) {
		struct slice word = a->value.words[i].text;
		const char *words = check ? check(a, &word) : NULL;

		if (words)
			return value_words(a->loader->arena, "%.*s: %s",
					   SLICE_FMT(slice_head(a->value.words[i].text, 200)),
					   words);
		grown = loader_grow(a->loader, r->words, r->word_count, sizeof word);
		if (!grown)
			return "out of memory";
		r->words = grown;
		r->words[r->word_count++] = word;
	}
	if (!set)
		return "out of memory";
	*set = (struct set_words){ .at = *into ? (*into)->at : a->at,
				   .words = r->words,
				   .count = r->word_count };
	*into = set;
	return NULL;
}

const char *
set_switch(struct assignment *a)
{
	struct set_switch *set = arena_alloc(a->loader->arena, sizeof *set);
	const struct set_switch **into = a->into;
	const char *words = setter_one_word(a);

	if (!set)
		return "out of memory";
	if (!words)
		words = value_switch(&set->on, a->value.words[0].text);
	if (words)
		return words;
	set->at = a->at;
	*into = set;
	return NULL;
}

const char *
set_symlinks(struct assignment *a)
{
	static const char *const words[] = { "beneath", "none", "owner", "allow", NULL };
	struct set_symlinks *set = arena_alloc(a->loader->arena, sizeof *set);
	const struct set_symlinks **into = a->into;
	int i = setter_one_of(a, a->value.text, words);

	if (!set)
		return "out of memory";
	if (assignment_is_off(a))
		a->hint = SLICE("none");
	if (i == -1)
		return "this is beneath (followed while they stay below the root), none, owner (where "
		       "who made the link owns its target) or allow";
	*set = (struct set_symlinks){ .at = a->at, .policy = (enum symlinks)i };
	*into = set;
	return NULL;
}

const char *
set_etag(struct assignment *a)
{
	struct set_etag *set = arena_alloc(a->loader->arena, sizeof *set);
	const struct set_etag **into = a->into;
	bool content = slice_equal_nocase(a->value.text, SLICE("content")), on = true;

	if (!set)
		return "out of memory";
	if (content && digest_missing())
		return setter_needs(a, digest_missing(), "tags of the content need");
	if (!content && (a->value.count != 1 || value_switch(&on, a->value.words[0].text)))
		return "this is on (made of time and size), content, or off";
	*set = (struct set_etag){ a->at, content ? ETAG_CONTENT : on ? ETAG_ON : ETAG_OFF };
	*into = set;
	return NULL;
}

/* One number for each distinct root; the directory itself is looked at when all is read. */
static const char *
number_root(struct loader *l, struct set_root *set)
{
	const struct set_root *known = table_get(&l->roots, set->path);

	set->index = known ? known->index : l->roots.count;
	return known || table_put(&l->roots, set->path, set) ? NULL : "out of memory";
}

const char *
set_root(struct assignment *a)
{
	struct set_root *set = arena_alloc(a->loader->arena, sizeof *set);
	const struct set_root **into = a->into;
	const char *words = setter_one_word(a);

	if (!set || words)
		return set ? words : "out of memory";
	set->at = a->at;
	if (!assignment_is_off(a)) {
		words = setter_absolute_path(a, a->value.words[0].text, &set->path);
		if (!words)
			words = number_root(a->loader, set);
	}
	if (!words)
		*into = set;
	return words;
}

static const char *
check_index(struct assignment *a, struct slice *word)
{
	if (slice_find(*word, '/') < word->len)
		return "an index is the name of a file, without '/'";
	if (word->len == 0 || slice_equal(*word, SLICE(".")) || slice_equal(*word, SLICE("..")))
		return "this is no name of a file";
	*word = arena_copy(a->loader->arena, *word);
	return word->p ? NULL : "out of memory";
}

const char *
set_index(struct assignment *a)
{
	return setter_add_words(a, check_index);
}

static bool
is_token(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!byte_is(s.p[i], BYTE_TOKEN))
			return false;
	return s.len > 0;
}

const char *
setter_media_type(struct assignment *a, struct slice word, struct slice *out)
{
	size_t slash = slice_find(word, '/');

	if (slice_find(word, ';') < word.len)
		return "write the type alone: charset = NAME labels text types";
	if (slash == word.len || !is_token(slice_head(word, slash)) ||
	    !is_token(slice_after(word, slash + 1)))
		return "this is no media type, like text/html";
	*out = setter_lower(a, word);
	return out->p ? NULL : "out of memory";
}

static const char *
check_type(struct assignment *a, struct slice *word)
{
	size_t star = slice_find(*word, '*');

	if (star < word->len && (star + 1 < word->len || !slice_ends(*word, SLICE("/*")) ||
				 slice_starts(*word, SLICE("*"))))
		return "a '*' stands behind the '/' only, as in text/*";
	return setter_media_type(a, *word, word);
}

const char *
set_types(struct assignment *a)
{
	return setter_add_words(a, check_type);
}

static const char *
set_checked_text(struct assignment *a,
		 const char *check(struct assignment *, struct slice, struct slice *out))
{
	struct set_text *set = arena_alloc(a->loader->arena, sizeof *set);
	const struct set_text **into = a->into;
	const char *words = setter_one_word(a);

	if (!set)
		return "out of memory";
	set->at = a->at;
	if (!words && !assignment_is_off(a))
		words = check(a, a->value.words[0].text, &set->text);
	if (!words)
		*into = set;
	return words;
}

static const char *
check_plain_type(struct assignment *a, struct slice word, struct slice *out)
{
	if (slice_find(word, '*') < word.len)
		return "this is no media type, like text/html";
	return setter_media_type(a, word, out);
}

const char *
set_type(struct assignment *a)
{
	return set_checked_text(a, check_plain_type);
}

static const char *
check_charset(struct assignment *a, struct slice word, struct slice *out)
{
	if (!is_token(word) || word.len > 40) /* RFC 2978 2.3 */
		return "this is no name of a charset, like utf-8 or gbk";
	*out = arena_copy(a->loader->arena, word);
	return out->p ? NULL : "out of memory";
}

const char *
set_charset(struct assignment *a)
{
	return set_checked_text(a, check_charset);
}

static const char *
check_method(struct assignment *a, struct slice word, method_set *allowed)
{
	enum method m = method_parse(word);
	struct suggestion s;

	*allowed |= METHOD_BIT(m);
	if (m != METHOD_UNKNOWN)
		return NULL;
	suggest_init(&s, word);
	for (int i = METHOD_UNKNOWN + 1; i < METHOD_COUNT; i++)
		suggest_try(&s, method_name((enum method)i));
	a->hint = s.best;
	return "this is no method the server knows; methods are written in capitals, like GET";
}

const char *
set_methods(struct assignment *a)
{
	struct set_methods *set = arena_alloc(a->loader->arena, sizeof *set);
	const struct set_methods **into = a->into;
	bool off = assignment_is_off(a);
	const char *words = NULL;

	if (!set)
		return "out of memory";
	if (*into && (off || (*into)->allowed == 0))
		return "off stands alone: it clears the whole list";
	*set = (struct set_methods){ .at = *into ? (*into)->at : a->at,
				     .allowed = *into ? (*into)->allowed : 0 };
	for (size_t i = 0; i < a->value.count && !off && !words; i++)
		words = check_method(a, a->value.words[i].text, &set->allowed);
	if (!words)
		*into = set;
	return words;
}

const char *
set_body_size(struct assignment *a)
{
	struct set_number *set = arena_alloc(a->loader->arena, sizeof *set);
	const struct set_number **into = a->into;
	const char *words = setter_one_word(a);

	if (!set)
		return "out of memory";
	*set = (struct set_number){ .at = a->at, .n = UINT64_MAX };
	if (!words && !assignment_is_off(a))
		words = value_number(&set->n, a->value.words[0].text, UNIT_SIZE, 0, UINT64_MAX - 1,
				     a->loader->arena);
	if (!words)
		*into = set;
	return words;
}

/* The format that the words behind the target mean. */
static const char *
access_format(struct assignment *a, struct access_format *format)
{
	static const char *const names[] = { "combined", "vhost", NULL };
	struct word word = { SLICE("combined"), false };
	const char *words;
	int i;

	if (a->value.count > 2)
		return "an access log is TARGET [FORMAT]: put quotes around the format";
	if (a->value.count == 2)
		word = a->value.words[1];
	if (word.quoted)
		return access_format_parse(format, word.text, a->loader->arena);
	if (slice_equal(word.text, SLICE("json")))
		return "this build has no json format: say combined, vhost or a format in quotes";
	i = setter_one_of(a, word.text, names);
	if (i == -1)
		return "a format is combined, vhost or one in quotes";
	words = access_format_parse(format, access_format_named(slice_of(names[i])),
				    a->loader->arena);
	format->source = slice_of(names[i]);
	return words;
}

/* The same target with the same format is one log, whoever writes to it. */
static const char *
share_access_log(struct assignment *a, struct access_log_spec spec, int *out)
{
	struct loader *l = a->loader;
	struct config *c = l->config;
	struct slice key = arena_printf(l->arena, "%.*s\n%.*s", SLICE_FMT(spec.path),
					SLICE_FMT(spec.format.source));
	const struct set_access_log *known = key.p ? table_get(&l->access_index, key) : NULL;
	struct set_access_log *entry;
	struct access_log_spec *grown;

	if (known) {
		*out = known->index;
		return NULL;
	}
	entry = arena_alloc(l->arena, sizeof *entry);
	grown = loader_grow(l, l->access_logs, c->access_log_count, sizeof spec);
	if (!key.p || !entry || !grown || !table_put(&l->access_index, key, entry))
		return "out of memory";
	*out = entry->index = (int)c->access_log_count;
	grown[c->access_log_count++] = spec;
	l->access_logs = grown;
	return NULL;
}

const char *
setter_access_target(struct assignment *a, int *out)
{
	struct access_log_spec spec = { .at = a->at };
	struct slice target = a->value.words[0].text;
	const char *words;

	*out = -1;
	if (assignment_is_off(a))
		return NULL;
	if (slice_equal(target, SLICE("syslog")))
		return "this build cannot log to syslog: name a file, stdout or off";
	words = access_format(a, &spec.format);
	if (!words && !slice_equal(target, SLICE("stdout")))
		words = setter_absolute_path(a, target, &spec.path);
	return words ? words : share_access_log(a, spec, out);
}

const char *
set_access_log(struct assignment *a)
{
	struct set_access_log *set = arena_alloc(a->loader->arena, sizeof *set);
	const struct set_access_log **into = a->into;
	const char *words;

	if (!set)
		return "out of memory";
	set->at = a->at;
	words = setter_access_target(a, &set->index);
	if (!words)
		*into = set;
	return words;
}
