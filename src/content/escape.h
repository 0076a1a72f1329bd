/*
 * escape - text for HTML, JSON and links, put together in a buffer of known size.
 *
 * Whatever bytes go in, valid UTF-8 comes out: what is none is shown as U+FFFD.  Pure; any thread.
 */
#ifndef CONTENT_ESCAPE_H
#define CONTENT_ESCAPE_H

#include "base/slice.h"

struct text {
	char *p; /* the caller's */
	size_t len, cap;
	bool full; /* something did not fit, and nothing more was taken */
};

/* Each byte of a name takes at most that many in HTML, JSON or a link in HTML. */
enum { ESCAPE_MOST = 6 };

/* As they are. */
void text_put(struct text *, struct slice);

/* Formats at most 256 bytes. */
void text_printf(struct text *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* For content and for values of attributes in quotes. */
void text_put_html(struct text *, struct slice);

/* What stands between the quotes of a JSON string. */
void text_put_json(struct text *, struct slice);

/* In UTF-8, and nothing else changed. */
void text_put_utf8(struct text *, struct slice);

/* A name or path, percent-encoded: nothing that JSON would have to escape. */
void text_put_url(struct text *, struct slice);

/* The same for the value of an attribute in quotes. */
void text_put_link(struct text *, struct slice);

/* The length of the first character of s, which is not empty; 0 when it is not UTF-8 (RFC 3629). */
size_t utf8_length(struct slice s);

#endif
