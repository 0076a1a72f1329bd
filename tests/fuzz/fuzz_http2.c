/*
 * Whole connections of HTTP/2.  What a client got is frames that a client may get, in an order that
 * makes sense; the answers that ended are those of the access log, in its order: status, length,
 * and the bytes of the file that they claim to be.  What HTTP/1 answers on the same listener is
 * looked at by fuzz_conn.
 */
#include "config.h"

#include <nghttp2/nghttp2.h>

#define HOUSE_LISTEN "8080 h2c"

#include "house.h"

enum { STREAMS_MAX = 4096, FRAME_HEAD = 9, FRAME_MOST = 16384 };

struct stream {
	uint32_t id;
	bool over; /* ended or reset */
	struct answer answer;
	uint64_t length; /* of the content so far */
};

struct frame {
	unsigned type, flags;
	uint32_t stream;
	struct slice payload;
};

/* Of the client that is looked at. */
static struct {
	struct stream streams[STREAMS_MAX];
	size_t count;
	nghttp2_hd_inflater *inflater;
	struct slice log;
	unsigned client;
} seen;

static uint32_t
number_at(struct slice s, size_t at, size_t bytes)
{
	uint32_t n = 0;

	for (size_t i = 0; i < bytes; i++)
		n = n << 8 | (unsigned char)s.p[at + i];
	return n;
}

/* Cuts a frame off the front.  False when it is not whole. */
static bool
take_frame(struct slice *s, struct frame *f)
{
	size_t len;

	if (s->len < FRAME_HEAD)
		return false;
	len = number_at(*s, 0, 3);
	require(len <= FRAME_MOST);
	if (s->len < FRAME_HEAD + len)
		return false;
	*f = (struct frame){ .type = number_at(*s, 3, 1),
			     .flags = number_at(*s, 4, 1),
			     .stream = number_at(*s, 5, 4),
			     .payload = slice_head(slice_after(*s, FRAME_HEAD), len) };
	*s = slice_after(*s, FRAME_HEAD + len);
	return true;
}

static struct stream *
find_stream(uint32_t id)
{
	for (size_t i = seen.count; i-- > 0;)
		if (seen.streams[i].id == id)
			return &seen.streams[i];
	return NULL;
}

static struct stream *
need_stream(uint32_t id)
{
	struct stream *s = find_stream(id);

	if (s)
		return s;
	require(id % 2 == 1 && seen.count < STREAMS_MAX);
	s = &seen.streams[seen.count++];
	*s = (struct stream){ .id = id };
	return s;
}

static void
read_head(struct answer *a, struct slice block)
{
	nghttp2_nv field;
	int flags = 0;
	uint64_t n;

	*a = (struct answer){ 0 };
	while (!(flags & NGHTTP2_HD_INFLATE_FINAL)) {
		ssize_t used = nghttp2_hd_inflate_hd2(seen.inflater, &field, &flags,
						      (const uint8_t *)block.p, block.len, 1);
		struct slice name, value;

		require(used >= 0);
		block = slice_after(block, (size_t)used);
		if (!(flags & NGHTTP2_HD_INFLATE_EMIT))
			continue;
		name = slice_from((const char *)field.name, field.namelen);
		value = slice_from((const char *)field.value, field.valuelen);
		if (slice_equal(name, SLICE(":status"))) {
			require(a->status == 0 && slice_to_number(value, 599, &n));
			a->status = (unsigned)n;
			continue;
		}
		for (size_t i = 0; i < name.len; i++) /* RFC 9113 8.2 */
			require(name.p[i] < 'A' || name.p[i] > 'Z');
		take_field(a, name, value);
	}
	nghttp2_hd_inflate_end_headers(seen.inflater);
	require(a->status >= 100 && !a->chunked && !a->close);
}

/* The next answer that the log calls whole must be this one. */
static void
check_end(struct stream *s)
{
	struct entry e;

	s->over = true;
	do
		require(next_entry(&seen.log, seen.client, &e));
	while (e.closing == 'X');
	require(e.status == s->answer.status && e.body == s->length);
	if (e.head || e.status == 204 || e.status == 304)
		require(s->length == 0);
	else if (s->answer.has_length)
		require(s->length == s->answer.length);
}

static void
check_answer(const struct frame *f)
{
	struct stream *s = need_stream(f->stream);

	require(!s->over && !(f->flags & (NGHTTP2_FLAG_PADDED | NGHTTP2_FLAG_PRIORITY)));
	if (f->type == NGHTTP2_HEADERS) {
		require(s->answer.status < 200 && (f->flags & NGHTTP2_FLAG_END_HEADERS));
		read_head(&s->answer, f->payload);
	} else {
		require(s->answer.status >= 200);
		check_bytes(&s->answer, f->payload, s->length);
		s->length += f->payload.len;
	}
	if (f->flags & NGHTTP2_FLAG_END_STREAM) {
		require(s->answer.status >= 200);
		check_end(s);
	}
}

static void
check_frame(const struct frame *f)
{
	switch (f->type) {
	case NGHTTP2_DATA:
	case NGHTTP2_HEADERS:
		check_answer(f);
		break;
	case NGHTTP2_RST_STREAM:
		require(f->payload.len == 4);
		need_stream(f->stream)->over = true;
		break;
	case NGHTTP2_SETTINGS:
		require(f->stream == 0 && f->payload.len % 6 == 0);
		break;
	case NGHTTP2_PING:
		require(f->stream == 0 && f->payload.len == 8);
		break;
	case NGHTTP2_GOAWAY:
		require(f->stream == 0 && f->payload.len >= 8);
		break;
	case NGHTTP2_WINDOW_UPDATE:
		require(f->payload.len == 4);
		break;
	default:
		require(false);
	}
}

static bool
may_be_short(const struct client *c)
{
	return may_be_cut(c) || closed(CLOSE_SLOW);
}

static void
check_client(const struct client *c, struct slice log)
{
	struct slice rest = slice_from(c->in.p, c->in.len);
	struct entry e;
	struct frame f;
	bool first = true;

	if (slice_starts(rest, SLICE("HTTP/1.1 ")))
		return;
	seen.count = 0;
	seen.log = log;
	seen.client = (unsigned)(c - t.clients);
	require(nghttp2_hd_inflate_new(&seen.inflater) == 0);
	for (; take_frame(&rest, &f); first = false) {
		require(!first || (f.type == NGHTTP2_SETTINGS && f.flags == 0));
		check_frame(&f);
	}
	nghttp2_hd_inflate_del(seen.inflater);
	require(rest.len == 0 || may_be_short(c));
	while (next_entry(&seen.log, seen.client, &e))
		require(e.closing == 'X' || may_be_short(c));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	play_script(data, size);
	return 0;
}
