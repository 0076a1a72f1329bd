/* setter_secret - who may: auth, signed_links. */
#include "config/setter.h"

#include "base/digest.h"
#include "config/htpasswd.h"
#include "config/inputs.h"
#include "config/loader.h"
#include "http/byte.h"

enum { SECRET_LEAST = 16 };

/* What stands in WWW-Authenticate between quotes (RFC 9110 5.6.4), without any to escape. */
static const char *
check_realm(struct slice realm)
{
	if (realm.len == 0)
		return "the realm is what the browser shows when it asks for the password: put it "
		       "in quotes before the file";
	for (size_t i = 0; i < realm.len; i++)
		if (!byte_is(realm.p[i], BYTE_VALUE) || realm.p[i] == '"' || realm.p[i] == '\\')
			return "a realm has no quotes, backslashes and control characters";
	return NULL;
}

const char *
setter_file(struct assignment *a, struct slice name, struct slice *path, struct slice *shown)
{
	struct arena *arena = a->loader->arena;

	*path = reader_resolve(a->at.file, name, arena);
	if (path->p)
		*shown = inputs_absolute(a->loader->inputs, *path, arena);
	if (path->p && shown->p)
		*shown = value_quote(*shown, arena);
	return path->p && shown->p ? NULL : "out of memory";
}

/* dump stands alone. */
static const char *
show_auth(struct assignment *a, const struct set_auth *set, struct slice file)
{
	struct arena *arena = a->loader->arena;
	struct slice realm = value_quote(set->realm, arena);

	a->shown = arena_printf(arena, "%.*s %.*s", SLICE_FMT(realm), SLICE_FMT(file));
	return realm.p && a->shown.p ? NULL : "out of memory";
}

static const char *
parse_auth(struct assignment *a, struct set_auth *set)
{
	struct slice path, shown;
	const char *words;

	if (a->value.count != 2)
		return "this is \"REALM\" FILE: what the browser shows, and the file with the "
		       "passwords";
	words = setter_needs(a, digest_missing(), "passwords need");
	if (words)
		return words;
	set->realm = arena_copy(a->loader->arena, a->value.words[0].text);
	words = set->realm.p ? check_realm(set->realm) : "out of memory";
	if (!words)
		words = setter_file(a, a->value.words[1].text, &path, &shown);
	if (!words)
		words = htpasswd_load(a->loader, path, &set->file);
	return words ? words : show_auth(a, set, shown);
}

const char *
set_auth(struct assignment *a)
{
	struct set_auth *set = arena_alloc(a->loader->arena, sizeof *set);
	const struct set_auth **into = a->into;
	const char *words = NULL;

	if (!set)
		return "out of memory";
	set->at = a->at;
	if (!assignment_is_off(a))
		words = parse_auth(a, set);
	if (!words)
		*into = set;
	return words;
}

/* The first line of the file; the word becomes that, and dump has the file. */
static const char *
read_secret(struct assignment *a, struct slice *word)
{
	struct arena *arena = a->loader->arena;
	struct slice path, bytes, shown;
	const char *words = setter_file(a, *word, &path, &shown);

	if (!words && (words = inputs_read(a->loader->inputs, path.p, &bytes)))
		return value_words(arena, "cannot read it: %s", words);
	if (words)
		return words;
	bytes = slice_head(bytes, slice_find(bytes, '\n'));
	if (slice_ends(bytes, SLICE("\r")))
		bytes.len--;
	if (bytes.len < SECRET_LEAST)
		return "a secret is the first line of its file, of 16 bytes at least; make one with "
		       "`openssl rand -hex 32`";
	*word = bytes;
	a->shown = arena_printf(arena, "%.*s%s%.*s", SLICE_FMT(a->shown),
				a->shown.len > 0 ? " " : "", SLICE_FMT(shown));
	return a->shown.p ? NULL : "out of memory";
}

const char *
set_signed_links(struct assignment *a)
{
	const char *words =
		assignment_is_off(a) ? NULL : setter_needs(a, digest_missing(), "signatures need");

	if (words)
		return words;
	if (!assignment_is_off(a))
		a->shown = SLICE_NONE; /* made of the files, one by one */
	return setter_add_words(a, read_secret);
}
