/* content - see content.h. */
#include "config.h"

#include "content/content.h"

#include "base/job.h"
#include "content/auth.h"
#include "content/cors.h"
#include "content/document.h"
#include "content/error_page.h"
#include "content/fields.h"
#include "content/fixed.h"
#include "content/real_ip.h"
#include "content/redirect.h"
#include "content/store.h"
#include "content/static_file.h"

void
exchange_reset(struct exchange *x)
{
	response_fini(&x->response);
	document_release(x->document);
	x->document = NULL;
	x->request = (struct request){ 0 };
	x->response = (struct response){ 0 };
	x->route.scope = NULL; /* not routed: see content_fail() */
	x->user = x->denied = SLICE_NONE;
	x->file = SLICE_NONE;
	x->fallback = NULL;
	x->look = (struct look){ 0 };
	x->renew = false;
	x->tag_tried = x->find_tried = x->beside_tried = x->read_tried = false;
	arena_reset(&x->arena);
}

/* Proxies that are trusted may ask for others. */
static void
find_client(struct exchange *x)
{
	const struct access_rule *trusted;

	x->client = real_ip_find(&x->config->server, &x->peer, &x->request, &trusted);
	x->client_at = trusted ? trusted->at : (struct origin){ 0 };
}

static void
find_route(struct exchange *x)
{
	struct route_query q = { .config = x->config,
				 .scopes = store_scope_cache(x->store),
				 .listener = x->listener,
				 .tls_site = x->tls_site,
				 .buckets = x->buckets,
				 .now_ms = x->now_ms,
				 .now = x->now.tv_sec,
				 .request = &x->request };

	find_client(x);
	q.client = x->client;
	route_find(&x->route, &q, &x->arena);
}

void
content_route(struct exchange *x)
{
	if (x->job) {
		auth_finish(x);
		return;
	}
	find_route(x);
	if (x->route.auth)
		auth_check(x);
}

void
content_run_job(struct exchange *x)
{
	x->job->run(x->job);
	x->job->state = JOB_DONE;
}

/* RFC 9110 9.3.7. */
static void
options_respond(struct exchange *x)
{
	char *allow = arena_bytes(&x->arena, 96);
	struct slice value = SLICE_NONE;

	response_init(&x->response, 204);
	if (allow)
		value = slice_from(allow, method_set_format(x->route.allowed, allow, 96));
	response_add(&x->response, &x->arena, SLICE("Allow"), value, ORIGIN_BUILTIN);
}

/* What it was for shows at the next try; whoever made it has noted that it was tried. */
static void
finish_job(struct exchange *x)
{
	if (x->job)
		x->job->free(x->job);
	x->job = NULL;
}

/* What every response gets, whoever made it. */
static void
finish(struct exchange *x)
{
	if (!x->response.block) /* whose fields are complete */
		fields_add(x);
	if (x->tls_site)
		fields_add_tls(x);
	if (x->response.out_of_memory) {
		response_fini(&x->response);
		response_init(&x->response, 503);
		x->response.has_length = true;
	}
}

/* RFC 6585 4: when the client may ask again. */
static void
add_retry_after(struct exchange *x)
{
	if (x->route.status == 429 && x->route.retry_s > 0)
		response_add(&x->response, &x->arena, SLICE("Retry-After"),
			     arena_printf(&x->arena, "%llu", (unsigned long long)x->route.retry_s),
			     ORIGIN_BUILTIN);
}

void
content_respond(struct exchange *x)
{
	finish_job(x);
	switch (x->route.handler) {
	case HANDLER_ERROR:
		error_page_respond(x, x->route.status, NULL);
		add_retry_after(x);
		if (x->route.status == 401)
			auth_add_challenge(x);
		break;
	case HANDLER_OPTIONS:
		options_respond(x);
		break;
	case HANDLER_PREFLIGHT:
		cors_respond(x);
		break;
	case HANDLER_REDIRECT:
		redirect_respond(x);
		break;
	case HANDLER_HTTPS:
		redirect_to_https(x);
		break;
	case HANDLER_FIXED:
		fixed_respond(x);
		break;
	case HANDLER_STATIC:
		static_file_respond(x);
		break;
	}
	if (!x->job)
		finish(x);
}

void
content_expect_tls(struct exchange *x)
{
	route_fail(&x->route, x->config, 400, NULL);
	x->route.words = "This port speaks TLS, and the browser came without. The address has to "
			 "begin with https://";
}

void
content_fail(struct exchange *x, unsigned status, const char *reason, bool close)
{
	if (!x->route.scope)
		route_fail(&x->route, x->config, status, reason);
	x->route.handler = HANDLER_ERROR; /* also when this answer has to be made anew */
	error_page_respond(x, status, reason);
	x->response.close = close;
	finish(x);
}
