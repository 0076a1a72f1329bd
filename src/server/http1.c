/*
 * http1 - see http1.h: the states of a connection.
 *
 * One exchange runs through these, and pipelining only leaves out the waits:
 *
 *	READING_HEAD -> [WAITING] -> [READING_BODY] -> [WAITING] ->
 *	                                  WRITING (head, body, flush) -> IDLE or READING_HEAD
 *	                                                              -> LINGERING -> closed
 */
#include "config.h"

#include "server/http1.h"

#include <stdlib.h>

#include "server/helpers.h"
#include "server/http1_record.h"
#include "server/linger.h"

enum {
	BODY_ROOM = 4096, /* behind the largest head, for a body to pass through */
	ARENA_SIZE = 4096,
	SPARES_MAX = 64,      /* records kept by a worker */
	PIPELINE_ROOM = 4096, /* least room in `out` for one more answer before it is sent */
};

/* A record for the connection.  NULL when out of memory. */
static struct http1 *
attach(struct conn *c)
{
	struct worker *w = c->worker;
	const struct server_config *s = http_config(c);
	struct http1 *h = w->spares.first;

	if (h) {
		w->spares.first = h->next_spare;
		w->spares.count--;
	} else {
		size_t in_cap = s->head_size + BODY_ROOM;
		size_t fields = s->head_fields * sizeof *h->fields;

		h = malloc(sizeof *h + fields + in_cap);
		if (!h)
			return NULL;
		memset(h, 0, offsetof(struct http1, out));
		h->fields = (struct field *)(h + 1);
		h->in = (char *)h->fields + fields;
		h->in_cap = in_cap;
		arena_init(&h->x.arena, ARENA_SIZE);
	}
	h->in_at = h->in_len = h->head_end = 0;
	h->out_at = h->out_len = 0;
	h->fresh = h->under_way = h->broken = h->late = false;
	http_taken_start(&h->taken);
	h->attempts = 0;
	http_init_exchange(&h->x, c);
	c->protocol = h;
	return h;
}

static void
free_record(struct http1 *h)
{
	arena_fini(&h->x.arena);
	free(h);
}

/* Gives the record back: to the worker's spares, a bounded number of them. */
static void
release(struct conn *c)
{
	struct worker *w = c->worker;
	struct http1 *h = c->protocol;

	c->protocol = NULL;
	c->client = c->peer;
	if (!h)
		return;
	exchange_reset(&h->x);
	if (w->spares.count == SPARES_MAX) {
		free_record(h);
		return;
	}
	h->next_spare = w->spares.first;
	w->spares.first = h;
	w->spares.count++;
}

void
http1_free_spares(struct worker *w)
{
	while (w->spares.first) {
		struct http1 *h = w->spares.first;

		w->spares.first = h->next_spare;
		free_record(h);
	}
	w->spares.count = 0;
}

static void
detach(struct conn *c)
{
	struct http1 *h = c->protocol;

	if (h && h->x.job) {
		job_abandon(h->x.job);
		h->x.job = NULL;
	}
	if (h && (h->under_way || http1_out_pending(h)))
		c->transport.broken = true;
	if (h && h->under_way) {
		if (h->x.response.status == 0)
			h->x.response.status = 400; /* its body never became whole: RFC 9112 8 */
		http1_log(c, h, 'X');
	}
	release(c);
}

enum step
http1_receive(struct conn *c, struct http1 *h, size_t *n)
{
	size_t room = h->in_cap - h->in_len;
	enum step step = conn_receive(c, h->in + h->in_len, room, n);

	if (step == STEP_AGAIN) {
		h->in_len += *n;
		h->fresh = true;
	}
	return step;
}

void
http1_log(struct conn *c, struct http1 *h, char closing)
{
	h->under_way = false;
	http_log(c, &h->x, &h->sent, closing);
}

/* Helper threads. */

/* What could not be read is tried again, and waited for if need be. */
static enum step
write_on(struct conn *c, struct http1 *h)
{
	h->x.job->free(h->x.job);
	h->x.job = NULL;
	patience_renew(&h->patience, c->worker->now_ms);
	conn_set_state(c, CONN_WRITING, http_after(c, http_config(c)->send_timeout_ms));
	return STEP_AGAIN;
}

static enum step
go_on(struct conn *c, struct http1 *h)
{
	switch (h->wait) {
	case HTTP1_WAIT_FILE:
		return write_on(c, h);
	case HTTP1_WAIT_RESPONSE:
		return http1_respond(c, h);
	case HTTP1_WAIT_ROUTE:
		break;
	}
	content_route(&h->x);
	return http1_routed(c, h);
}

enum step
http1_wait(struct conn *c, struct http1 *h, enum http1_wait wait)
{
	h->wait = wait;
	if (!helpers_submit(c->worker->pool->helpers, h->x.job, c->worker, c)) {
		h->x.job->state = JOB_REFUSED;
		return go_on(c, h);
	}
	conn_set_state(c, CONN_WAITING, INT64_MAX);
	return STEP_AGAIN;
}

/* Earlier answers need not wait as well. */
static enum step
step_waiting(struct conn *c, struct http1 *h)
{
	return http1_out_pending(h) ? http1_flush(c, h, TRANSPORT_NOW) : STEP_WANT_TIME;
}

static void
http1_resume(struct conn *c)
{
	if (go_on(c, c->protocol) != STEP_CLOSED)
		conn_run(c);
}

/* Between exchanges. */

static void
read_next_head(struct conn *c, struct http1 *h)
{
	h->fresh = true;
	h->head_end = 0;
	conn_set_state(c, CONN_READING_HEAD, http_after(c, http_config(c)->head_timeout_ms));
}

/*
 * The response is in `out` or on its way.  Pipelined requests are answered before that is sent:
 * true when the next one is looked at first.
 */
static bool
finish_response(struct conn *c, struct http1 *h)
{
	http1_log(c, h, h->keep ? '+' : '-');
	counter_add(&c->worker->counters->count[COUNT_REQUESTS], 1);
	/* a client that asked to close, and has been heard out, cannot be overtaken by a reset */
	if (!h->keep && (h->x.request.keep_alive || h->in_at < h->in_len))
		c->lingers = true;
	exchange_reset(&h->x);
	h->phase = HTTP1_FLUSH;
	if (!h->keep || h->in_at == h->in_len || http1_out_room(h) < PIPELINE_ROOM)
		return false;
	read_next_head(c, h);
	return true;
}

static enum step
end_connection(struct conn *c, struct http1 *h)
{
	if (h->broken) {
		c->transport.broken = true;
		conn_close(c, CLOSE_BROKEN_BODY);
		return STEP_CLOSED;
	}
	if (!c->lingers) {
		conn_close(c, conn_is_refused(c) ? CLOSE_REFUSED : CLOSE_DONE);
		return STEP_CLOSED;
	}
	return linger_begin(c, h->late, conn_is_refused(c) ? CLOSE_REFUSED : CLOSE_LINGERED);
}

static enum step
flush_and_go_on(struct conn *c, struct http1 *h)
{
	if (http1_out_pending(h)) {
		enum step step =
			http1_flush(c, h, h->keep || h->broken ? TRANSPORT_NOW : TRANSPORT_LAST);

		if (step != STEP_AGAIN || http1_out_pending(h))
			return step;
	}
	if (!h->keep)
		return end_connection(c, h);
	if (h->in_at < h->in_len) {
		read_next_head(c, h);
		return STEP_AGAIN;
	}
	if (c->worker->draining &&
	    !c->worker
		     ->retiring) { /* its head did not say so: the client may have asked for more */
		h->keep = false;
		c->lingers = true;
		return end_connection(c, h);
	}
	release(c);
	conn_set_state(c, CONN_IDLE, http_after(c, http_idle_ms(c)));
	return STEP_WANT_READ;
}

enum step
http1_answer(struct conn *c, struct http1 *h)
{
	if (h->phase < HTTP1_DONE) {
		enum step step = http1_write(c, h);

		if (step != STEP_AGAIN || h->phase < HTTP1_DONE)
			return step;
	}
	if (h->phase == HTTP1_DONE && finish_response(c, h))
		return STEP_AGAIN;
	return flush_and_go_on(c, h);
}

/* A client that has not said anything yet needs no record. */
static enum step
step_reading_head(struct conn *c, struct http1 *h)
{
	enum step step = http1_read_head(c, h);

	if (step == STEP_WANT_READ && c->protocol && h->in_len == 0)
		release(c);
	return step;
}

static enum step
http1_step(struct conn *c)
{
	struct http1 *h = c->protocol;

	if (c->state == CONN_IDLE) {
		if (!c->readable)
			return STEP_WANT_READ;
		conn_set_state(c, CONN_READING_HEAD,
			       http_after(c, http_config(c)->head_timeout_ms));
	}
	if (!h)
		h = attach(c);
	if (!h) {
		conn_close(c, CLOSE_NO_MEMORY);
		return STEP_CLOSED;
	}
	switch (c->state) {
	case CONN_READING_HEAD:
		return step_reading_head(c, h);
	case CONN_READING_BODY:
		return http1_read_body(c, h);
	case CONN_WAITING:
		return step_waiting(c, h);
	case CONN_WRITING:
		return http1_answer(c, h);
	default:
		return STEP_CLOSED;
	}
}

static bool
has_begun(const struct conn *c)
{
	const struct http1 *h = c->protocol;

	return h && h->in_len > h->in_at;
}

/* One that does not send in time is answered, and then not waited for again. */
static void
reject_late(struct conn *c, enum close_reason reason)
{
	struct http1 *h = c->protocol;

	h->late = true;
	http1_reject(c, h, 408, close_reason_words(reason));
	conn_run(c);
}

/* The client has not taken all in time: does it take any? */
static void
look_at_sending(struct conn *c, struct http1 *h)
{
	bool taken = http_taken_look(&h->taken, &h->patience, c);

	if (c->worker->now_ms >= h->patience.until_ms)
		conn_close(c, CLOSE_SLOW);
	else if (!taken)
		conn_close(c, CLOSE_SEND_TIMEOUT);
	else
		timer_set(&c->worker->timers, &c->timer,
			  http_deadline(c, &h->patience, http_config(c)->send_timeout_ms));
}

static void
http1_expired(struct conn *c)
{
	struct http1 *h = c->protocol;

	switch (c->state) {
	case CONN_IDLE:
		conn_close(c, CLOSE_IDLE);
		break;
	case CONN_READING_HEAD:
		if (!has_begun(c)) {
			conn_close(c, CLOSE_HEAD_TIMEOUT);
			break;
		}
		reject_late(c, CLOSE_HEAD_TIMEOUT);
		break;
	case CONN_READING_BODY:
		reject_late(c, c->worker->now_ms >= h->patience.until_ms ? CLOSE_SLOW
									 : CLOSE_BODY_TIMEOUT);
		break;
	case CONN_WAITING: /* what is being sent meanwhile; the job itself has no end in time */
		if (http1_out_pending(h))
			look_at_sending(c, h);
		else
			timer_set(&c->worker->timers, &c->timer, INT64_MAX);
		break;
	case CONN_WRITING:
		if (h->paused)
			conn_run(c);
		else
			look_at_sending(c, h);
		break;
	default:
		break;
	}
}

static void
http1_drain(struct conn *c)
{
	if (c->state == CONN_IDLE || (c->state == CONN_READING_HEAD && !has_begun(c)))
		conn_close(c, CLOSE_STOPPING);
}

const struct driver http1_driver = {
	.step = http1_step,
	.expired = http1_expired,
	.resume = http1_resume,
	.drain = http1_drain,
	.detach = detach,
};
