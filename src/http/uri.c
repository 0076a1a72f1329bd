/* uri - see uri.h. */
#include "config.h"

#include "http/uri.h"

#include <arpa/inet.h>

#include "http/byte.h"

/* Offset of the first byte that is in none of the classes, or s.len. */
static size_t
span(struct slice s, unsigned classes)
{
	size_t n = 0;

	while (n < s.len && byte_is(s.p[n], classes))
		n++;
	return n;
}

/* Path and query of raw, which is all that stands behind the authority. */
static unsigned
parse_path_query(struct target *t, struct slice raw)
{
	size_t n = span(raw, BYTE_PATH);

	t->path = slice_head(raw, n);
	t->has_query = n < raw.len && raw.p[n] == '?';
	if (t->has_query) {
		t->query = slice_after(raw, n + 1);
		n += 1 + span(t->query, BYTE_QUERY);
	}
	return n == raw.len ? 0 : 400;
}

/* Behind the "//": the authority ends at the path, the query or the end (RFC 3986 3.2). */
static unsigned
parse_authority(struct target *t, struct slice raw)
{
	size_t n = 0;
	struct host host;

	while (n < raw.len && raw.p[n] != '/' && raw.p[n] != '?')
		n++;
	t->authority = slice_head(raw, n);
	/* RFC 9110 4.2.1, 4.2.4: an empty host or userinfo is an error. */
	if (!uri_parse_host(&host, t->authority) || parse_path_query(t, slice_after(raw, n)) != 0)
		return 400;
	if (t->path.len == 0)
		t->path = SLICE("/");	/* RFC 9110 4.2.3 */
	return 0;
}

/* absolute-form, RFC 9112 3.2.2 */
static unsigned
parse_absolute(struct target *t, struct slice raw)
{
	static const struct slice schemes[] = { SLICE("http://"), SLICE("https://") };

	t->form = TARGET_ABSOLUTE;
	for (size_t i = 0; i < 2; i++) {
		t->https = i == 1;
		if (slice_equal_nocase(slice_head(raw, schemes[i].len), schemes[i]))
			return parse_authority(t, slice_after(raw, schemes[i].len));
	}
	return 400;
}

unsigned
uri_parse_target(struct target *t, struct slice raw, enum method method)
{
	struct host host;

	*t = (struct target){ .form = TARGET_ORIGIN };
	if (method == METHOD_CONNECT)	/* RFC 9112 3.2.3: authority-form, and only that */
		return uri_parse_host(&host, raw) && host.port > 0 ? 501 : 400;
	if (raw.len > 0 && raw.p[0] == '/')
		return parse_path_query(t, raw);
	if (slice_equal(raw, SLICE("*"))) {
		t->form = TARGET_ASTERISK;
		t->path = raw;
		return method == METHOD_OPTIONS ? 0 : 400;	/* RFC 9112 3.2.4 */
	}
	return parse_absolute(t, raw);
}

static bool
is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7F;
}

/*
 * One byte of a segment from the front of raw, decoded.  Returns how many bytes it took there,
 * 0 for a broken escape or a control byte.
 */
static inline size_t
decode_byte(struct slice raw, char *out)
{
	size_t n = 1;

	*out = raw.p[0];
	if (*out == '%') {
		int high = raw.len > 2 ? byte_hex(raw.p[1]) : -1;
		int low = high >= 0 ? byte_hex(raw.p[2]) : -1;

		if (low < 0)
			return 0;
		*out = (char)(high << 4 | low);
		n = 3;
	}
	return is_control((unsigned char)*out) ? 0 : n;
}

/* Most bytes of a segment stand for themselves. */
static inline bool
stays(char c)
{
	return byte_is(c, BYTE_PCHAR) && c != '/';
}

/* How many bytes of out are left when the segment that starts at `start` has been weighed. */
static size_t
close_segment(const char *out, size_t start, size_t end)
{
	struct slice segment = slice_from(out + start, end - start);

	if (segment.len > 2 || segment.len == 0 || segment.p[0] != '.')
		return end;
	if (segment.len == 1)
		return start;		/* "." */
	if (segment.p[1] != '.')
		return end;
	if (start == 1)
		return start;		/* ".." at the root */
	while (out[start - 2] != '/')
		start--;
	return start - 1;		/* behind the slash before the segment before */
}

unsigned
uri_decode_path(struct slice raw, char *out, struct slice *path)
{
	unsigned status = 0;
	size_t len = 1, start = 1;	/* of out, and of its last segment */
	size_t i = 1, n;

	if (raw.len == 0 || raw.p[0] != '/')
		return 400;
	out[0] = '/';
	for (; i < raw.len; i += n) {
		n = 1;
		if (stays(raw.p[i])) {
			out[len++] = raw.p[i];
			continue;
		}
		if (raw.p[i] == '/') {
			len = close_segment(out, start, len);
			if (out[len - 1] != '/')	/* slashes merge */
				out[len++] = '/';
			start = len;
			continue;
		}
		n = decode_byte(slice_after(raw, i), &out[len]);
		if (n == 0)
			return 400;
		if (out[len++] == '/')
			status = 404;	/* from %2F: data, and no name can hold it */
	}
	len = close_segment(out, start, len);
	out[len] = '\0';
	*path = slice_from(out, len);
	return status;
}

/* How long the name at the front of s is; 0 when one of its labels is empty. */
static size_t
name_length(struct slice s)
{
	for (size_t n = 0, label = 0;; label = ++n) {
		while (n < s.len && s.p[n] != '.' && byte_is(s.p[n], BYTE_HOST))
			n++;
		if (n == s.len || s.p[n] != '.')
			return n;
		if (n == label)
			return 0;
	}
}

/* "[" IPv6address "]", RFC 3986 3.2.2; of IPvFuture there is none yet. */
static bool
is_literal(struct slice s)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (s.len < 2 || s.len - 2 >= sizeof text || s.p[s.len - 1] != ']')
		return false;
	memcpy(text, s.p + 1, s.len - 2);
	text[s.len - 2] = '\0';
	return strlen(text) == s.len - 2 && inet_pton(AF_INET6, text, &address) == 1;
}

bool
uri_parse_host(struct host *host, struct slice value)
{
	bool literal = value.len > 0 && value.p[0] == '[';
	size_t n = literal ? slice_find(value, ']') + 1 : name_length(value);
	struct slice port = slice_after(value, n + 1);
	uint64_t number = 0;

	*host = (struct host){ .name = slice_head(value, n) };
	if (n < value.len && value.p[n] != ':')
		return false;
	/* RFC 3986 3.2.3: the digits may be missing behind the colon */
	if (port.len > 0 && (!slice_to_number(port, 65535, &number) || number == 0))
		return false;
	host->port = (unsigned)number;
	if (literal)
		return is_literal(host->name);
	if (n == 0)
		return false;
	if (host->name.p[host->name.len - 1] == '.')
		host->name.len--;	/* the DNS root: example.org. is example.org */
	return true;
}

size_t
uri_encode_path(struct slice path, char *out, size_t cap)
{
	static const char hex[] = "0123456789ABCDEF";	/* RFC 3986 2.1: capitals */
	size_t len = 0;

	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.p[i];
		bool plain = byte_is(path.p[i], BYTE_PCHAR);

		if (cap - len < (plain ? 1 : 3))
			return 0;
		if (plain) {
			out[len++] = path.p[i];
		} else {
			out[len++] = '%';
			out[len++] = hex[c >> 4];
			out[len++] = hex[c & 15];
		}
	}
	return len;
}

size_t
uri_query_value(struct slice query, struct slice name, struct slice *value)
{
	size_t count = 0;

	*value = SLICE_NONE;
	while (query.len > 0) {
		size_t n = slice_find(query, '&');
		struct slice one = slice_head(query, n);

		if (slice_starts(one, name) && one.len > name.len && one.p[name.len] == '=') {
			*value = slice_after(one, name.len + 1);
			count++;
		}
		query = slice_after(query, n + 1);
	}
	return count;
}
