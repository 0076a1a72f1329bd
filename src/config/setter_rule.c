/* setter_rule - what merges over the levels: header, redirect, error and mime. */
#include "config/setter.h"

#include "base/glob.h"
#include "config/loader.h"
#include "config/mime.h"
#include "http/byte.h"

enum { LEVEL_TYPES_MAX = 256 }; /* `mime` of one level, which is searched one by one */

/* Adds a rule behind the last one of its chain. */
#define APPEND(list, record, rule)                                                                 \
	do {                                                                                       \
		if ((record)->last_rule)                                                           \
			((__typeof__(rule))(record)->last_rule)->next = (rule);                    \
		else                                                                               \
			(list)->first = (rule);                                                    \
		(record)->last_rule = (rule);                                                      \
	} while (0)

#define TURN_OFF(list, a)                                                                          \
	do {                                                                                       \
		(list)->off = true;                                                                \
		(list)->off_at = (a)->at;                                                          \
	} while (0)

/* Fields that are the server's own, and what to say instead. */
static const struct {
	const char *name;
	bool removable;
	const char *words;
} reserved_fields[] = {
	{ "Connection", false, "the server itself says how a connection goes on" },
	{ "Content-Encoding", true, "the server itself says how an answer is coded: see gzip" },
	{ "Content-Length", false, "the server itself says how long an answer is" },
	{ "Content-Range", false, "the server itself says which part an answer is" },
	{ "Content-Type", false, "the type is set by mime, [mime] and charset" },
	{ "Date", false, "the server itself says what time it is" },
	{ "ETag", false, "entity tags come from the file: see etag" },
	{ "Keep-Alive", false, "see keepalive_timeout" },
	{ "Last-Modified", true, "this date comes from the file" },
	{ "Proxy-Connection", false, "the server itself says how a connection goes on" },
	{ "Server", false, "see server_header" },
	{ "TE", false, "this is no field of an answer" },
	{ "Trailer", false, "the server itself says how an answer is framed" },
	{ "Transfer-Encoding", false, "the server itself says how an answer is framed" },
	{ "Upgrade", false, "the server itself says how a connection goes on" },
};

static const char *
check_field(struct slice name, struct slice value, bool remove)
{
	if (name.len == 0)
		return "a field is written NAME: VALUE, and -NAME takes one away";
	for (size_t i = 0; i < name.len; i++)
		if (!byte_is(name.p[i], BYTE_TOKEN))
			return "this is no name of a field: letters, digits and '-', then a ':'";
	for (size_t i = 0; i < value.len; i++)
		if (!byte_is(value.p[i], BYTE_VALUE))
			return "this byte may not stand in a field";
	for (size_t i = 0; i < sizeof reserved_fields / sizeof *reserved_fields; i++)
		if (slice_equal_nocase(name, slice_of(reserved_fields[i].name)) &&
		    !(remove && reserved_fields[i].removable))
			return reserved_fields[i].words;
	if (value.len == 0 && !remove)
		return "the field has no value; -NAME takes a field away";
	return NULL;
}

const char *
add_header(struct assignment *a)
{
	struct header_rule *rule = arena_alloc(a->loader->arena, sizeof *rule);
	/* cppcheck-suppress nullPointer ; typeof evaluates nothing */
	__typeof__(((struct settings *)0)->header) *list = a->into; /* of either key */
	struct slice text = a->text;
	size_t colon = slice_find(text, ':');
	const char *words;

	a->shown =
		value_quote(text, a->loader->arena); /* so that dump can put a comment behind it */
	if (!rule || !a->shown.p)
		return "out of memory";
	if (assignment_is_off(a)) {
		TURN_OFF(list, a);
		return NULL;
	}
	rule->at = a->at;
	rule->remove = colon == text.len && slice_starts(text, SLICE("-"));
	rule->name = rule->remove ? slice_after(text, 1) : slice_head(text, colon);
	rule->value = slice_trim(slice_after(text, colon + 1));
	if (!rule->remove && colon == text.len)
		return "a field is written NAME: VALUE, and -NAME takes one away";
	words = check_field(rule->name, rule->value, rule->remove);
	if (words)
		return words;
	rule->always = list == &a->place->settings.header_always;
	APPEND(list, a->record, rule);
	return NULL;
}

static unsigned
count_captures(struct slice pattern)
{
	unsigned n = 0;

	for (size_t i = 0; i < pattern.len; i++) {
		n += pattern.p[i] == '*';
		if (pattern.p[i] == '*' && i + 1 < pattern.len && pattern.p[i + 1] == '*')
			i++;
	}
	return n;
}

static const char *
check_from(struct redirect_rule *rule)
{
	if (!slice_starts(rule->from, SLICE("/")) && !slice_starts(rule->from, SLICE("**")))
		return rule->rewrite ? "what is rewritten is a path: it begins with '/'"
				     : "what is redirected is a path: it begins with '/'";
	rule->glob = glob_is_pattern(rule->from);
	return rule->glob ? glob_check(rule->from) : NULL;
}

static bool
is_url(struct slice s)
{
	return slice_starts(s, SLICE("http://")) || slice_starts(s, SLICE("https://"));
}

/* Each $N means a star of the pattern; *captured: there is one. */
static const char *
check_captures(struct assignment *a, const struct redirect_rule *rule, bool *captured)
{
	unsigned captures = rule->glob ? count_captures(rule->from) : 0;

	*captured = false;
	for (size_t i = 0; i + 1 < rule->to.len; i++) {
		char digit = rule->to.p[i + 1];

		if (rule->to.p[i] != '$' || digit < '0' || digit > '9')
			continue;
		*captured = true;
		if (digit == '0' || (unsigned)(digit - '0') > captures)
			return value_words(a->loader->arena,
					   "there is no $%c: the pattern has %u star%s", digit,
					   captures, captures == 1 ? "" : "s");
	}
	return NULL;
}

static const char *
check_to(struct assignment *a, const struct redirect_rule *rule)
{
	const char *words;
	bool captured;

	if (slice_starts(rule->to, SLICE("//")) ||
	    (!slice_starts(rule->to, SLICE("/")) && !is_url(rule->to)))
		return "the new place is a path or a whole address: it begins with '/', http:// or https://";
	for (size_t i = 0; i < rule->to.len; i++) {
		char c = rule->to.p[i];

		if (c < 0x21 || c > 0x7e || strchr("\"<>\\^`{|}", c))
			return "the new place is an address: write other bytes as %XX";
	}
	words = check_captures(a, rule, &captured);
	if (words)
		return words;
	if (!captured && (rule->glob ? glob_match(rule->from, rule->to, NULL)
				     : slice_equal(rule->from, rule->to)))
		return "this redirects to itself, for ever";
	return NULL;
}

/* Not an address but a path, written as it is. */
static const char *
check_new_path(struct assignment *a, const struct redirect_rule *rule)
{
	bool captured;

	if (is_url(rule->to))
		return "a rewrite stays within the host: say redirect = FROM -> TO";
	if (!slice_starts(rule->to, SLICE("/")))
		return "the new path begins with '/'";
	if (slice_find(rule->to, '?') < rule->to.len)
		return "a rewrite changes the path alone: the query stays as it is";
	for (size_t i = 0; i < rule->to.len; i++)
		if ((unsigned char)rule->to.p[i] < 0x20 || rule->to.p[i] == 0x7f)
			return "this byte may not stand in a path";
	return check_captures(a, rule, &captured);
}

static const char *
check_redirect_status(struct assignment *a, unsigned *out)
{
	static const unsigned allowed[] = { 301, 302, 303, 307, 308 };
	uint64_t n = 301;

	if (a->value.count == 4 && !slice_to_number(a->value.words[3].text, 999, &n))
		n = 0;
	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
		if (n == allowed[i]) {
			*out = allowed[i];
			return NULL;
		}
	return "the status of a redirect is 301, 302, 303, 307 or 308";
}

const char *
add_redirect(struct assignment *a)
{
	struct redirect_rule *rule = arena_alloc(a->loader->arena, sizeof *rule);
	const struct word *w = a->value.words;
	const char *words;

	if (!rule)
		return "out of memory";
	if (assignment_is_off(a)) {
		TURN_OFF(&a->place->settings.redirect, a);
		return NULL;
	}
	if (a->value.count < 3 || a->value.count > 4 || !slice_equal(w[1].text, SLICE("->")))
		return "a redirect is written FROM -> TO [STATUS]";
	rule->at = a->at;
	rule->from = arena_copy(a->loader->arena, w[0].text);
	rule->to = arena_copy(a->loader->arena, w[2].text);
	if (!rule->from.p || !rule->to.p)
		return "out of memory";
	words = check_from(rule);
	if (!words)
		words = check_to(a, rule);
	if (!words)
		words = check_redirect_status(a, &rule->status);
	if (!words)
		APPEND(&a->place->settings.redirect, a->record, rule);
	return words;
}

const char *
add_rewrite(struct assignment *a)
{
	struct redirect_rule *rule = arena_alloc(a->loader->arena, sizeof *rule);
	const struct word *w = a->value.words;
	const char *words;

	if (!rule)
		return "out of memory";
	if (assignment_is_off(a)) {
		a->place->settings.rewrite_off = true;
		a->place->settings.rewrite_off_at = a->at;
		return NULL;
	}
	if (a->value.count != 3 || !slice_equal(w[1].text, SLICE("->")))
		return "a rewrite is written FROM -> TO";
	*rule = (struct redirect_rule){ .at = a->at,
					.rewrite = true,
					.from = arena_copy(a->loader->arena, w[0].text),
					.to = arena_copy(a->loader->arena, w[2].text) };
	if (!rule->from.p || !rule->to.p)
		return "out of memory";
	words = check_from(rule);
	if (!words)
		words = check_new_path(a, rule);
	if (!words)
		APPEND(&a->place->settings.redirect, a->record, rule);
	return words;
}

/* 400 to 599, or 4 and 5 for the rest of their class; 0 for anything else. */
static unsigned
parse_error_status(struct slice word)
{
	uint64_t n;

	if (slice_equal_nocase(word, SLICE("4xx")) || slice_equal_nocase(word, SLICE("5xx")))
		return (unsigned)(word.p[0] - '0');
	return slice_to_number(word, 599, &n) && n >= 400 ? (unsigned)n : 0;
}

static const char *
add_error_status(struct assignment *a, struct slice word, const struct error_rule *like)
{
	struct error_rule *rule = arena_alloc(a->loader->arena, sizeof *rule);
	struct settings *level = &a->place->settings;
	unsigned status = parse_error_status(word);

	if (status == 0)
		return "an error is a status from 400 to 599, or 4xx or 5xx for the rest; several with commas";
	if (!rule)
		return "out of memory";
	for (const struct error_rule *r = level->error.first; r; r = r->next)
		if (r->status == status)
			return assignment_said(a,
					       value_words(a->loader->arena, "the page for %.*s",
							   SLICE_FMT(word)),
					       r->at);
	*rule = *like;
	rule->status = status;
	APPEND(&level->error, a->record, rule);
	return NULL;
}

/* A page of the same host, or words for the visitor. */
static const char *
parse_error_page(struct assignment *a, struct error_rule *rule)
{
	const struct word *page = &a->value.words[1];
	struct slice text;

	if (a->value.count != 2)
		return "an error page is written STATUS[,STATUS...] /PATH or \"TEXT\" in quotes";
	text = arena_copy(a->loader->arena, page->text);
	if (slice_starts(text, SLICE("/")))
		rule->path = text;
	else if (page->quoted && text.len > 0)
		rule->text = text;
	else
		return "an error page is a path of the same host, beginning with '/', or text in quotes";
	return text.p ? NULL : "out of memory";
}

const char *
add_error(struct assignment *a)
{
	struct error_rule like = { .at = a->at };
	struct slice list = a->value.words[0].text, status;
	const char *words;

	if (assignment_is_off(a)) {
		TURN_OFF(&a->place->settings.error, a);
		return NULL;
	}
	words = parse_error_page(a, &like);
	if (!words && !slice_list_next(&list, &status))
		words = "an error page needs a status, like 404";
	while (!words) {
		words = add_error_status(a, status, &like);
		if (!slice_list_next(&list, &status))
			break;
	}
	return words;
}

static const char *
parse_extension(struct assignment *a, struct slice word, struct slice *out)
{
	if (slice_starts(word, SLICE(".")))
		return "an ending is written without its first dot";
	if (word.len == 0 || word.len > MIME_EXTENSION_MAX || slice_find(word, '/') < word.len)
		return "this is no ending of a file name, like html or tar.gz";
	*out = setter_lower(a, word);
	return out->p ? NULL : "out of memory";
}

static const char *
new_mime_rule(struct assignment *a, struct slice extension, struct slice type,
	      struct mime_rule **out)
{
	struct mime_rule *rule = arena_alloc(a->loader->arena, sizeof *rule);
	const char *words;

	if (!rule)
		return "out of memory";
	rule->at = a->at;
	words = parse_extension(a, extension, &rule->extension);
	if (!words && slice_find(type, '*') < type.len)
		words = "this is no media type, like text/html";
	if (!words)
		words = setter_media_type(a, type, &rule->type);
	*out = rule;
	return words;
}

static const char *
add_level_type(struct assignment *a, struct slice word)
{
	size_t colon = slice_find(word, ':'), count = 0;
	struct settings *level = &a->place->settings;
	struct mime_rule *rule;
	const char *words;

	if (colon == word.len)
		return "a type is written EXTENSION:TYPE, like md:text/markdown";
	words = new_mime_rule(a, slice_head(word, colon), slice_after(word, colon + 1), &rule);
	if (words)
		return words;
	for (const struct mime_rule *r = level->mime.first; r; r = r->next, count++)
		if (slice_equal(r->extension, rule->extension))
			return assignment_said(a, rule->extension.p, r->at);
	if (count == LEVEL_TYPES_MAX)
		return "these are more than 256 types at one level: put them in [mime]";
	APPEND(&level->mime, a->record, rule);
	return NULL;
}

const char *
add_mime(struct assignment *a)
{
	const char *words = NULL;

	if (assignment_is_off(a)) {
		TURN_OFF(&a->place->settings.mime, a);
		return NULL;
	}
	for (size_t i = 0; i < a->value.count && !words; i++)
		words = add_level_type(a, a->value.words[i].text);
	return words;
}

/* A line of [mime]: the key is one ending or several. */
const char *
add_extensions(struct assignment *a)
{
	struct table *known = &a->loader->extensions;
	struct slice rest = a->key, word;
	const char *words = setter_one_word(a);

	while (!words && slice_word(&rest, &word)) {
		const struct mime_rule *before;
		struct mime_rule *rule;

		words = new_mime_rule(a, word, a->value.words[0].text, &rule);
		before = words ? NULL : table_get(known, rule->extension);
		if (before)
			words = assignment_said(a, rule->extension.p, before->at);
		else if (!words && !table_put(known, rule->extension, rule))
			words = "out of memory";
	}
	return words;
}
