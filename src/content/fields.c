/* fields - see fields.h. */
#include "config.h"

#include "content/fields.h"

#include "content/cors.h"

/* `security_headers = on`: what most sites can have without a change, and few have. */
static const struct {
	const char *name, *value;
} preset[] = {
	{ "X-Frame-Options", "SAMEORIGIN" },
	{ "Referrer-Policy", "strict-origin-when-cross-origin" },
	{ "Permissions-Policy", "camera=(), geolocation=(), microphone=()" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
};

/* Is there a rule for the field, whatever the status? */
static bool
has_own_rule(const struct exchange *x, struct slice name)
{
	const struct header_rule *rule = NULL;
	size_t at = 0;

	while (scope_next_header(x->route.scope, &at, &rule))
		if (slice_equal_nocase(rule->name, name))
			return true;
	return false;
}

static void
add_security_fields(struct exchange *x)
{
	const struct set_switch *set = x->route.scope->now.security_headers;

	for (size_t i = 0; set->on && i < sizeof preset / sizeof *preset; i++)
		if (!has_own_rule(x, slice_of(preset[i].name)))
			response_add(&x->response, &x->arena, slice_of(preset[i].name),
				     slice_of(preset[i].value), set->at);
}

/* `header` speaks of answers that succeed or lead on, 2xx and 3xx; `header_always` of all. */
static bool
next_header(const struct exchange *x, size_t *at, const struct header_rule **rule)
{
	while (scope_next_header(x->route.scope, at, rule))
		if ((*rule)->always || x->response.status < 400)
			return true;
	return false;
}

/* RFC 9110 12.5.5: what the answer depends on does not become less by what is said of it. */
static bool
adds_up(const struct header_rule *rule)
{
	return !rule->remove && slice_equal_nocase(rule->name, SLICE("Vary"));
}

static void
apply_header_rules(struct exchange *x)
{
	const struct header_rule *rule = NULL;
	size_t at = 0;

	while (next_header(x, &at, &rule))
		if (!adds_up(rule))
			response_remove(&x->response, rule->name);
	at = 0;
	rule = NULL;
	while (next_header(x, &at, &rule))
		if (adds_up(rule))
			response_join(&x->response, &x->arena, rule->name, rule->value, rule->at);
		else if (!rule->remove)
			response_add(&x->response, &x->arena, rule->name, rule->value, rule->at);
}

static struct slice
server_value(enum server_header how)
{
	return how == SERVER_HEADER_FULL ? SLICE(PACKAGE_NAME "/" PACKAGE_VERSION)
					 : SLICE(PACKAGE_NAME);
}

void
fields_add(struct exchange *x)
{
	enum server_header how = x->config->server.server_header;

	if (how != SERVER_HEADER_OFF)
		response_add(&x->response, &x->arena, SLICE("Server"), server_value(how),
			     x->config->server.server_header_at);
	add_security_fields(x);
	cors_add_fields(x);
	apply_header_rules(x);
}

/* RFC 6797 7.2: never without TLS.  A document's fields are shared with those who come without, so
 * this one stands behind them, and lines that were made of them alone are not used. */
void
fields_add_tls(struct exchange *x)
{
	const struct site *site = x->route.site;
	struct slice name = SLICE("Strict-Transport-Security");

	if (!site || !site->hsts || response_field(&x->response, name).p)
		return;
	response_add(&x->response, &x->arena, name, site->hsts->text, site->hsts->at);
	x->response.lines = SLICE_NONE;
}
