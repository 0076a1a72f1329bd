/*
 * access_format - the shape of an access log line, taken apart once.
 *
 * The directives are those of Apache's LogFormat, which every log reader knows.  Parsed while
 * the configuration is read, immutable afterwards; any thread.
 */
#ifndef LOG_ACCESS_FORMAT_H
#define LOG_ACCESS_FORMAT_H

#include "base/arena.h"
#include "base/slice.h"

/* What a piece of a line shows.  ACCESS_ITEM(enumerator, directive letter, takes {Name}) */
enum access_kind {
	ACCESS_TEXT, /* ready-made bytes between directives */
#define ACCESS_ITEM(enumerator, letter, named) enumerator,
#include "log/access_item.def"
#undef ACCESS_ITEM
	ACCESS_KIND_COUNT
};

/* What %{Name}x shows. */
enum tls_fact {
#define TLS_FACT(enumerator, name) enumerator,
#include "log/tls_fact.def"
#undef TLS_FACT
	TLS_FACT_COUNT
};

struct access_item {
	enum access_kind kind;
	enum tls_fact fact; /* ACCESS_TLS */
	struct slice text;  /* ACCESS_TEXT: the bytes; named directives: the field name */
};

struct access_format {
	struct slice source; /* as written, or the name of a ready-made format */
	const struct access_item *items;
	size_t count;
};

/* The format behind "combined" or "vhost", or SLICE_NONE for another name. */
struct slice access_format_named(struct slice name);

/*
 * Takes a format apart into memory of the arena.  NULL, or the words for the user.  The
 * text need not outlive the call.
 */
const char *access_format_parse(struct access_format *, struct slice text, struct arena *);

#endif
