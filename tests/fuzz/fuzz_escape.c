/*
 * Names in pages and in logs: whatever bytes they are, HTML stays text, JSON a string, a link a
 * link, all of it UTF-8; and a line of the access log one line, from which the bytes can be read
 * back.
 */
#include "config.h"

#include <sys/mman.h>
#include <unistd.h>

#include "content/escape.h"
#include "content/hidden.h"
#include "fuzz.h"
#include "http/uri.h"
#include "log/access_log.h"

typedef void put_fn(struct text *, struct slice);

/* The first character of s, which is long enough, by its number (RFC 3629 3).  0 = it is none. */
static size_t
naive_length(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xC0 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t number = n == 1 ? p[0] : p[0] & (0x7F >> n);

	if (n == 0 || p[0] >= 0xF8 || n > s.len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 0;
		number = number << 6 | (p[i] & 0x3F);
	}
	return number < least[n] || number > 0x10FFFF || (number >= 0xD800 && number <= 0xDFFF) ? 0
												: n;
}

/* Escaped in a buffer of just the size that is promised to be enough.  The caller frees it. */
static struct slice
escape(put_fn *put, struct slice s)
{
	size_t cap = ESCAPE_MOST * s.len;
	struct text t = { .p = malloc(cap > 0 ? cap : 1), .cap = cap };

	require(t.p);
	put(&t, s);
	require(!t.full && t.len <= cap);
	for (size_t i = 0; i < t.len;) {
		size_t n = naive_length(slice_from(t.p + i, t.len - i));

		require(n > 0 && n == utf8_length(slice_from(t.p + i, t.len - i)));
		i += n;
	}
	return slice_from(t.p, t.len);
}

static void
give_back(struct slice s)
{
	free((char *)(uintptr_t)s.p);
}

/* Reads a character of HTML or the like and compares it with a byte of the name. */
static size_t
html_length(struct slice s, char c)
{
	static const struct {
		char c;
		struct slice text;
	} entities[] = { { '&', SLICE("&amp;") },
			 { '<', SLICE("&lt;") },
			 { '>', SLICE("&gt;") },
			 { '"', SLICE("&quot;") },
			 { '\'', SLICE("&#39;") } };

	for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
		if (c == entities[i].c) {
			require(slice_starts(s, entities[i].text));
			return entities[i].text.len;
		}
	require(s.len > 0 && s.p[0] == c);
	return 1;
}

static size_t
json_length(struct slice s, char c)
{
	char text[8];

	if (c == '"' || c == '\\') {
		require(s.len >= 2 && s.p[0] == '\\' && s.p[1] == c);
		return 2;
	}
	if (c >= ' ') {
		require(s.len > 0 && s.p[0] == c);
		return 1;
	}
	snprintf(text, sizeof text, "\\u%04x", (unsigned char)c);
	require(slice_starts(s, slice_of(text)));
	return 6;
}

/* The ASCII of the name stands there in its place, and between it nothing but UTF-8. */
static void
check_text(struct slice s, struct slice out, size_t length(struct slice, char))
{
	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.p[i] >= 0x80)
			continue;
		while (out.len > 0 && (unsigned char)out.p[0] >= 0x80)
			out = slice_after(out, 1);
		out = slice_after(out, length(out, s.p[i]));
	}
	while (out.len > 0 && (unsigned char)out.p[0] >= 0x80)
		out = slice_after(out, 1);
	require(out.len == 0);
}

static void
check_link(struct slice s)
{
	struct slice url = escape(text_put_url, s), link = escape(text_put_link, s);
	size_t n = 0;

	for (size_t i = 0; i < url.len; i++, n++) {
		char c = url.p[i];

		require(c > ' ' && c < 0x7F && !strchr("\"\\<>?#;", c));
		if (c == '%') {
			char hex[3] = { url.p[i + 1], url.p[i + 2], '\0' };

			c = (char)strtoul(hex, NULL, 16);
			i += 2;
		}
		require(n < s.len && c == s.p[n]);
	}
	require(n == s.len);
	check_text(url, link, html_length);
	give_back(url);
	give_back(link);
}

static struct slice
no_field(const void *source, struct slice name)
{
	(void)name;
	return *(const struct slice *)source;
}

static struct slice
no_fact(const void *source, enum tls_fact fact)
{
	(void)fact;
	return *(const struct slice *)source;
}

/* Undoes the escapes of a log.  False when there is one that does not exist. */
static bool
unescape(struct slice s, char *out, size_t *len)
{
	*len = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] != '\\') {
			out[(*len)++] = s.p[i];
		} else if (i + 3 < s.len && s.p[i + 1] == 'x') {
			char hex[3] = { s.p[i + 2], s.p[i + 3], '\0' }, *end;

			out[(*len)++] = (char)strtoul(hex, &end, 16);
			if (*end)
				return false;
			i += 3;
		} else if (++i < s.len && (s.p[i] == '"' || s.p[i] == '\\')) {
			out[(*len)++] = s.p[i];
		} else {
			return false;
		}
	}
	return true;
}

/* Two fields with a word behind them that no client can push out. */
static void
check_line(struct slice s)
{
	static char line[64 * 1024], plain[64 * 1024];
	static int fd = -1;
	struct arena arena;
	struct access_target target = { .fd = fd };
	struct access_log *log;
	static const struct access_source more = { no_field, no_field, no_fact };
	struct access_entry e = { .line = s, .more = &more, .source = &s };
	struct slice got;
	ssize_t n;
	size_t quote, len;

	if (fd == -1)
		target.fd = fd = memfd_create("log", MFD_CLOEXEC);
	require(fd != -1 && ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	arena_init(&arena, 1024);
	require(!access_format_parse(&target.format, SLICE("\"%r\" \"%{Cookie}i\" end"), &arena));
	log = access_log_new(&target, 1);
	require(log);
	access_log_add(log, 0, &e);
	access_log_free(log);
	arena_fini(&arena);
	n = pread(fd, line, sizeof line, 0);
	require(n > 0 && n < (ssize_t)sizeof line);
	got = slice_from(line, (size_t)n);
	require(slice_find(got, '\n') == got.len - 1 && slice_ends(got, SLICE("\" end\n")));
	for (size_t i = 0; i + 1 < got.len; i++)
		require(got.p[i] >= ' ' && got.p[i] < 0x7F);
	for (quote = 1; got.p[quote] != '"'; quote++)
		quote += got.p[quote] == '\\';
	require(unescape(slice_from(got.p + 1, quote - 1), plain, &len));
	if (s.len == 0)
		require(len == 1 && plain[0] == '-');
	else
		require(len <= s.len && memcmp(plain, s.p, len) == 0 &&
			(len == s.len || s.len > 1000));
}

static void
check_hidden(struct slice s)
{
	bool hidden = false;

	for (size_t i = 0; i <= s.len;) {
		struct slice rest = slice_after(s, i),
			     one = slice_head(rest, slice_find(rest, '/'));

		hidden |= hidden_name(one);
		if (slice_starts(one, SLICE(".")) && !slice_equal(one, SLICE(".well-known")))
			require(hidden_name(one));
		i += one.len + 1;
	}
	require(hidden_path(s) == hidden);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice s = fuzz_slice(data, size), out;
	char *copy = fuzz_copy(s);

	s.p = copy;
	out = escape(text_put_html, s);
	check_text(s, out, html_length);
	give_back(out);
	out = escape(text_put_json, s);
	check_text(s, out, json_length);
	give_back(out);
	give_back(escape(text_put_utf8, s));
	check_link(s);
	check_line(s);
	check_hidden(s);
	free(copy);
	return 0;
}
