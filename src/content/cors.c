/* cors - see cors.h. */
#include "config.h"

#include "content/cors.h"

static bool
is_on(const struct set_words *cors)
{
	return cors && cors->count > 0;
}

static bool
is_everybody(const struct set_words *cors)
{
	return slice_equal(cors->words[0], SLICE("*"));
}

bool
cors_is_preflight(const struct set_words *cors, const struct request *request)
{
	return is_on(cors) && request->method == METHOD_OPTIONS &&
	       request_field(request, FIELD_ORIGIN).p &&
	       request_field_named(request, SLICE("Access-Control-Request-Method")).p;
}

/* What the configuration says, never what the client sent. */
static struct slice
allowed_origin(const struct set_words *cors, struct slice origin)
{
	if (is_everybody(cors))
		return cors->words[0];
	for (size_t i = 0; i < cors->count; i++)
		if (slice_equal_nocase(cors->words[i], origin))
			return cors->words[i];
	return SLICE_NONE;
}

static bool
may_read(const struct exchange *x)
{
	return allowed_origin(x->route.scope->now.cors, request_field(&x->request, FIELD_ORIGIN)).p;
}

void
cors_respond(struct exchange *x)
{
	struct response *r = &x->response;
	struct origin at = x->route.scope->now.cors->at;
	char *allow = arena_bytes(&x->arena, 96);
	struct slice methods = SLICE_NONE;

	response_init(r, 204);
	if (!may_read(x))
		return;
	if (allow)
		methods = slice_from(allow, method_set_format(x->route.allowed, allow, 96));
	response_add(r, &x->arena, SLICE("Access-Control-Allow-Methods"), methods, at);
	/* `*` stands for all names but this one (Fetch, "CORS-preflight fetch" 7) */
	response_add(r, &x->arena, SLICE("Access-Control-Allow-Headers"), SLICE("*, Authorization"),
		     at);
	response_add(r, &x->arena, SLICE("Access-Control-Max-Age"), SLICE("86400"), at);
}

void
cors_add_fields(struct exchange *x)
{
	const struct set_words *cors = x->route.scope->now.cors;
	struct slice origin;

	if (!is_on(cors))
		return;
	origin = allowed_origin(cors, request_field(&x->request, FIELD_ORIGIN));
	if (origin.p)
		response_add(&x->response, &x->arena, SLICE("Access-Control-Allow-Origin"), origin,
			     cors->at);
	if (!is_everybody(cors)) /* RFC 9110 12.5.5: also where it is refused */
		response_join(&x->response, &x->arena, SLICE("Vary"), SLICE("Origin"), cors->at);
}
