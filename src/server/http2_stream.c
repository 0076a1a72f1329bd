/*
 * http2_stream - see http2_record.h: what a stream goes through.
 *
 *	HEAD -> [WAIT_ROUTE] -> [BODY] -> [WAIT_RESPONSE] -> SENDING [WAIT_FILE] -> SENT
 *
 * A body is read and discarded, within body_size.  An answer may come before its end.
 */
#include "config.h"

#include "server/http2_record.h"

#include <stdlib.h>

#include "server/helpers.h"

enum {
	ARENA_SIZE = 2048,
	SPARES_MAX = HTTP2_STREAMS,
	ATTEMPTS = 3,	    /* at a file that changes before it is sent */
	LINGER_MS = 1000,   /* for a body that nobody waits for */
	ANSWER_CALM = 4096, /* an answer that was taken makes up for four frames */
};

static struct http2_stream *
take_record(struct http2_stock *stock)
{
	struct http2_stream *s = stock->streams;

	if (s) {
		stock->streams = s->next_spare;
		stock->stream_count--;
		return s;
	}
	s = calloc(1, sizeof *s);
	if (s)
		arena_init(&s->x.arena, ARENA_SIZE);
	return s;
}

static void
give_record(struct http2_stock *stock, struct http2_stream *s)
{
	if (stock->stream_count == SPARES_MAX) {
		arena_fini(&s->x.arena);
		free(s);
		return;
	}
	s->next_spare = stock->streams;
	stock->streams = s;
	stock->stream_count++;
}

struct http2_stream *
http2_stream_new(struct conn *c, int32_t id)
{
	struct http2 *h = http2_of(c);
	struct http2_stream *s = take_record(c->worker->http2);

	if (!s)
		return NULL;
	http_init_exchange(&s->x, c);
	request_begin_http2(&s->x.request);
	s->id = id;
	s->state = HTTP2_STREAM_HEAD;
	s->deadline_ms = http_after(c, http_config(c)->head_timeout_ms);
	s->scheme = s->authority = SLICE_NONE;
	s->head_size = s->field_room = 0;
	s->status = s->attempts = 0;
	s->came = 0;
	s->ended = s->paused = false;
	s->reach = FILE_REACH_NONE;
	s->sent = (struct http_account){ .began_ms = c->worker->now_ms };
	if (list_empty(&h->streams)) {
		http_start_patience(c, &h->patience, http_config(c)->send_timeout_ms);
		conn_set_state(c, CONN_SERVING, INT64_MAX); /* until the step ends */
	}
	list_append(&h->streams, &s->link);
	return s;
}

/* nghttp2 calls back several times for one before it is another's turn. */
struct http2_stream *
http2_stream_find(struct http2 *h, int32_t id)
{
	if (h->recent && h->recent->id == id)
		return h->recent;
	h->recent = id > 0 ? nghttp2_session_get_stream_user_data(h->session, id) : NULL;
	return h->recent;
}

static void
log_answer(struct conn *c, struct http2_stream *s, char closing)
{
	if (http_access_log(&s->x))
		http2_request_write_line(s);
	http_log(c, &s->x, &s->sent, closing);
}

void
http2_stream_end(struct conn *c, struct http2_stream *s)
{
	struct http2 *h = http2_of(c);

	if (h->heading == s)
		h->heading = NULL;
	if (h->recent == s)
		h->recent = NULL;
	if (s->x.job)
		job_abandon(s->x.job);
	s->x.job = NULL;
	if (s->state != HTTP2_STREAM_HEAD && s->state != HTTP2_STREAM_SENT) {
		if (s->x.response.status == 0)
			s->x.response.status = 400; /* its body never became whole */
		log_answer(c, s, 'X');
	}
	exchange_reset(&s->x);
	list_remove(&s->link);
	give_record(c->worker->http2, s);
	if (list_empty(&h->streams)) {
		c->client = c->peer;
		h->idle_until_ms = http_after(c, http_idle_ms(c));
	}
}

/*
 * RFC 9113 8.1: what of the request still comes is not wanted.  But there are clients that throw
 * the answer away when they learn that with it, so they have a while to learn of the answer first.
 */
void
http2_stream_sent(struct conn *c, struct http2_stream *s)
{
	log_answer(c, s, http2_of(c)->leaving == HTTP2_LEAVES ? '-' : '+');
	counter_add(&c->worker->counters->count[COUNT_REQUESTS], 1);
	http2_calm(c, ANSWER_CALM);
	s->state = HTTP2_STREAM_SENT;
	s->deadline_ms = s->ended ? INT64_MAX : http_after(c, LINGER_MS);
}

bool
http2_stream_wait(struct conn *c, struct http2_stream *s, enum http2_stream_state state)
{
	if (!helpers_submit(c->worker->pool->helpers, s->x.job, c->worker, c)) {
		s->x.job->state = JOB_REFUSED;
		return false;
	}
	s->state = state;
	s->deadline_ms = INT64_MAX; /* the job itself has no end in time */
	return true;
}

/* Answers a request that cannot be served. */
static void
reject(struct conn *c, struct http2_stream *s, unsigned status, const char *reason)
{
	content_fail(&s->x, status, reason, false);
	c->client = s->x.client;
	conn_log(c, LOG_LEVEL_INFO, "%u: %s", status, reason);
	http2_start_response(c, s);
}

/* A file that changed since it was remembered is looked at anew. */
static bool
is_stale(struct http2_stream *s)
{
	struct response *r = &s->x.response;

	if (r->body.kind != BODY_SOURCE_FILE || s->attempts == ATTEMPTS ||
	    file_stamp_compare(&r->body.file.stamp, r->body.file.fd) != FILE_CHANGED)
		return false;
	s->attempts++;
	response_fini(r);
	s->x.renew = true;
	return true;
}

static void
respond(struct conn *c, struct http2_stream *s)
{
	do {
		content_respond(&s->x);
		if (s->x.job && http2_stream_wait(c, s, HTTP2_STREAM_WAIT_RESPONSE))
			return;
	} while (s->x.job || is_stale(s));
	http2_start_response(c, s);
}

static uint64_t
body_limit(const struct http2_stream *s)
{
	return s->x.route.scope->now.body_size->n;
}

/* From now on the client has body_timeout to send on. */
static void
expect_bytes(struct conn *c, struct http2_stream *s)
{
	s->deadline_ms = http_deadline(c, &s->patience, http_config(c)->body_timeout_ms);
}

static void
expect_body(struct conn *c, struct http2_stream *s)
{
	if (s->x.request.expect_continue && s->came == 0) {
		if (s->x.route.handler == HANDLER_ERROR) {
			respond(c, s);
			return;
		}
		http2_send_continue(c, s);
	}
	s->state = HTTP2_STREAM_BODY;
	http_start_patience(c, &s->patience, http_config(c)->body_timeout_ms);
	expect_bytes(c, s);
}

static void
routed(struct conn *c, struct http2_stream *s)
{
	const struct request *q = &s->x.request;

	http_note_route(c, &s->x);
	if ((q->framing == BODY_LENGTH && q->content_length > body_limit(s)) ||
	    s->came > body_limit(s))
		reject(c, s, 413, http_words_of(413));
	else if (s->ended)
		respond(c, s);
	else
		expect_body(c, s);
}

static void
route(struct conn *c, struct http2_stream *s)
{
	do {
		content_route(&s->x);
		if (s->x.job && http2_stream_wait(c, s, HTTP2_STREAM_WAIT_ROUTE))
			return;
	} while (s->x.job);
	routed(c, s);
}

void
http2_stream_begin(struct conn *c, struct http2_stream *s)
{
	unsigned most = http_config(c)->keepalive_requests, status;

	c->requests++;
	if (most > 0 && c->requests >= most)
		http2_leave(c);
	http_stamp(&s->x, c, true);
	s->state = HTTP2_STREAM_BODY;
	status = http2_request_finish(s);
	if (status != 0)
		reject(c, s, status, http_words_of(status));
	else
		route(c, s);
}

void
http2_stream_receive(struct conn *c, struct http2_stream *s, size_t len)
{
	s->came += len;
	http2_calm(c, len);
	if (s->state != HTTP2_STREAM_BODY)
		return;
	if (s->came > body_limit(s)) {
		reject(c, s, 413, http_words_of(413));
		return;
	}
	patience_note(&s->patience, len, c->worker->now_ms);
	expect_bytes(c, s);
}

void
http2_stream_received(struct conn *c, struct http2_stream *s)
{
	s->ended = true;
	if (s->state == HTTP2_STREAM_BODY)
		respond(c, s);
}

static void
send_on(struct conn *c, struct http2_stream *s)
{
	s->state = HTTP2_STREAM_SENDING;
	s->paused = false;
	patience_renew(&s->patience, c->worker->now_ms);
	http2_expect_window(c, s);
	nghttp2_session_resume_data(http2_of(c)->session, s->id);
}

/* Does it wait for the client to open a window?  Else it waits for the connection, whose own
 * deadline holds. */
static bool
is_shut_out(struct conn *c, const struct http2_stream *s)
{
	nghttp2_session *session = http2_of(c)->session;

	return nghttp2_session_get_remote_window_size(session) <= 0 ||
	       nghttp2_session_get_stream_remote_window_size(session, s->id) <= 0;
}

static void
look_at_sending(struct conn *c, struct http2_stream *s)
{
	enum close_reason why =
		c->worker->now_ms >= s->patience.until_ms ? CLOSE_SLOW : CLOSE_SEND_TIMEOUT;

	if (!is_shut_out(c, s)) {
		patience_renew(&s->patience, c->worker->now_ms);
		http2_expect_window(c, s);
		return;
	}
	c->client = s->x.client;
	conn_log(c, LOG_LEVEL_INFO, "stream %d reset: %s", (int)s->id, close_reason_words(why));
	s->deadline_ms = INT64_MAX;
	nghttp2_submit_rst_stream(http2_of(c)->session, NGHTTP2_FLAG_NONE, s->id, NGHTTP2_CANCEL);
}

void
http2_stream_expired(struct conn *c, struct http2_stream *s)
{
	switch (s->state) {
	case HTTP2_STREAM_HEAD: /* in the middle of it nothing else can come */
		http2_fail(c, CLOSE_HEAD_TIMEOUT);
		break;
	case HTTP2_STREAM_BODY:
		reject(c, s, 408,
		       close_reason_words(c->worker->now_ms >= s->patience.until_ms
						  ? CLOSE_SLOW
						  : CLOSE_BODY_TIMEOUT));
		break;
	case HTTP2_STREAM_SENDING:
		if (s->paused)
			send_on(c, s);
		else
			look_at_sending(c, s);
		break;
	default: /* its answer was early */
		s->deadline_ms = INT64_MAX;
		nghttp2_submit_rst_stream(http2_of(c)->session, NGHTTP2_FLAG_NONE, s->id,
					  NGHTTP2_NO_ERROR);
		break;
	}
}

void
http2_stream_resume(struct conn *c, struct http2_stream *s)
{
	if (!s->x.job || s->x.job->state != JOB_DONE)
		return;
	switch (s->state) {
	case HTTP2_STREAM_WAIT_ROUTE:
		route(c, s);
		break;
	case HTTP2_STREAM_WAIT_RESPONSE:
		respond(c, s);
		break;
	case HTTP2_STREAM_WAIT_FILE:
		s->x.job->free(s->x.job);
		s->x.job = NULL;
		send_on(c, s);
		break;
	default:
		break;
	}
}

void
http2_stream_free_spares(struct http2_stock *stock)
{
	while (stock->streams) {
		struct http2_stream *s = stock->streams;

		stock->streams = s->next_spare;
		arena_fini(&s->x.arena);
		free(s);
	}
	stock->stream_count = 0;
}
