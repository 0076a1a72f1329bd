/* escape - see escape.h. */
#include "config.h"

#include "content/escape.h"

#include <stdarg.h>
#include <stdio.h>

#include "http/uri.h"

static const struct slice replacement = SLICE("\xEF\xBF\xBD"); /* U+FFFD */

void
text_put(struct text *t, struct slice s)
{
	if (t->full || s.len > t->cap - t->len) {
		t->full = true;
		return;
	}
	if (s.len > 0)
		memcpy(t->p + t->len, s.p, s.len);
	t->len += s.len;
}

void
text_printf(struct text *t, const char *fmt, ...)
{
	char bytes[257];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(bytes, sizeof bytes, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof bytes)
		t->full = true;
	else
		text_put(t, slice_from(bytes, (size_t)n));
}

/* RFC 3629 4: the second byte is where overlong forms, surrogates and the end of Unicode show. */
static bool
second_fits(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xE0:
		return second >= 0xA0 && second <= 0xBF;
	case 0xED:
		return second >= 0x80 && second <= 0x9F;
	case 0xF0:
		return second >= 0x90 && second <= 0xBF;
	case 0xF4:
		return second >= 0x80 && second <= 0x8F;
	default:
		return second >= 0x80 && second <= 0xBF;
	}
}

size_t
utf8_length(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;

	if (p[0] > 0xF4 || n > s.len || n == 0)
		return 0;
	if (n > 1 && !second_fits(p[0], p[1]))
		return 0;
	for (size_t i = 2; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xBF)
			return 0;
	return n;
}

/* What an ASCII byte becomes; SLICE_NONE when it stays.  buffer has room for 8 bytes. */
typedef struct slice replace_fn(char c, char *buffer);

static struct slice
replace_html(char c, char *buffer)
{
	(void)buffer;
	switch (c) {
	case '&':
		return SLICE("&amp;");
	case '<':
		return SLICE("&lt;");
	case '>':
		return SLICE("&gt;");
	case '"':
		return SLICE("&quot;");
	case '\'':
		return SLICE("&#39;");
	default:
		return SLICE_NONE;
	}
}

static struct slice
replace_json(char c, char *buffer)
{
	if (c == '"')
		return SLICE("\\\"");
	if (c == '\\')
		return SLICE("\\\\");
	if (c >= 0x20)
		return SLICE_NONE;
	return slice_from(buffer, (size_t)snprintf(buffer, 8, "\\u%04x", (unsigned)c));
}

static struct slice
replace_nothing(char c, char *buffer)
{
	(void)c;
	(void)buffer;
	return SLICE_NONE;
}

static void
put_escaped(struct text *t, struct slice s, replace_fn *replace)
{
	while (s.len > 0) {
		size_t n = utf8_length(s);
		struct slice out = SLICE_NONE;
		char buffer[8];

		if (n == 1)
			out = replace(s.p[0], buffer);
		if (n == 0)
			out = replacement;
		text_put(t, out.p ? out : slice_head(s, n));
		s = slice_after(s, n > 0 ? n : 1);
	}
}

void
text_put_html(struct text *t, struct slice s)
{
	put_escaped(t, s, replace_html);
}

void
text_put_json(struct text *t, struct slice s)
{
	put_escaped(t, s, replace_json);
}

void
text_put_utf8(struct text *t, struct slice s)
{
	put_escaped(t, s, replace_nothing);
}

/*
 * Byte by byte, so that no buffer is needed: the encoding of a byte knows no neighbours.  A
 * semicolon may stand as it is, but there are clients that see parameters behind it (RFC 3986 3.3).
 */
static struct slice
encode_byte(const char *p, char buffer[3])
{
	if (*p == ';')
		return SLICE("%3B");
	return slice_from(buffer, uri_encode_path(slice_from(p, 1), buffer, 3));
}

void
text_put_url(struct text *t, struct slice s)
{
	char buffer[3];

	for (size_t i = 0; i < s.len; i++)
		text_put(t, encode_byte(s.p + i, buffer));
}

void
text_put_link(struct text *t, struct slice s)
{
	char buffer[3];

	for (size_t i = 0; i < s.len; i++)
		text_put_html(t, encode_byte(s.p + i, buffer));
}
