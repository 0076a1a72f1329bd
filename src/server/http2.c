/*
 * http2 - see http2.h: the connection, its session, and its bounds.
 *
 * A step sends what is in `out`; then receives, since a client that has changed its mind should be
 * heard before more is put together for it; then fills `out` again.  While the client does not take
 * what was sent nothing is received from it, so what it can have put together here is bounded by
 * what came in one piece.
 *
 * Bounds: streams at once, the size and number of fields of a head, CONTINUATION frames, resets
 * and orders that have to be answered are counted by nghttp2; frames that do not bring anybody
 * any further are counted here (http2_disturb), since for those it has no measure.
 */
#include "config.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "server/http2_record.h"
#include "server/linger.h"

enum {
	PIECE = 16 * 1024, /* received at once */
	NOTICE_MS = 5000,  /* between the two GOAWAY, at most: the longest way there and back */
	UNSENT_MOST = 64 * 1024, /* bytes that an urgent answer may find before it in the socket */
	FRAME_CALM = 1024,	 /* what a frame that disturbs takes away, in bytes of content */
	CALM_MOST = 1000 * FRAME_CALM,
	CALM_EACH_MS = 50 * FRAME_CALM / 1000,
	OVERHEAD = 8, /* so many bytes of whatever kind count for one */
	CONTINUATIONS_LEAST = 8,
	RESETS = 1000,
	RESETS_EACH_SECOND = 33,
	HEAVY = 4096, /* bytes put together in a step that took long */
	DATA_LEAST = 16,
};

/* What a client may cost. */

void
http2_fail(struct conn *c, enum close_reason reason)
{
	struct http2 *h = http2_of(c);

	if (h->failed != CLOSE_REASON_COUNT)
		return;
	h->failed = reason;
	h->leaving = HTTP2_LEAVES;
	nghttp2_session_terminate_session(
		h->session, reason == CLOSE_FLOOD ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_NO_ERROR);
}

void
http2_calm(struct conn *c, uint64_t bytes)
{
	struct http2 *h = http2_of(c);

	h->calm += bytes < CALM_MOST ? (int64_t)bytes : CALM_MOST;
	if (h->calm > CALM_MOST)
		h->calm = CALM_MOST;
}

void
http2_burden(struct conn *c, int64_t bytes)
{
	struct http2 *h = http2_of(c);
	int64_t past = c->worker->now_ms - h->calm_ms;

	if (past > CALM_MOST / CALM_EACH_MS)
		past = CALM_MOST / CALM_EACH_MS;
	http2_calm(c, (uint64_t)past * CALM_EACH_MS);
	h->calm_ms = c->worker->now_ms;
	h->calm -= bytes;
	if (h->calm < 0)
		http2_fail(c, CLOSE_FLOOD);
}

void
http2_disturb(struct conn *c)
{
	http2_burden(c, FRAME_CALM);
}

/* GOAWAY in two steps (RFC 9113 6.8): what the client sent before it knew is still taken. */

void
http2_leave(struct conn *c)
{
	static const uint8_t mark[8] = "leaving";
	struct http2 *h = http2_of(c);

	if (h->leaving != HTTP2_STAYS)
		return;
	h->leaving = HTTP2_NOTICE;
	h->leave_ms = http_after(c, NOTICE_MS);
	nghttp2_submit_shutdown_notice(h->session);
	nghttp2_submit_ping(h->session, NGHTTP2_FLAG_NONE, mark);
}

static void
leave_now(struct http2 *h)
{
	if (h->leaving != HTTP2_NOTICE)
		return;
	h->leaving = HTTP2_LEAVES;
	h->leave_ms = INT64_MAX;
	nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE,
			      nghttp2_session_get_last_proc_stream_id(h->session), NGHTTP2_NO_ERROR,
			      NULL, 0);
}

/* Callbacks.  A failure that they return would end the session on the spot. */

static struct http2_stream *
stream_of(nghttp2_session *session, int32_t id)
{
	return id > 0 ? nghttp2_session_get_stream_user_data(session, id) : NULL;
}

static int
on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *hd, void *user)
{
	(void)session;
	switch (hd->type) {
	case NGHTTP2_HEADERS:
		break;
	case NGHTTP2_DATA:
		if (hd->length >= DATA_LEAST || (hd->flags & NGHTTP2_FLAG_END_STREAM))
			break;
		/* fall through */
	default:
		http2_disturb(user);
		break;
	}
	return 0;
}

static int
on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct http2_stream *s;

	if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	s = http2_stream_new(user, frame->hd.stream_id);
	if (s) {
		nghttp2_session_set_stream_user_data(session, s->id, s);
		return 0;
	}
	nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
				  NGHTTP2_REFUSED_STREAM);
	return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int
on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
	  size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags, void *user)
{
	struct http2_stream *s = stream_of(session, frame->hd.stream_id);

	(void)flags;
	if (s && s->state == HTTP2_STREAM_HEAD) /* else it is a trailer */
		http2_request_add(user, s, slice_from((const char *)name, name_len),
				  slice_from((const char *)value, value_len));
	return 0;
}

/* RFC 9113 8.1.1: what is malformed is refused, and not repaired by leaving a field out. */
static int
on_invalid_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
		  size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
		  void *user)
{
	(void)name, (void)name_len, (void)value, (void)value_len, (void)flags;
	conn_log(user, LOG_LEVEL_INFO, "stream %d reset: malformed field",
		 (int)frame->hd.stream_id);
	nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
				  NGHTTP2_PROTOCOL_ERROR);
	return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int
on_invalid_frame(nghttp2_session *session, const nghttp2_frame *frame, int error, void *user)
{
	(void)session;
	conn_log(user, LOG_LEVEL_INFO, "HTTP/2, stream %d: %s", (int)frame->hd.stream_id,
		 nghttp2_strerror(error));
	return 0;
}

static int
on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes, size_t len,
	void *user)
{
	struct http2_stream *s = stream_of(session, id);

	(void)flags, (void)bytes;
	if (s)
		http2_stream_receive(user, s, len);
	return 0;
}

static int
on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct http2_stream *s = stream_of(session, frame->hd.stream_id);
	bool ends = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;

	switch (frame->hd.type) {
	case NGHTTP2_PING:
		if (frame->hd.flags & NGHTTP2_FLAG_ACK)
			leave_now(http2_of(user));
		break;
	case NGHTTP2_HEADERS:
	case NGHTTP2_DATA:
		if (s && s->state == HTTP2_STREAM_HEAD) {
			s->ended = ends;
			http2_stream_begin(user, s);
		} else if (s && ends) {
			http2_stream_received(user, s);
		}
		break;
	default:
		break;
	}
	return 0;
}

static int
on_frame_sent(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct http2_stream *s = stream_of(session, frame->hd.stream_id);
	struct http2 *h = http2_of(user);

	switch (frame->hd.type) {
	case NGHTTP2_HEADERS:
	case NGHTTP2_DATA:
		if (!s)
			break;
		s->sent.head += 9 + (frame->hd.type == NGHTTP2_HEADERS ? frame->hd.length : 0);
		if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
			http2_stream_sent(user, s);
		break;
	case NGHTTP2_RST_STREAM: /* a client can have us reset streams of its own making */
		if (frame->rst_stream.error_code != NGHTTP2_NO_ERROR)
			http2_disturb(user);
		break;
	case NGHTTP2_GOAWAY:
		if (frame->goaway.error_code == NGHTTP2_NO_ERROR)
			break;
		h->leaving = HTTP2_LEAVES;
		if (h->failed == CLOSE_REASON_COUNT)
			h->failed = frame->goaway.error_code == NGHTTP2_ENHANCE_YOUR_CALM
					    ? CLOSE_FLOOD
					    : CLOSE_PROTOCOL;
		break;
	default:
		break;
	}
	return 0;
}

static int
on_stream_close(nghttp2_session *session, int32_t id, uint32_t error, void *user)
{
	struct http2_stream *s = stream_of(session, id);

	(void)error;
	if (s)
		http2_stream_end(user, s);
	return 0;
}

/* What the connections of a worker share. */

static bool
set_callbacks(struct http2_stock *stock)
{
	nghttp2_session_callbacks *cb;

	if (nghttp2_session_callbacks_new(&cb) != 0)
		return false;
	stock->callbacks = cb;
	nghttp2_session_callbacks_set_on_begin_frame_callback(cb, on_begin_frame);
	nghttp2_session_callbacks_set_on_begin_headers_callback(cb, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(cb, on_header);
	nghttp2_session_callbacks_set_on_invalid_header_callback(cb, on_invalid_header);
	nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(cb, on_invalid_frame);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(cb, on_frame);
	nghttp2_session_callbacks_set_on_frame_send_callback(cb, on_frame_sent);
	nghttp2_session_callbacks_set_on_stream_close_callback(cb, on_stream_close);
	nghttp2_session_callbacks_set_send_data_callback(cb, http2_put_data);
	return true;
}

static bool
set_options(struct http2_stock *stock, const struct server_config *s)
{
	size_t continuations = s->head_size / PIECE + 2;

	if (nghttp2_option_new(&stock->option) != 0)
		return false;
	if (continuations < CONTINUATIONS_LEAST)
		continuations = CONTINUATIONS_LEAST;
	nghttp2_option_set_no_closed_streams(stock->option, 1);
	nghttp2_option_set_max_continuations(stock->option, continuations);
	nghttp2_option_set_stream_reset_rate_limit(stock->option, RESETS, RESETS_EACH_SECOND);
	return true;
}

void
http2_free_stock(struct worker *w)
{
	struct http2_stock *stock = w->http2;

	if (!stock)
		return;
	http2_stream_free_spares(stock);
	nghttp2_session_callbacks_del(stock->callbacks);
	nghttp2_option_del(stock->option);
	free(stock->buffer);
	free(stock);
	w->http2 = NULL;
}

static bool
make_stock(struct conn *c)
{
	struct worker *w = c->worker;

	if (w->http2)
		return true;
	w->http2 = calloc(1, sizeof *w->http2);
	if (w->http2 && set_callbacks(w->http2) && set_options(w->http2, http_config(c)))
		return true;
	http2_free_stock(w);
	return false;
}

/* A connection. */

static bool
start_session(struct conn *c, struct http2 *h)
{
	struct http2_stock *stock = c->worker->http2;
	const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, HTTP2_STREAMS },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)http_config(c)->head_size },
		{ NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1 },
	};

	return nghttp2_session_server_new2(&h->session, stock->callbacks, c, stock->option) == 0 &&
	       nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, settings,
				       sizeof settings / sizeof *settings) == 0;
}

/* False when out of memory. */
static bool
attach(struct conn *c)
{
	int unsent = UNSENT_MOST;
	struct http2 *h;

	if (!make_stock(c))
		return false;
	h = calloc(1, sizeof *h);
	if (!h)
		return false;
	list_init(&h->streams);
	h->failed = CLOSE_REASON_COUNT;
	h->leave_ms = INT64_MAX;
	h->idle_until_ms = http_after(c, http_config(c)->head_timeout_ms);
	h->calm = CALM_MOST;
	h->calm_ms = c->worker->now_ms;
	http_taken_start(&h->taken);
	http_start_patience(c, &h->patience, http_config(c)->send_timeout_ms);
	c->protocol = h;
	/* else megabytes of a large answer wait there before a small one; not all sockets have it
	 */
	setsockopt(c->transport.fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
	if (!start_session(c, h))
		return false;
	if (c->worker->draining)
		http2_leave(c);
	return true;
}

/* RFC 9113 6.8: an end without GOAWAY leaves the client in doubt about what was done. */
static void
say_farewell(struct conn *c, struct http2 *h)
{
	const uint8_t *bytes;
	ssize_t n;

	if (!h->session || h->leaving == HTTP2_LEAVES || http2_out_pending(h) || h->rest.len > 0 ||
	    !list_empty(&h->streams) || c->transport.ended)
		return;
	nghttp2_session_terminate_session(h->session, NGHTTP2_NO_ERROR);
	while ((n = nghttp2_session_mem_send(h->session, &bytes)) > 0)
		if (transport_send(&c->transport, (const char *)bytes, (size_t)n, false) != n)
			break;
}

static void
detach(struct conn *c)
{
	struct http2 *h = http2_of(c);
	struct link *l;

	if (!h)
		return;
	say_farewell(c, h);
	if (!list_empty(&h->streams) || http2_out_pending(h))
		c->transport.broken = true;
	while ((l = list_first(&h->streams)))
		http2_stream_end(c, LIST_OWNER(l, struct http2_stream, link));
	nghttp2_session_del(h->session);
	http2_give_buffer(c);
	free(h);
	c->protocol = NULL;
}

static enum step
close_for(struct conn *c, enum close_reason reason)
{
	conn_close(c, reason);
	return STEP_CLOSED;
}

/* The session is over, and what there was to say has been said. */
static enum step
finish(struct conn *c, struct http2 *h)
{
	enum close_reason reason = h->failed;

	if (reason == CLOSE_REASON_COUNT)
		reason = c->worker->draining && !c->worker->retiring ? CLOSE_STOPPING : CLOSE_DONE;
	if (c->transport.ended || h->deaf)
		return close_for(c, h->deaf && reason == CLOSE_DONE ? CLOSE_CLIENT : reason);
	h->leaving = HTTP2_LEAVES;
	return linger_begin(c, false, reason);
}

static enum close_reason
reason_of(int error)
{
	switch (error) {
	case NGHTTP2_ERR_FLOODED:
		return CLOSE_FLOOD;
	case NGHTTP2_ERR_NOMEM:
		return CLOSE_NO_MEMORY;
	default:
		return CLOSE_PROTOCOL;
	}
}

/* The client sends no more: what it asked for is still sent. */
static enum step
hear_no_more(struct conn *c, struct http2 *h)
{
	if (list_empty(&h->streams) && !nghttp2_session_want_write(h->session))
		return close_for(c, CLOSE_CLIENT);
	h->deaf = true;
	return STEP_AGAIN;
}

static enum step
receive(struct conn *c, struct http2 *h)
{
	uint8_t bytes[PIECE];
	size_t n = 0;
	enum step step = conn_receive(c, (char *)bytes, sizeof bytes, &n);
	ssize_t used;

	if (step != STEP_AGAIN)
		return step;
	if (n == 0)
		return hear_no_more(c, h);
	http2_burden(c, (int64_t)n / OVERHEAD); /* what nghttp2 passes over in silence, too */
	used = nghttp2_session_mem_recv(h->session, bytes, n);
	if (used >= 0)
		return STEP_AGAIN;
	conn_log(c, LOG_LEVEL_INFO, "HTTP/2: %s", nghttp2_strerror((int)used));
	h->leaving = HTTP2_LEAVES; /* nothing more can be said in it */
	return close_for(c, reason_of((int)used));
}

static enum step
advance(struct conn *c, struct http2 *h)
{
	enum step step;

	if (http2_out_pending(h))
		return http2_flush(c);
	if (h->deaf)
		c->readable = false;
	if (c->readable && h->rest.len == 0) {
		step = receive(c, h);
		if (step == STEP_CLOSED)
			return step;
	}
	if (!http2_fill(c))
		return close_for(c, CLOSE_NO_MEMORY);
	if (http2_out_pending(h))
		return h->out_len < HEAVY ? STEP_AGAIN : STEP_HEAVY;
	if (h->more)
		return STEP_HEAVY;
	if (!nghttp2_session_want_read(h->session) || (h->deaf && list_empty(&h->streams)))
		return finish(c, h);
	return STEP_WANT_READ;
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Before it waits: what for, and until when. */
static void
settle(struct conn *c, struct http2 *h)
{
	bool serves = !list_empty(&h->streams) || http2_out_pending(h);
	int64_t deadline = least(h->leave_ms, serves ? INT64_MAX : h->idle_until_ms);

	if (http2_out_pending(h))
		deadline = least(deadline, h->out_until_ms);
	else
		http2_give_buffer(c);
	for (struct link *l = h->streams.next; l != &h->streams; l = l->next)
		deadline = least(deadline, LIST_OWNER(l, struct http2_stream, link)->deadline_ms);
	conn_set_state(c,
		       serves		 ? CONN_SERVING
		       : c->requests > 0 ? CONN_IDLE
					 : CONN_READING_HEAD,
		       deadline);
}

static enum step
http2_step(struct conn *c)
{
	enum step step;

	if (!c->protocol && !attach(c))
		return close_for(c, CLOSE_NO_MEMORY);
	step = advance(c, c->protocol);
	if (step == STEP_WANT_READ || step == STEP_WANT_WRITE)
		settle(c, c->protocol);
	return step;
}

/* The client has not taken all in time: does it take any?  False when it is closed. */
static bool
look_at_sending(struct conn *c, struct http2 *h)
{
	bool taken = http_taken_look(&h->taken, &h->patience, c);

	if (c->worker->now_ms >= h->patience.until_ms)
		conn_close(c, CLOSE_SLOW);
	else if (!taken)
		conn_close(c, CLOSE_SEND_TIMEOUT);
	else
		h->out_until_ms = http_deadline(c, &h->patience, http_config(c)->send_timeout_ms);
	return c->state != CONN_CLOSED;
}

static void
http2_expired(struct conn *c)
{
	struct http2 *h = http2_of(c);
	int64_t now = c->worker->now_ms;

	if (!h) {
		conn_close(c, CLOSE_HEAD_TIMEOUT);
		return;
	}
	if (http2_out_pending(h) && now >= h->out_until_ms && !look_at_sending(c, h))
		return;
	if (list_empty(&h->streams) && !http2_out_pending(h) && now >= h->idle_until_ms) {
		conn_close(c, c->requests > 0 ? CLOSE_IDLE : CLOSE_HEAD_TIMEOUT);
		return;
	}
	if (now >= h->leave_ms)
		leave_now(h);
	for (struct link *l = h->streams.next, *next; l != &h->streams; l = next) {
		struct http2_stream *s = LIST_OWNER(l, struct http2_stream, link);

		next = l->next;
		if (now >= s->deadline_ms)
			http2_stream_expired(c, s);
	}
	conn_run(c);
}

static void
http2_resume(struct conn *c)
{
	struct http2 *h = http2_of(c);

	for (struct link *l = h->streams.next, *next; l != &h->streams; l = next) {
		next = l->next;
		http2_stream_resume(c, LIST_OWNER(l, struct http2_stream, link));
	}
	conn_run(c);
}

static void
http2_drain(struct conn *c)
{
	struct http2 *h = http2_of(c);

	if (!h || (list_empty(&h->streams) && !http2_out_pending(h))) {
		conn_close(c, CLOSE_STOPPING);
		return;
	}
	http2_leave(c);
	conn_run(c);
}

/* One without a record has said nothing yet: it is told when it does. */
static void
http2_retire(struct conn *c)
{
	if (!c->protocol)
		return;
	http2_leave(c);
	conn_run(c);
}

const struct driver http2_driver = {
	.step = http2_step,
	.expired = http2_expired,
	.resume = http2_resume,
	.drain = http2_drain,
	.retire = http2_retire,
	.detach = detach,
};
