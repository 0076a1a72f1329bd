/*
 * Whole connections of HTTP/1.  What a client got is, response by response, what the access log
 * says: status, length and framing, the bytes of the file that they claim to be.  A response is cut
 * short only for a reason that says so.
 */
#include "config.h"

#define HOUSE_LISTEN "8080"

#include "house.h"

/* Cuts a line that ends in CRLF off the front.  False when there is none. */
static bool
take_line(struct slice *s, struct slice *line)
{
	size_t n = slice_find(*s, '\n');

	if (n == s->len)
		return false;
	require(n > 0 && s->p[n - 1] == '\r');
	*line = slice_head(*s, n - 1);
	*s = slice_after(*s, n + 1);
	return true;
}

static void
take_line_of_field(struct answer *a, struct slice line)
{
	size_t colon = slice_find(line, ':');

	require(colon > 0 && colon < line.len);
	take_field(a, slice_head(line, colon), slice_trim(slice_after(line, colon + 1)));
}

/* Reads a head.  False when it is cut short. */
static bool
take_head(struct answer *a, struct slice *s)
{
	struct slice line;
	uint64_t status;

	*a = (struct answer){ 0 };
	if (!take_line(s, &line))
		return false;
	require(slice_starts(line, SLICE("HTTP/1.1 ")) && line.len > 13 && line.p[12] == ' ');
	require(slice_to_number(slice_from(line.p + 9, 3), 599, &status));
	a->status = (unsigned)status;
	while (take_line(s, &line)) {
		if (line.len == 0)
			return true;
		take_line_of_field(a, line);
	}
	return false;
}

/* Reads a chunked body; its length.  False when it is cut short. */
static bool
take_chunks(const struct answer *a, struct slice *s, uint64_t *length)
{
	struct slice line;

	*length = 0;
	while (take_line(s, &line)) {
		char text[20] = "", *end;
		size_t n;

		require(line.len > 0 && line.len < sizeof text - 1);
		memcpy(text, line.p, line.len);
		n = strtoul(text, &end, 16);
		require(end == text + line.len);
		if (s->len < n + 2)
			return false;
		check_bytes(a, slice_head(*s, n), *length);
		*length += n;
		*s = slice_after(*s, n);
		require(slice_starts(*s, SLICE("\r\n")));
		*s = slice_after(*s, 2);
		if (n == 0)
			return true;
	}
	return false;
}

/* Reads the content of an answer; its length.  False when it is cut short. */
static bool
take_content(const struct answer *a, bool head, struct slice *s, uint64_t *length)
{
	bool empty = a->status == 204 || a->status == 304;

	*length = 0;
	require(!(a->chunked && a->has_length));
	require(!empty || !a->chunked);
	if (head || empty)
		return true;
	if (a->chunked)
		return take_chunks(a, s, length);
	if (!a->has_length) { /* RFC 9112 6.3: as an answer to HTTP/1.0, until the end */
		require(a->close);
		*length = s->len;
	} else {
		*length = a->length < s->len ? a->length : s->len;
	}
	check_bytes(a, slice_head(*s, *length), 0);
	*s = slice_after(*s, *length);
	return !a->has_length || *length == a->length;
}

/* Reads one answer.  False when it is cut short. */
static bool
take_answer(struct slice *rest, const struct entry *e)
{
	struct answer a;
	uint64_t length;
	bool whole;

	do
		if (!take_head(&a, rest))
			return false;
	while (a.status == 100);
	require(a.status == e->status);
	whole = take_content(&a, e->head, rest, &length);
	if (e->closing == 'X')
		return whole;
	require(!whole || length == e->body);
	require(!a.close || e->closing == '-');
	return whole;
}

static void
check_client(const struct client *c, struct slice log)
{
	struct slice rest = slice_from(c->in.p, c->in.len);
	struct entry e = { .closing = '+' };
	bool cut = false;

	while (next_entry(&log, (unsigned)(c - t.clients), &e)) {
		if (e.closing == 'X')
			require(may_be_cut(c) || closed(CLOSE_CLIENT));
		if (!cut && !take_answer(&rest, &e)) {
			require(may_be_cut(c) || e.closing == 'X');
			cut = true;
		}
	}
	if (slice_equal(rest, SLICE("HTTP/1.1 100 Continue\r\n\r\n")))
		return; /* and then its body never came */
	require(rest.len == 0 || may_be_cut(c));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	play_script(data, size);
	return 0;
}
