/* http1_head - see http1_head.h. */
#include "config.h"

#include "server/http1_head.h"

#include "http/status.h"

struct writer {
	char *at, *end;
	bool full;
};

static void
put(struct writer *w, struct slice s)
{
	if ((size_t)(w->end - w->at) < s.len) {
		w->full = true;
		return;
	}
	if (s.len > 0)
		memcpy(w->at, s.p, s.len);
	w->at += s.len;
}

static void
put_number(struct writer *w, uint64_t n)
{
	char digits[SLICE_DIGITS];

	put(w, slice_of_number(digits, n));
}

static void
put_field(struct writer *w, struct slice name, struct slice value)
{
	put(w, name);
	put(w, SLICE(": "));
	put(w, value);
	put(w, SLICE("\r\n"));
}

/* RFC 9112 6.2 and RFC 9110 8.6: no Content-Length with 204, nor with chunked; none is said for
 * 304. */
static void
put_framing(struct writer *w, const struct http1_head *h)
{
	const struct response *r = h->response;

	if (!status_has_content(r->status))
		return;
	if (h->chunked) {
		put_field(w, SLICE("Transfer-Encoding"), SLICE("chunked"));
	} else if (r->has_length) {
		put(w, SLICE("Content-Length: "));
		put_number(w, r->length);
		put(w, SLICE("\r\n"));
	}
}

/* Fields and framing: ready-made, or of their parts. */
static void
put_lines(struct writer *w, const struct http1_head *h)
{
	const struct response *r = h->response;

	if (r->lines.p) {
		put(w, r->lines);
		return;
	}
	if (r->block)
		put(w, r->block->text);
	for (size_t i = 0; i < r->count; i++)
		put_field(w, r->fields[i].name, r->fields[i].value);
	put_framing(w, h);
}

/* The status line, and the name of the field behind it. */
static void
put_status(struct writer *w, unsigned code)
{
	switch (code) {
#define STATUS(listed, reason, words)                                                              \
	case listed:                                                                               \
		put(w, SLICE("HTTP/1.1 " #listed " " reason "\r\nDate: "));                        \
		return;
#include "http/status.def"
#undef STATUS
	}
	put(w, SLICE("HTTP/1.1 "));
	put_number(w, code);
	put(w, SLICE(" "));
	put(w, status_reason(code));
	put(w, SLICE("\r\nDate: "));
}

size_t
http1_head_format(const struct http1_head *h, char *out, size_t cap)
{
	const struct response *r = h->response;
	struct writer w = { .at = out, .end = out + cap };

	put_status(&w, r->status);
	put(&w, h->date);
	put(&w, SLICE("\r\n"));
	put_lines(&w, h);
	if (h->connection == HTTP1_CLOSE)
		put_field(&w, SLICE("Connection"), SLICE("close"));
	else if (h->connection == HTTP1_KEEP_SAY)
		put_field(&w, SLICE("Connection"), SLICE("keep-alive"));
	put(&w, SLICE("\r\n"));
	return w.full ? 0 : (size_t)(w.at - out);
}
