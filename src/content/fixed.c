/* fixed - see fixed.h. */
#include "config.h"

#include "content/fixed.h"

#include "content/cache_control.h"
#include "content/error_page.h"
#include "http/status.h"

static void
add_cache_control(struct exchange *x)
{
	const struct set_cache_control *set = x->route.scope->now.cache_control;
	struct slice value = cache_control_find(set, SLICE_NONE, x->route.scope->now.fixed->type);

	if (value.p)
		response_add(&x->response, &x->arena, SLICE("Cache-Control"), value, set->at);
}

void
fixed_respond(struct exchange *x)
{
	const struct set_return *fixed = x->route.scope->now.fixed;
	struct response *r = &x->response;

	if (fixed->type.len == 0) {
		error_page_builtin(x, fixed->status);
		return;
	}
	response_init(r, fixed->status);
	if (!status_has_content(fixed->status))
		return;
	response_add(r, &x->arena, SLICE("Content-Type"), fixed->type, fixed->at);
	x->type_at = fixed->at;
	response_add(r, &x->arena, SLICE("X-Content-Type-Options"), SLICE("nosniff"),
		     ORIGIN_BUILTIN);
	if (fixed->status == 200)
		add_cache_control(x);
	r->length = fixed->body.len;
	r->has_length = true;
	r->body = body_of_memory(fixed->body);
}
