/*
 * http2 - see http2.h: the connection, what a client may cost, and how it ends.
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
	FRAME_CALM = 1024, /* what a frame that disturbs takes away, in bytes of content */
	CALM_MOST = 1000 * FRAME_CALM,
	CALM_EACH_MS = 50 * FRAME_CALM / 1000,
	OVERHEAD = 8, /* so many bytes of whatever kind count for one */
	HEAVY = 4096, /* bytes put together in a step that took long */
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

void
http2_leave_now(struct http2 *h)
{
	if (h->leaving != HTTP2_NOTICE)
		return;
	h->leaving = HTTP2_LEAVES;
	h->leave_ms = INT64_MAX;
	nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE,
			      nghttp2_session_get_last_proc_stream_id(h->session), NGHTTP2_NO_ERROR,
			      NULL, 0);
}

/* A connection. */

/* False when out of memory. */
static bool
attach(struct conn *c)
{
	struct http2 *h;

	if (!http2_make_stock(c))
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
	/* else megabytes of a large answer wait there before a small one */
	transport_limit_unsent(&c->transport, HTTP2_UNSENT);
	if (!http2_start_session(c))
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
		if (transport_send(&c->transport, (const char *)bytes, (size_t)n, TRANSPORT_NOW) !=
		    n)
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
static enum step
settle(struct conn *c, struct http2 *h, enum step step)
{
	bool serves = !list_empty(&h->streams) || http2_out_pending(h);
	int64_t deadline = least(h->leave_ms, serves ? INT64_MAX : h->idle_until_ms);

	if (!http2_put_aside(c))
		return close_for(c, CLOSE_NO_MEMORY);
	if (http2_out_pending(h))
		deadline = least(deadline, h->out_until_ms);
	for (struct link *l = h->streams.next; l != &h->streams; l = l->next)
		deadline = least(deadline, LIST_OWNER(l, struct http2_stream, link)->deadline_ms);
	conn_set_state(c,
		       serves		 ? CONN_SERVING
		       : c->requests > 0 ? CONN_IDLE
					 : CONN_READING_HEAD,
		       deadline);
	return step;
}

static enum step
http2_step(struct conn *c)
{
	enum step step;

	if (!c->protocol && !attach(c))
		return close_for(c, CLOSE_NO_MEMORY);
	step = advance(c, c->protocol);
	if (step == STEP_WANT_READ || step == STEP_WANT_WRITE)
		return settle(c, c->protocol, step);
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
		http2_leave_now(h);
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
