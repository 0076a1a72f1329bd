/* setter_plain - the members of [server], [log] and [gzip] that no other level has. */
#include "config/setter.h"

#include <sys/un.h>

#include "config/loader.h"
#include "config/suggest.h"
#include "http/http2_library.h"

const char *
setter_one_word(const struct assignment *a)
{
	return a->value.count == 1 ? NULL
				   : "this takes one word: put quotes around it if it has blanks";
}

const char *
setter_needs(const struct assignment *a, const char *missing, const char *what)
{
	return missing ? value_words(a->loader->arena, "%s, which %s", missing, what) : NULL;
}

int
setter_one_of(struct assignment *a, struct slice word, const char *const *words)
{
	struct suggestion s;

	suggest_init(&s, word);
	for (int i = 0; words[i]; i++) {
		if (slice_equal_nocase(word, slice_of(words[i])))
			return i;
		suggest_try(&s, slice_of(words[i]));
	}
	a->hint = s.best;
	return -1;
}

const char *
setter_absolute_path(struct assignment *a, struct slice path, struct slice *out)
{
	if (!slice_starts(path, SLICE("/")))
		return value_words(a->loader->arena, "a path begins with '/': write /srv/%.*s, say",
				   SLICE_FMT(slice_head(path, 200)));
	if (path.len >= 4096)
		return "a path has less than 4096 bytes";
	while (path.len > 1 && path.p[path.len - 1] == '/')
		path.len--;
	*out = arena_copy(a->loader->arena, path);
	return out->p ? NULL : "out of memory";
}

const char *
set_include(struct assignment *a)
{
	struct loader *l = a->loader;
	struct place *place = l->place;
	const char *words = NULL;

	for (size_t i = 0; i < a->value.count; i++) {
		const char *failed;

		l->place = NULL; /* a file begins without a section */
		l->passing_over = false;
		failed = reader_include(&l->reader, a->value.words[i].text, a->at);
		words = words ? words : failed;
	}
	l->place = place;
	l->passing_over = false;
	return words;
}

static const char *
take_options(const struct assignment *a, struct listen_spec *spec)
{
	for (size_t i = 1; i < a->value.count; i++) {
		struct slice option = a->value.words[i].text;

		if (slice_equal(option, SLICE("tls")) && x509_missing())
			return setter_needs(a, x509_missing(), "tls needs");
		if (slice_equal(option, SLICE("tls"))) {
			spec->tls = true;
			continue;
		}
		if (slice_equal(option, SLICE("proxy")))
			return "this build cannot do the proxy protocol";
		if (slice_equal(option, SLICE("h2c")) && !http2_library())
			return "this tinyhttpd was built without nghttp2, which h2c needs";
		if (slice_equal(option, SLICE("h2c"))) {
			spec->h2c = true;
			continue;
		}
		return "one place to listen on a line: repeat listen for more";
	}
	return spec->tls && spec->h2c
		       ? "tls and h2c exclude each other: with tls HTTP/2 is agreed upon anyway"
		       : NULL;
}

/* Two lines for what one socket takes: the other socket could not be bound. */
static const char *
check_overlap(const struct assignment *a, const struct listen_spec *new,
	      const struct listen_spec *before)
{
	const char *how = "whose connections this takes too";

	if (new->address.any.sa_family != AF_UNIX && address_port(&new->address) == 0)
		return NULL; /* the system chooses one for each */
	if (address_equal(&new->address, &before->address))
		return assignment_said(a, "this address", before->at);
	if (address_covers(&before->address, &new->address))
		how = "which takes these connections too";
	else if (!address_covers(&new->address, &before->address))
		return NULL;
	return assignment_said(
		a, value_words(a->loader->arena, "%.*s, %s,", SLICE_FMT(before->text), how),
		before->at);
}

const char *
set_listen(struct assignment *a)
{
	struct loader *l = a->loader;
	struct listen_spec spec = { .at = a->at, .text = a->value.words[0].text }, *grown;
	const char *words = address_parse(&spec.address, spec.text);

	if (!words)
		words = take_options(a, &spec);
	for (size_t i = 0; !words && i < l->listen_count; i++)
		words = check_overlap(a, &spec, &l->listen[i]);
	if (words)
		return words;
	spec.text = arena_copy(l->arena, spec.text);
	grown = loader_grow(l, l->listen, l->listen_count, sizeof spec);
	if (!grown || !spec.text.p)
		return "out of memory";
	grown[l->listen_count++] = spec;
	l->config->tls.listen_count += spec.tls;
	l->listen = grown;
	return NULL;
}

/* A member `NAME` of struct slice with its origin behind it, as user and group have it. */
const char *
set_name(struct assignment *a)
{
	struct server_config *s = &a->loader->config->server;
	struct slice name = a->value.words[0].text;
	struct slice *into = a->into;

	if (setter_one_word(a))
		return setter_one_word(a);
	if (name.len == 0 || name.len > 255 || name.p[0] == '-' ||
	    slice_find(name, ':') < name.len || slice_find(name, '/') < name.len ||
	    slice_find(name, ' ') < name.len)
		return "this is no name of a user or group";
	*into = arena_copy(a->loader->arena, name);
	*(into == &s->user ? &s->user_at : &s->group_at) = a->at;
	return into->p ? NULL : "out of memory";
}

const char *
set_path(struct assignment *a)
{
	const char *words = setter_one_word(a);
	struct slice *into = a->into;

	if (words)
		return words;
	if (!assignment_is_off(a))
		return setter_absolute_path(a, a->value.words[0].text, into);
	*into = SLICE_NONE;
	return NULL;
}

const char *
set_control(struct assignment *a)
{
	struct slice *into = a->into;
	const char *words = set_path(a);

	if (!words && into->len >= sizeof((struct sockaddr_un *)0)->sun_path)
		words = "the path of a socket has at most 107 bytes";
	a->loader->config->server.control_at = a->at;
	return words;
}

const char *
set_number(struct assignment *a)
{
	const struct directive *d = a->directive;
	struct server_config *s = &a->loader->config->server;
	const char *words = setter_one_word(a);
	uint64_t n = 0;

	if (!words)
		words = value_number(&n, a->value.words[0].text, d->unit, d->min, d->max,
				     a->loader->arena);
	if (words)
		return words;
	if (d->size == sizeof(uint64_t))
		*(uint64_t *)a->into = n;
	else
		*(uint32_t *)a->into = (uint32_t)n; /* the bounds fit it */
	if (a->into == &s->max_connections)
		s->max_connections_at = a->at;
	return NULL;
}

const char *
set_workers(struct assignment *a)
{
	unsigned *into = a->into;

	if (!slice_equal_nocase(a->value.text, SLICE("auto")))
		return set_number(a);
	*into = 0;
	return NULL;
}

const char *
set_flag(struct assignment *a)
{
	const char *words = setter_one_word(a);

	if (!words)
		words = value_switch(a->into, a->value.words[0].text);
	if (!words)
		a->loader->config->gzip.enable_at = a->at;
	return words;
}

const char *
set_precompressed(struct assignment *a)
{
	static const char *const suffixes[] = { "zst", "br", "gz", NULL };
	static const enum coding codings[] = { CODING_ZSTD, CODING_BR, CODING_GZIP };
	struct coding_order order = { .count = 0 };
	unsigned seen = 0;

	for (size_t i = 0; i < a->value.count && !assignment_is_off(a); i++) {
		int which = setter_one_of(a, a->value.words[i].text, suffixes);

		if (which == -1)
			return "these are zst, br and gz, the best first, or off";
		if (seen & 1u << which)
			return "each of zst, br and gz can be named once";
		seen |= 1u << which;
		order.coding[order.count++] = codings[which];
	}
	*(struct coding_order *)a->into = order;
	return NULL;
}

const char *
set_server_header(struct assignment *a)
{
	static const char *const words[] = { "off", "name", "full", NULL };
	enum server_header *into = a->into;
	int i = setter_one_of(a, a->value.text, words);

	if (i == -1)
		return "this is off, name (tinyhttpd) or full (with its version)";
	*into = (enum server_header)i;
	a->loader->config->server.server_header_at = a->at;
	return NULL;
}

const char *
set_sandbox(struct assignment *a)
{
	static const char *const words[] = { "auto", "off", "strict", NULL };
	enum sandbox *into = a->into;
	int i = setter_one_of(a, a->value.text, words);

	if (i == -1)
		return "this is auto (what the kernel has), strict (all of it, or no start) or off";
	*into = (enum sandbox)i;
	return NULL;
}

static const char *
check_path(struct assignment *a, struct slice *word)
{
	return setter_absolute_path(a, *word, word);
}

const char *
add_sandbox_read(struct assignment *a)
{
	return setter_add_words(a, check_path);
}

static const char *
check_level(struct assignment *a, enum error_level *level)
{
	static const char *const names[] = {
#define ERROR_LEVEL(enumerator, word) word,
#include "log/error_level.def"
#undef ERROR_LEVEL
		NULL
	};
	int i = LOG_LEVEL_NOTICE;

	if (a->value.count > 1)
		i = setter_one_of(a, a->value.words[1].text, names);
	if (i == -1)
		return "a level is error, warn, notice, info or debug";
	*level = (enum error_level)i;
	return a->value.count > 2 ? "an error log is TARGET [LEVEL], nothing more" : NULL;
}

const char *
set_error_log(struct assignment *a)
{
	struct config *c = a->loader->config;
	struct slice target = a->value.words[0].text;
	const char *words = check_level(a, &c->error_log_level);

	if (words)
		return words;
	if (slice_equal(target, SLICE("syslog")))
		return "this build cannot log to syslog: name a file, or stderr";
	if (slice_equal(target, SLICE("off")))
		return "the error log cannot be off: name a file, or stderr";
	c->error_log_path = SLICE_NONE;
	if (slice_equal(target, SLICE("stderr")))
		return NULL;
	return setter_absolute_path(a, target, &c->error_log_path);
}
