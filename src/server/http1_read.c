/*
 * http1_read - see http1_record.h: requests, their heads and their bodies.
 *
 * Bodies are read and discarded, within body_size, so that what follows is taken for the next
 * request and nothing else (RFC 9112 6 and 9.3).
 */
#include "config.h"

#include "server/http1_record.h"

/* The stamp of this moment, for a request or what should have been one. */
static void
stamp(struct conn *c, struct http1 *h)
{
	http_stamp(&h->x, c, !h->under_way);
	if (!h->under_way)
		h->sent.began_ms = c->worker->now_ms;
	h->sent.head = h->sent.body = 0;
	h->under_way = true;
}

enum step
http1_reject(struct conn *c, struct http1 *h, unsigned status, const char *reason)
{
	stamp(c, h);
	h->keep = false;
	c->lingers = true;
	content_fail(&h->x, status, reason, true);
	if (error_log_wants(LOG_LEVEL_INFO)) /* while the state still says what it was doing */
		conn_log(c, LOG_LEVEL_INFO, "%u: %s", status, reason);
	http1_start_response(c, h);
	return STEP_AGAIN;
}

static enum parse
parse(const struct conn *c, struct http1 *h, size_t *used, unsigned *status)
{
	const struct server_config *s = http_config(c);
	struct request_limits limits = { .head_size = s->head_size,
					 .target_size = s->target_size,
					 .fields = s->head_fields };

	return request_parse(&h->x.request, slice_from(h->in + h->in_at, h->in_len - h->in_at),
			     &limits, h->fields, used, status);
}

/*
 * Moves the bytes not yet used to the front, where there is more room behind them.  What was
 * parsed of them is parsed again, since the request is made of slices of it.
 */
static void
compact(struct http1 *h, const struct conn *c, size_t *used)
{
	unsigned status;

	memmove(h->in, h->in + h->in_at, h->in_len - h->in_at);
	h->in_len -= h->in_at;
	h->in_at = 0;
	parse(c, h, used, &status);
}

/* RFC 9110 10.1.1: no 100 when the answer is an error, nor when content has arrived already. */
static enum step
expect_body(struct conn *c, struct http1 *h)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (h->x.request.expect_continue && h->in_at == h->in_len) {
		if (h->x.route.handler == HANDLER_ERROR) {
			c->lingers = true;
			h->keep = false;
			return http1_respond(c, h);
		}
		if (http1_out_room(h) >= sizeof go_on)
			http1_put_out(h, go_on, sizeof go_on - 1);
	}
	http_start_patience(c, &h->patience, http_config(c)->body_timeout_ms);
	conn_set_state(c, CONN_READING_BODY, http_after(c, http_config(c)->body_timeout_ms));
	return STEP_AGAIN;
}

enum step
http1_routed(struct conn *c, struct http1 *h)
{
	const struct request *q = &h->x.request;
	unsigned most = http_config(c)->keepalive_requests;
	uint64_t limit;

	if (h->x.job)
		return http1_wait(c, h, HTTP1_WAIT_ROUTE);
	http_note_route(c, &h->x);
	h->keep = q->keep_alive && (most == 0 || c->requests < most) &&
		  http_config(c)->keepalive_timeout_ms > 0;
	/* What is malformed here may have been read otherwise before us: nothing behind it counts.
	 */
	if (h->x.route.handler == HANDLER_ERROR && h->x.route.status == 400)
		return http1_reject(c, h, 400, h->x.route.reason);
	limit = h->x.route.scope->now.body_size->n;
	if (q->framing == BODY_LENGTH && q->content_length > limit)
		return http1_reject(c, h, 413, http_words_of(413));
	if (q->framing == BODY_NONE || (q->framing == BODY_LENGTH && q->content_length == 0))
		return http1_respond(c, h);
	h->body_left = q->framing == BODY_LENGTH ? q->content_length : limit;
	chunked_init(&h->decoder);
	return expect_body(c, h);
}

static enum step
begin_request(struct conn *c, struct http1 *h)
{
	c->requests++;
	stamp(c, h);
	content_route(&h->x);
	return http1_routed(c, h);
}

/* A whole head is there.  A body needs room behind it, so that the head need not move later. */
static enum step
accept_head(struct conn *c, struct http1 *h, size_t used)
{
	if (h->x.request.framing != BODY_NONE && h->in_at > 0)
		compact(h, c, &used);
	h->in_at += used;
	h->head_end = h->in_at;
	return begin_request(c, h);
}

/* What a client gets that is not let in, whatever it asks. */
static enum step
turn_away(struct conn *c, struct http1 *h)
{
	switch (c->refusal) {
	case CONN_NO_TLS:
		content_expect_tls(&h->x);
		return http1_reject(c, h, 400,
				    "this port speaks TLS: the address begins with https://");
	case CONN_TOO_MANY:
		return http1_reject(c, h, 503, "max_connections_per_ip is reached");
	default:
		return http1_reject(c, h, 503, "max_connections is reached");
	}
}

/* Looks at what has arrived.  True when that was a head, or never will be: *step is what follows.
 */
static bool
take_head(struct conn *c, struct http1 *h, enum step *step)
{
	unsigned status;
	size_t used;

	if (!h->fresh || h->in_at == h->in_len)
		return false;
	h->fresh = false;
	switch (parse(c, h, &used, &status)) {
	case PARSE_OK:
		*step = accept_head(c, h, used);
		return true;
	case PARSE_BAD:
		*step = http1_reject(c, h, status, http_words_of(status));
		return true;
	case PARSE_MORE:
		break;
	}
	return false;
}

enum step
http1_read_head(struct conn *c, struct http1 *h)
{
	enum step step;
	size_t used, n = 0;

	if (c->refusal != CONN_WELCOME)
		return turn_away(c, h);
	if (take_head(c, h, &step))
		return step;
	if (http1_out_pending(
		    h)) { /* answers to pipelined requests: nothing more to add to them now */
		h->phase = HTTP1_FLUSH;
		conn_set_state(c, CONN_WRITING, http_after(c, http_config(c)->send_timeout_ms));
		return STEP_AGAIN;
	}
	if (h->in_at > 0)
		compact(h, c, &used);
	if (h->in_len == h->in_cap)
		return http1_reject(c, h, 431, http_words_of(431));
	step = http1_receive(c, h, &n);
	if (step != STEP_AGAIN)
		return step;
	if (n == 0) {
		conn_close(c, CLOSE_CLIENT);
		return STEP_CLOSED;
	}
	take_head(c, h, &step); /* a client that sends byte by byte has a step for each */
	return step;
}

/* Discards what has arrived of the body.  False when more must come. */
static bool
discard_length(struct http1 *h)
{
	size_t here = h->in_len - h->in_at;
	size_t n = h->body_left < here ? (size_t)h->body_left : here;

	h->in_at += n;
	h->body_left -= n;
	return h->body_left == 0;
}

/* As discard_length.  *status is set when the body cannot be accepted. */
static bool
discard_chunked(struct http1 *h, unsigned *status)
{
	for (;;) {
		struct slice data;
		size_t used = 0;
		enum chunked_result result =
			chunked_decode(&h->decoder,
				       slice_from(h->in + h->in_at, h->in_len - h->in_at), &used,
				       &data);

		h->in_at += used;
		switch (result) {
		case CHUNKED_MORE:
			if (h->decoder.left > h->body_left) /* what a chunk says it will be */
				*status = 413;
			return false;
		case CHUNKED_DONE:
			return true;
		case CHUNKED_BAD:
			*status = 400;
			return false;
		case CHUNKED_DATA:
			if (data.len > h->body_left) {
				*status = 413;
				return false;
			}
			h->body_left -= data.len;
		}
	}
}

/* From now on the client has body_timeout to send on. */
static void
expect_bytes(struct conn *c, const struct http1 *h)
{
	timer_set(&c->worker->timers, &c->timer,
		  http_deadline(c, &h->patience, http_config(c)->body_timeout_ms));
}

enum step
http1_read_body(struct conn *c, struct http1 *h)
{
	unsigned status = 0;
	enum step step;
	size_t n = 0;

	if (h->x.request.framing == BODY_LENGTH ? discard_length(h) : discard_chunked(h, &status))
		return http1_respond(c, h);
	if (status != 0)
		return http1_reject(c, h, status,
				    status == 413 ? http_words_of(413) : "malformed chunked body");
	if (http1_out_pending(h)) { /* 100 Continue, or earlier answers */
		step = http1_flush(c, h, TRANSPORT_NOW);
		if (step == STEP_AGAIN && !http1_out_pending(h))
			expect_bytes(c, h);
		return step;
	}
	h->in_at = h->in_len = h->head_end;
	step = http1_receive(c, h, &n);
	if (step != STEP_AGAIN)
		return step;
	if (n == 0) {
		conn_close(c, CLOSE_CLIENT);
		return STEP_CLOSED;
	}
	patience_note(&h->patience, n, c->worker->now_ms);
	expect_bytes(c, h);
	return STEP_AGAIN;
}
