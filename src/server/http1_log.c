/* http1_log - see http1_record.h: what the access log is told. */
#include "config.h"

#include "server/http1_record.h"
#include "server/tls.h"

static struct slice
logged_request_field(const void *source, struct slice name)
{
	const struct http1 *h = ((const struct conn *)source)->protocol;

	return request_field_named(&h->x.request, name);
}

static struct slice
logged_response_field(const void *source, struct slice name)
{
	const struct http1 *h = ((const struct conn *)source)->protocol;

	return response_field(&h->x.response, name);
}

static struct slice
logged_tls_fact(const void *source, enum tls_fact which)
{
	const struct conn *c = source;

	return tls_fact(&c->transport, which);
}

static const struct access_source more = {
	.request_field = logged_request_field,
	.response_field = logged_response_field,
	.tls_fact = logged_tls_fact,
};

void
http1_log(struct conn *c, struct http1 *h, char closing)
{
	const struct set_access_log *set = h->x.route.scope.now.access_log;
	const struct exchange *x = &h->x;
	char client[ADDRESS_TEXT_SIZE], peer[ADDRESS_TEXT_SIZE];
	struct worker *w = c->worker;
	struct access_entry e;

	h->under_way = false;
	if (!set || set->index < 0)
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
		.version_minor = x->request.version_minor,
		.status = x->response.status,
		.body_bytes = h->sent_body,
		.sent_bytes = h->sent_head + h->sent_body,
		.duration_us = (uint64_t)(w->now_ms - h->began_ms) * 1000,
		.vhost = x->route.site ? x->route.site->label : SLICE_NONE,
		.port = w->pool->ports[c->listener],
		.closing = closing,
		.more = &more,
		.source = c,
	};
	e.peer = e.client;
	if (!ip_equal(&x->client, &x->peer))
		e.peer = slice_from(peer, ip_format(&x->peer, peer));
	access_log_add(w->access_log, (size_t)set->index, &e);
}
