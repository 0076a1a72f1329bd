/* http - see http.h. */
#include "config.h"

#include "server/http.h"

#include <errno.h>

#include "server/tls.h"

enum {
	LIMIT_LOG_MS = 1000,
	CROWDED_PERCENT = 50,
	LEAST_IDLE_MS = 1000,
};

/*
 * keepalive_timeout while less than half of max_connections is in use; from there it shrinks
 * with the room that is left, to a second.
 */
uint64_t
http_idle_ms(const struct conn *c)
{
	uint64_t full = http_config(c)->keepalive_timeout_ms, left;
	unsigned crowd = atomic_load_explicit(&c->worker->pool->crowd, memory_order_relaxed);

	if (crowd <= CROWDED_PERCENT || full <= LEAST_IDLE_MS)
		return full;
	left = crowd < 100 ? full * (100 - crowd) / (100 - CROWDED_PERCENT) : 0;
	return left > LEAST_IDLE_MS ? left : LEAST_IDLE_MS;
}

void
http_init_exchange(struct exchange *x, const struct conn *c)
{
	const struct worker *w = c->worker;

	x->config = w->pool->config;
	x->store = w->store;
	x->auth = w->pool->auth;
	x->tags = w->pool->tags;
	x->buckets = w->pool->buckets;
	x->listener = c->listener;
	x->tls_site = c->tls_site;
}

void
http_stamp(struct exchange *x, struct conn *c, bool fresh)
{
	x->now = c->worker->now;
	x->now_ms = c->worker->now_ms;
	if (fresh)
		x->peer = x->client = c->client = c->peer;
}

/* Somebody asks more often than limit_requests allows.  Said once a second at most. */
static void
note_limit(struct conn *c, const struct route *r)
{
	const struct set_limit_requests *limit = r->scope->now.limit_requests;
	struct worker *w = c->worker;

	counter_add(&w->counters->count[limit->observe ? COUNT_OBSERVED : COUNT_LIMITED], 1);
	if (w->limit_logged_ms > 0 && w->now_ms - w->limit_logged_ms < LIMIT_LOG_MS) {
		w->limit_unsaid++;
		return;
	}
	conn_log(c, LOG_LEVEL_NOTICE, "over limit_requests = %.*s (%s:%u)%s, and %u more like that",
		 SLICE_FMT(limit->text), limit->at.file, limit->at.line,
		 limit->observe ? ", observed only" : "", w->limit_unsaid);
	w->limit_logged_ms = w->now_ms;
	w->limit_unsaid = 0;
}

/* fail2ban reads this line; the name is the client's, so it is cut, and stands before the address.
 */
static void
note_denied(struct conn *c, const struct exchange *x)
{
	conn_log(c, LOG_LEVEL_NOTICE, "wrong name or password for \"%.*s\", user \"%.*s\"",
		 SLICE_FMT(x->route.auth->realm), SLICE_FMT(slice_head(x->denied, 64)));
}

void
http_note_route(struct conn *c, const struct exchange *x)
{
	c->client = x->client;
	if (x->route.over_limit)
		note_limit(c, &x->route);
	if (x->denied.p)
		note_denied(c, x);
}

const char *
http_words_of(unsigned status)
{
	switch (status) {
	case 413:
		return "the body is larger than body_size";
	case 414:
		return "the request target is longer than target_size";
	case 417:
		return "the client expects something unknown";
	case 431:
		return "the request head is larger than head_size or head_fields";
	case 501:
		return "a transfer coding or method that is not known here";
	case 505:
		return "not HTTP/1.0 or HTTP/1.1";
	default:
		return "malformed request";
	}
}

/* The access log. */

struct logged {
	const struct conn *conn;
	const struct exchange *exchange;
};

static struct slice
logged_request_field(const void *source, struct slice name)
{
	return request_field_named(&((const struct logged *)source)->exchange->request, name);
}

static struct slice
logged_response_field(const void *source, struct slice name)
{
	return response_field(&((const struct logged *)source)->exchange->response, name);
}

static struct slice
logged_tls_fact(const void *source, enum tls_fact which)
{
	return tls_fact(&((const struct logged *)source)->conn->transport, which);
}

static const struct access_source more = {
	.request_field = logged_request_field,
	.response_field = logged_response_field,
	.tls_fact = logged_tls_fact,
};

const struct set_access_log *
http_access_log(const struct exchange *x)
{
	const struct set_access_log *set = x->route.scope ? x->route.scope->now.access_log : NULL;

	return set && set->index >= 0 ? set : NULL;
}

void
http_log(struct conn *c, const struct exchange *x, const struct http_account *account, char closing)
{
	const struct set_access_log *set = http_access_log(x);
	const struct logged logged = { c, x };
	char client[ADDRESS_TEXT_SIZE], peer[ADDRESS_TEXT_SIZE];
	struct worker *w = c->worker;
	struct access_entry e;

	if (!set)
		return;
	e = (struct access_entry){
		.client = slice_from(client, ip_format(&x->client, client)),
		.user = x->user,
		.when = w->now.tv_sec,
		.line = x->request.line,
		.method = x->request.method_name,
		.path = x->route.target.path,
		.query = x->route.target.query,
		.has_query = x->route.target.has_query,
		.http2 = x->request.http2,
		.version_minor = x->request.version_minor,
		.status = x->response.status,
		.body_bytes = account->body,
		.sent_bytes = account->head + account->body,
		.duration_us = (uint64_t)(w->now_ms - account->began_ms) * 1000,
		.vhost = x->route.site ? x->route.site->label : SLICE_NONE,
		.port = w->pool->ports[c->listener],
		.closing = closing,
		.more = &more,
		.source = &logged,
	};
	e.peer = e.client;
	if (!ip_equal(&x->client, &x->peer))
		e.peer = slice_from(peer, ip_format(&x->peer, peer));
	access_log_add(w->access_log, (size_t)set->index, &e);
}

/* What the client has. */

void
http_taken_start(struct http_taken *t)
{
	*t = (struct http_taken){ .taken = INT64_MIN };
}

bool
http_taken_look(struct http_taken *t, struct patience *p, const struct conn *c)
{
	int64_t unsent = (int64_t)transport_unsent(&c->transport);
	int64_t taken = t->wire - unsent, before = t->taken;

	t->taken = taken;
	if (unsent == 0)
		patience_renew(p, c->worker->now_ms);
	else if (before != INT64_MIN && taken > before)
		patience_note(p, (uint64_t)(taken - before), c->worker->now_ms);
	return unsent == 0 || taken > before;
}

enum step
http_sent(struct conn *c, struct http_taken *t, struct patience *p, ssize_t n)
{
	if (n == -1) {
		if (errno != EAGAIN) {
			conn_fail(c);
			return STEP_CLOSED;
		}
		c->writable = false;
		http_taken_look(t, p, c);
		return STEP_WANT_WRITE;
	}
	counter_add(&c->worker->counters->count[COUNT_BYTES_SENT], (uint64_t)n);
	t->wire += n;
	return STEP_AGAIN;
}
