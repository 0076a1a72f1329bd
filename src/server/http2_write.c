/*
 * http2_write - see http2_record.h: what is sent.
 *
 * nghttp2 chooses whose turn it is: the more urgent first, and of equals each a frame in turn.
 * Without a word of the client's about that (RFC 9218) every stream has its turn, though there the
 * default is one after the other: a small answer must not wait for a large one.
 */
#include "config.h"

#include "server/http2_record.h"

#include <errno.h>
#include <stdlib.h>

#include "base/job.h"
#include "http/status.h"

enum {
	FRAME_HEAD = 9,
	FRAME_CONTENT = 16 * 1024, /* RFC 9113 6.5.2: all that every client takes */
	FRAMES = HTTP2_OUT_SIZE / FRAME_CONTENT,
	LEAST_ROOM = 1024, /* less is not worth a frame of content */
	FIELDS_OF_OURS = 3,
};

void
http2_expect_window(struct conn *c, struct http2_stream *s)
{
	s->deadline_ms = http_deadline(c, &s->patience, http_config(c)->send_timeout_ms);
}

/* Heads. */

struct head {
	nghttp2_nv *fields;
	size_t count;
};

static uint8_t *
bytes_of(struct slice s)
{
	return (uint8_t *)(uintptr_t)s.p;
}

/* nghttp2 makes the letters small, and keeps copies. */
static void
put(struct head *head, struct slice name, struct slice value)
{
	head->fields[head->count++] = (nghttp2_nv){ .name = bytes_of(name),
						    .namelen = name.len,
						    .value = bytes_of(value),
						    .valuelen = value.len };
}

/* False when out of memory. */
static bool
make_head(const struct conn *c, struct http2_stream *s, struct head *head)
{
	const struct response *r = &s->x.response;
	size_t shared = r->block ? r->block->count : 0;
	char *digits = arena_bytes(&s->x.arena, 2ul * SLICE_DIGITS);
	const struct response_field *f;

	head->count = 0;
	head->fields = arena_alloc(&s->x.arena,
				   (FIELDS_OF_OURS + shared + r->count) * sizeof *head->fields);
	if (!head->fields || !digits)
		return false;
	put(head, SLICE(":status"), slice_of_number(digits, r->status));
	put(head, SLICE("date"), slice_from(c->worker->date, DATE_SIZE));
	for (size_t i = 0; (f = response_field_at(r, i)); i++)
		put(head, f->name, f->value);
	if (r->has_length && status_has_content(r->status))
		put(head, SLICE("content-length"),
		    slice_of_number(digits + SLICE_DIGITS, r->length));
	return true;
}

void
http2_send_continue(struct conn *c, struct http2_stream *s)
{
	nghttp2_nv fields[1];
	struct head head = { .fields = fields };

	put(&head, SLICE(":status"), SLICE("100"));
	nghttp2_submit_headers(http2_of(c)->session, NGHTTP2_FLAG_NONE, s->id, NULL, fields, 1,
			       NULL);
}

static bool
is_empty(const struct http2_stream *s)
{
	const struct body *b = &s->x.response.body;

	if (s->x.request.method == METHOD_HEAD || !status_has_content(s->x.response.status))
		return true;
	return b->kind == BODY_SOURCE_NONE ||
	       (b->kind == BODY_SOURCE_MEMORY && b->memory.len == 0) ||
	       (b->kind == BODY_SOURCE_FILE && b->file.left == 0);
}

/* The buffer. */

static bool
take_buffer(struct conn *c)
{
	struct http2 *h = http2_of(c);
	struct http2_stock *stock = c->worker->http2;

	if (h->out)
		return true;
	h->out = stock->buffer ? stock->buffer : malloc(HTTP2_OUT_SIZE);
	stock->buffer = NULL;
	return h->out;
}

void
http2_give_buffer(struct conn *c)
{
	struct http2 *h = http2_of(c);
	struct http2_stock *stock = c->worker->http2;

	if (stock->buffer || h->out_own)
		free(h->out);
	else
		stock->buffer = h->out;
	h->out = NULL;
	h->out_own = false;
}

bool
http2_put_aside(struct conn *c)
{
	struct http2 *h = http2_of(c);
	size_t len = h->out_len - h->out_at;
	char *own = NULL;

	if (!h->out || (h->out_own && c->transport.held < len))
		return true;
	if (c->transport.held < len) {
		own = malloc(len);
		if (!own)
			return false;
		memcpy(own, h->out + h->out_at, len);
	}
	http2_give_buffer(c);
	h->out = own;
	h->out_own = own;
	h->out_at = 0;
	h->out_len = len;
	return true;
}

/* More than may wait is put together only where the socket has room for it. */
static bool
widen(struct conn *c, struct http2 *h)
{
	size_t room;

	if (h->out_room > HTTP2_OUT_LEAST)
		return false;
	room = transport_room(&c->transport);
	if (room < h->out_room + LEAST_ROOM)
		return false;
	h->out_room = room < HTTP2_OUT_SIZE ? room : HTTP2_OUT_SIZE;
	return true;
}

/* Room for another frame, and what it begins with? */
static bool
has_room(struct conn *c, struct http2 *h)
{
	return h->out_len + LEAST_ROOM <= h->out_room || widen(c, h);
}

/* Bytes of a body. */

/* Bytes of it still to come, as far as that is known. */
static uint64_t
body_left(const struct body *b)
{
	switch (b->kind) {
	case BODY_SOURCE_MEMORY:
		return b->memory.len;
	case BODY_SOURCE_FILE:
		return b->file.left;
	default:
		return UINT64_MAX;
	}
}

/* The rest of a body cannot be had: the client sees that it is not all. */
static ssize_t
break_off(struct conn *c, struct http2_stream *s)
{
	c->client = s->x.client;
	conn_log(c, LOG_LEVEL_ERROR, "stream %d reset: %s", (int)s->id,
		 close_reason_words(CLOSE_BROKEN_BODY));
	return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

/* True when a helper reads the file there; else it may be read here and now. */
static bool
wait_for_file(struct conn *c, struct http2_stream *s, int fd, off_t at, struct file_reach *reach)
{
	s->x.job = cold_file_read_job(fd, at, 0, reach);
	if (s->x.job && http2_stream_wait(c, s, HTTP2_STREAM_WAIT_FILE))
		return true;
	if (s->x.job)
		s->x.job->free(s->x.job);
	s->x.job = NULL;
	return false;
}

static ssize_t
give_memory(struct http2_stream *s, char *out, size_t most, bool *end)
{
	struct slice *left = &s->x.response.body.memory;
	size_t n = left->len < most ? left->len : most;

	memcpy(out, left->p, n);
	*left = slice_after(*left, n);
	*end = left->len == 0;
	return (ssize_t)n;
}

/* Another stream would put its frames where they were read to. */
static bool
is_alone(const struct http2 *h)
{
	return h->streams.next->next == &h->streams;
}

/* Where the content of this frame goes, and of those that will follow it in `out`.  How many. */
static int
lay_out(const struct http2 *h, uint64_t left, struct iovec *parts)
{
	size_t at = h->out_len;
	int count = 0;

	while (count < FRAMES && left > 0 && at + FRAME_HEAD < h->out_room) {
		size_t n = h->out_room - at - FRAME_HEAD;

		if (n > FRAME_CONTENT)
			n = FRAME_CONTENT;
		if (n > left)
			n = (size_t)left;
		parts[count++] = (struct iovec){ h->out + at + FRAME_HEAD, n };
		at += FRAME_HEAD + n;
		left -= n;
	}
	return count;
}

/* Reads for several frames in one go, if this is the first of them. */
static void
read_ahead(struct http2 *h, struct http2_stream *s)
{
	const struct body *b = &s->x.response.body;
	struct iovec parts[FRAMES];
	int count = is_alone(h) ? lay_out(h, b->file.left, parts) : 0;
	ssize_t n;

	h->ahead.stream = NULL;
	if (count < 2)
		return;
	n = cold_file_read_parts(b->file.fd, parts, count, b->file.at, &s->reach);
	if (n > 0)
		h->ahead = (struct http2_ahead){
			.stream = s, .file_at = b->file.at, .at = h->out_len, .left = (size_t)n
		};
}

static bool
is_ahead(const struct http2 *h, const struct http2_stream *s, size_t n)
{
	return h->ahead.stream == s && h->ahead.at == h->out_len &&
	       h->ahead.file_at == s->x.response.body.file.at && h->ahead.left >= n;
}

/* As cold_file_read(). */
static ssize_t
read_file(struct http2 *h, struct http2_stream *s, char *out, size_t n)
{
	const struct body *b = &s->x.response.body;

	if (!is_ahead(h, s, n))
		read_ahead(h, s);
	if (!is_ahead(h, s, n))
		return cold_file_read(b->file.fd, out, n, b->file.at, &s->reach);
	h->ahead.at += FRAME_HEAD + n;
	h->ahead.file_at += (off_t)n;
	h->ahead.left -= n;
	if (n < FRAME_CONTENT) /* the rest of its place is not where the next frame has its own */
		h->ahead.stream = NULL;
	return (ssize_t)n;
}

static ssize_t
give_file(struct conn *c, struct http2_stream *s, char *out, size_t most, bool *end)
{
	struct body *b = &s->x.response.body;
	size_t n = b->file.left < most ? (size_t)b->file.left : most;
	ssize_t got = read_file(http2_of(c), s, out, n);

	if (got == -1 && errno == EAGAIN) {
		if (wait_for_file(c, s, b->file.fd, b->file.at, &s->reach))
			return NGHTTP2_ERR_DEFERRED;
		got = cold_file_read(b->file.fd, out, n, b->file.at, &s->reach);
	}
	*end = n == b->file.left;
	/* without its last piece the client knows that it has not got what was promised */
	if (got != (ssize_t)n ||
	    (*end && file_stamp_compare(&b->file.stamp, b->file.fd) == FILE_CHANGED))
		return break_off(c, s);
	b->file.at += got;
	b->file.left -= n;
	return got;
}

static ssize_t
give_stream(struct conn *c, struct http2_stream *s, char *out, size_t most, bool *end)
{
	struct body_stream *stream = s->x.response.body.stream;
	size_t len = 0;

	switch (stream->fill(stream, out, most, &len)) {
	case BODY_BROKEN:
		return break_off(c, s);
	case BODY_COLD:
		if (wait_for_file(c, s, stream->cold.fd, stream->cold.at, &stream->cold.reach))
			return NGHTTP2_ERR_DEFERRED;
		break;
	case BODY_FILLED:
		break;
	case BODY_END:
		*end = true;
		return (ssize_t)len;
	}
	if (len > 0)
		return (ssize_t)len;
	http2_of(c)->more = true; /* the others first, and then once more */
	return NGHTTP2_ERR_PAUSE;
}

static ssize_t
give_some(struct conn *c, struct http2_stream *s, char *out, size_t most, bool *end)
{
	switch (s->x.response.body.kind) {
	case BODY_SOURCE_MEMORY:
		return give_memory(s, out, most, end);
	case BODY_SOURCE_FILE:
		return give_file(c, s, out, most, end);
	case BODY_SOURCE_STREAM:
		return give_stream(c, s, out, most, end);
	case BODY_SOURCE_NONE:
		break;
	}
	*end = true;
	return 0;
}

/* limit_rate: nothing for a while. */
static ssize_t
pause_stream(struct conn *c, struct http2_stream *s, uint64_t left)
{
	s->paused = true;
	s->deadline_ms = http_after(c, (uint64_t)pace_wait_ms(&s->pace, left));
	return NGHTTP2_ERR_DEFERRED;
}

/* nghttp2_data_source_read_callback: it may be so many bytes.  They are put where they are sent
 * from, behind the room for the frame's head. */
static ssize_t
give(nghttp2_session *session, int32_t id, uint8_t *buffer, size_t most, uint32_t *flags,
     nghttp2_data_source *source, void *user)
{
	struct conn *c = user;
	struct http2 *h = http2_of(c);
	struct http2_stream *s = source->ptr;
	uint64_t left = body_left(&s->x.response.body), allowed = UINT64_MAX;
	bool end = false;
	size_t room;
	ssize_t n;

	(void)session, (void)id, (void)buffer;
	h->recent = s;
	if (!has_room(c, h)) {
		h->more = true;
		return NGHTTP2_ERR_PAUSE;
	}
	if (s->pace.rate > 0)
		allowed = pace_allowed(&s->pace, left, c->worker->now_ms);
	if (allowed == 0)
		return pause_stream(c, s, left);
	if (left > h->out_room - h->out_len)
		widen(c, h);
	room = h->out_room - h->out_len;
	if (most > room - FRAME_HEAD)
		most = room - FRAME_HEAD;
	if (most > allowed)
		most = (size_t)allowed;
	n = give_some(c, s, h->out + h->out_len + FRAME_HEAD, most, &end);
	if (n < 0)
		return n;
	*flags |= NGHTTP2_DATA_FLAG_NO_COPY | (end ? (uint32_t)NGHTTP2_DATA_FLAG_EOF : 0);
	s->sent.body += (uint64_t)n;
	pace_spend(&s->pace, (uint64_t)n);
	patience_note(&s->patience, (uint64_t)n, c->worker->now_ms);
	http2_expect_window(c, s);
	http2_calm(c, (uint64_t)n);
	return n;
}

int
http2_put_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t len,
	       nghttp2_data_source *source, void *user)
{
	struct http2 *h = http2_of(user);

	(void)session, (void)frame, (void)source;
	memcpy(h->out + h->out_len, head, FRAME_HEAD);
	h->out_len += FRAME_HEAD + len;
	return 0;
}

/* The whole. */

static void
let_take_turns(struct conn *c, const struct http2_stream *s)
{
	const nghttp2_extpri turns = { .urgency = NGHTTP2_EXTPRI_DEFAULT_URGENCY, .inc = 1 };

	if (body_left(&s->x.response.body) <= FRAME_CONTENT) /* it has one turn in any case */
		return;
	if (!request_field_named(&s->x.request, SLICE("priority")).p)
		nghttp2_session_change_extpri_stream_priority(http2_of(c)->session, s->id, &turns,
							      0);
}

void
http2_start_response(struct conn *c, struct http2_stream *s)
{
	const struct set_limit_rate *limit = s->x.route.scope->now.limit_rate;
	nghttp2_session *session = http2_of(c)->session;
	nghttp2_data_provider content = { .source.ptr = s, .read_callback = give };
	struct head head;

	s->state = HTTP2_STREAM_SENDING;
	pace_start(&s->pace, limit ? limit->bytes : 0, limit ? limit->after : 0, c->worker->now_ms);
	http_start_patience(c, &s->patience, http_config(c)->send_timeout_ms);
	http2_expect_window(c, s);
	let_take_turns(c, s);
	if (!make_head(c, s, &head) ||
	    nghttp2_submit_response(session, s->id, head.fields, head.count,
				    is_empty(s) ? NULL : &content) != 0)
		nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, s->id,
					  NGHTTP2_INTERNAL_ERROR);
}

bool
http2_fill(struct conn *c)
{
	struct http2 *h = http2_of(c);

	h->more = false;
	h->ahead.stream = NULL;
	h->out_room = HTTP2_OUT_LEAST;
	if (!take_buffer(c))
		return false;
	while (has_room(c, h)) {
		const uint8_t *bytes;
		size_t room;
		ssize_t n;

		if (h->rest.len == 0) {
			n = nghttp2_session_mem_send(h->session, &bytes);
			if (n < 0)
				return false;
			if (n == 0)
				break;
			h->rest = slice_from((const char *)bytes, (size_t)n);
		}
		room = h->out_room - h->out_len;
		if (room > h->rest.len)
			room = h->rest.len;
		memcpy(h->out + h->out_len, h->rest.p, room);
		h->out_len += room;
		h->rest = slice_after(h->rest, room);
	}
	return true;
}

enum step
http2_flush(struct conn *c)
{
	struct http2 *h = http2_of(c);
	enum step step;
	ssize_t n;

	if (!c->writable)
		return STEP_WANT_WRITE;
	n = transport_send(&c->transport, h->out ? h->out + h->out_at : NULL,
			   h->out_len - h->out_at, TRANSPORT_NOW);
	if (n > 0)
		h->out_at += (size_t)n;
	if (h->out_at == h->out_len) {
		h->out_at = h->out_len = 0;
		if (h->out_own)
			http2_give_buffer(c);
	}
	step = http_sent(c, &h->taken, &h->patience, n);
	if (step == STEP_AGAIN)
		h->out_until_ms = http_deadline(c, &h->patience, http_config(c)->send_timeout_ms);
	return step;
}
