/* route - see route.h. */
#include "config.h"

#include "content/route.h"

#include "content/cors.h"

#include "content/rate.h"
#include "content/referer.h"
#include "content/scope_cache.h"
#include "content/signed_link.h"

enum {
	STATIC_METHODS =
		METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD) | METHOD_BIT(METHOD_OPTIONS),
	FIXED_METHODS = STATIC_METHODS | METHOD_BIT(METHOD_POST),
};

static void
fail(struct route *r, unsigned status, const char *reason)
{
	r->handler = HANDLER_ERROR;
	r->status = status;
	r->reason = reason;
}

void
route_refuse(struct route *r, unsigned status, const char *reason, struct origin at)
{
	fail(r, status, reason);
	r->reason_at = at;
}

void
route_fail(struct route *r, const struct config *c, unsigned status, const char *reason)
{
	*r = (struct route){ .allowed = STATIC_METHODS };
	r->scope = &c->scope;
	fail(r, status, reason);
}

/* The settings that hold for what was found.  False for want of memory: those of all, and an error.
 */
static bool
find_scope(struct route *r, const struct config *c, struct scope_cache *scopes, struct arena *arena)
{
	r->scope = scope_cache_get(scopes, c, r->site, &r->match, arena);
	if (r->scope)
		return true;
	r->scope = &c->scope;
	fail(r, 503, "out of memory");
	return false;
}

/* RFC 9112 3.2.2: absolute-form overrides Host, whose syntax the parser has checked. */
static bool
find_host(struct route *r, const struct route_query *q)
{
	if (r->target.form == TARGET_ABSOLUTE)
		return uri_parse_host(&r->host, r->target.authority);
	r->host = q->request->host; /* HTTP/1.0 may say nothing */
	return true;
}

/* RFC 9110 7.4: with TLS a request may be for those only whom the client could expect there. */
static bool
check_tls_site(struct route *r, const struct route_query *q)
{
	if (r->host.name.len == 0) /* HTTP/1.0 without Host: the handshake has said who */
		r->site = q->tls_site;
	if (config_tls_covers(q->tls_site, r->site, r->host.name))
		return true;
	fail(r, 421,
	     "the TLS handshake was with another host, whose certificate does not cover this one");
	return false;
}

static bool
find_site(struct route *r, const struct route_query *q)
{
	if (q->request->method != METHOD_CONNECT) {
		unsigned status =
			uri_parse_target(&r->target, q->request->target, q->request->method);

		if (status != 0) {
			fail(r, status, "the request target is malformed");
			return false;
		}
	}
	if (!find_host(r, q)) {
		fail(r, 400, "the host name is malformed");
		return false;
	}
	if (r->target.form == TARGET_ABSOLUTE && r->target.https && !q->tls_site) {
		fail(r, 421, "https was asked for over a connection without TLS");
		return false;
	}
	r->site = config_find_site(q->config, r->host.name, q->listener);
	if (!r->site) {
		fail(r, 421, "no host has this name, and none is the default");
		return false;
	}
	return !q->tls_site || check_tls_site(r, q);
}

/* `https`; authorities look for the proof that a name is ours where they are told to, without TLS
 * (RFC 8555 8.3). */
static bool
must_have_tls(struct route *r, const struct route_query *q)
{
	if (!r->site->https || q->tls_site ||
	    slice_starts(r->path, SLICE("/.well-known/acme-challenge/")))
		return false;
	r->handler = HANDLER_HTTPS;
	return true;
}

static bool
find_path(struct route *r, struct arena *arena)
{
	char *bytes = arena_bytes(arena, r->target.path.len + 1);
	unsigned status = bytes ? uri_decode_path(r->target.path, bytes, &r->path) : 503;

	if (status == 0) {
		r->lookup = r->asked = r->path;
		return true;
	}
	r->path = SLICE_NONE;
	fail(r, status,
	     status == 404 ? "an encoded slash is no separator and no file has one"
			   : "the path has a malformed or forbidden escape");
	return false;
}

static bool
is_capture(struct slice to, size_t at)
{
	return to.p[at] == '$' && at + 1 < to.len && to.p[at + 1] >= '1' && to.p[at + 1] <= '9';
}

/* rule->to with its captures; .p is NULL when out of memory. */
static struct slice
expand(const struct redirect_rule *rule, const struct slice captures[], struct arena *arena)
{
	struct slice to = rule->to;
	size_t room = to.len, n = 0;
	char *out;

	for (size_t i = 0; i < to.len; i++)
		if (is_capture(to, i))
			room += captures[to.p[i + 1] - '1'].len;
	out = arena_bytes(arena, room);
	for (size_t i = 0; out && i < to.len; i++) {
		if (is_capture(to, i)) {
			struct slice capture = captures[to.p[++i] - '1'];

			if (capture.len > 0)
				memcpy(out + n, capture.p, capture.len);
			n += capture.len;
		} else {
			out[n++] = to.p[i];
		}
	}
	return slice_from(out, n);
}

/* The path a rewrite leads to: $1 to $9 are put in, then it is made normal as any other. */
static bool
rewrite_path(struct route *r, const struct redirect_rule *rule, struct arena *arena)
{
	struct slice text = expand(rule, r->captures, arena);
	size_t cap = 3 * text.len;
	char *encoded = text.p ? arena_bytes(arena, cap) : NULL;
	char *bytes = text.p ? arena_bytes(arena, text.len + 1) : NULL;

	if (!encoded || !bytes) {
		fail(r, 503, "out of memory");
		return false;
	}
	cap = uri_encode_path(text, encoded, cap);
	if (uri_decode_path(slice_from(encoded, cap), bytes, &r->path) != 0) {
		fail(r, 500, "the rewritten path is malformed");
		return false;
	}
	r->lookup = r->path;
	r->rewrite = rule;
	return true;
}

enum { NO_REDIRECTS = 1 << 0, NO_REWRITES = 1 << 1 };

static bool
follow(struct route *r, const struct redirect_rule *rule, unsigned without, struct arena *arena)
{
	for (; rule; rule = rule->next) {
		if (rule->rewrite ? r->rewrite || without & NO_REWRITES : without & NO_REDIRECTS)
			continue;
		if (!(rule->glob ? glob_match(rule->from, r->path, r->captures)
				 : slice_equal(rule->from, r->path)))
			continue;
		if (!rule->rewrite) {
			r->handler = HANDLER_REDIRECT;
			r->redirect = rule;
			return true;
		}
		if (!rewrite_path(r, rule, arena))
			return true;
	}
	return false;
}

/* The rules of a level in their order: true when one has decided, a redirect or a failure. */
static bool
follow_rules(struct route *r, const struct settings *level, unsigned without, struct arena *arena)
{
	return level && level->redirect.first && follow(r, level->redirect.first, without, arena);
}

/* Host before server; `off` at the host hides the server's. */
static bool
decided_at_site(struct route *r, const struct config *c, struct arena *arena)
{
	const struct settings *site = &r->site->settings;
	unsigned without =
		(site->redirect.off ? NO_REDIRECTS : 0) | (site->rewrite_off ? NO_REWRITES : 0);

	return follow_rules(r, site, 0, arena) ||
	       follow_rules(r, &c->server_settings, without, arena);
}

static bool
redirects_at_location(struct route *r)
{
	const struct location *glob = r->match.glob, *prefix = r->match.prefix;

	return follow_rules(r, glob ? &glob->settings : NULL, NO_REWRITES, NULL) ||
	       (!(glob && glob->settings.redirect.off) &&
		follow_rules(r, prefix ? &prefix->settings : NULL, NO_REWRITES, NULL));
}

/* `allow` and `deny`. */
static bool
check_address(struct route *r, const struct ip *client)
{
	const struct set_access *set = r->scope->now.access;

	if (access_allows(set, client, &r->access))
		return true;
	route_refuse(r, 403,
		     r->access ? "this address is denied"
			       : "this address is not among those allowed",
		     r->access ? r->access->at : set->at);
	return false;
}

/* `referers`. */
static bool
check_referer(struct route *r, const struct request *q)
{
	if (referer_allowed(r->scope->now.referers, request_field(q, FIELD_REFERER)))
		return true;
	route_refuse(r, 403, "no site that may lead here is in Referer",
		     r->scope->now.referers->at);
	return false;
}

/* `signed_links`. */
static bool
check_signature(struct route *r, const struct route_query *q)
{
	const struct set_words *secrets = r->scope->now.signed_links;
	const char *wrong = NULL;

	if (secrets)
		wrong = signed_link_check(secrets, r->asked, r->target.query, q->now);
	if (wrong)
		route_refuse(r, 403, wrong, secrets->at);
	return !wrong;
}

/* `limit_requests`. */
static bool
check_rate(struct route *r, const struct route_query *q)
{
	const struct set_limit_requests *limit = r->scope->now.limit_requests;

	if (!limit || limit->off || !q->buckets)
		return true;
	r->retry_s = rate_take(q->buckets, limit, &q->client, q->now_ms);
	r->over_limit = r->retry_s > 0;
	if (!r->over_limit || limit->observe)
		return true;
	route_refuse(r, 429, "this address asks more often than limit_requests allows", limit->at);
	return false;
}

/* `strip` cuts off the prefix location's path; for a glob that of the prefix it lies in. */
static void
strip_prefix(struct route *r)
{
	const struct location *prefix = r->match.prefix, *glob = r->match.glob;
	const struct set_switch *strip = glob && glob->strip ? glob->strip
					 : prefix	     ? prefix->strip
							     : NULL;

	if (!strip || !strip->on || !prefix)
		return;
	r->lookup = slice_after(r->path, prefix->path.len);
	if (r->lookup.len == 0) /* /docs itself, asked for without its slash */
		r->lookup = SLICE_NONE;
}

static void
choose_handler(struct route *r)
{
	const struct set_return *fixed = r->scope->now.fixed;
	const struct set_methods *methods = r->scope->now.methods;

	if (fixed && !fixed->off) {
		r->handler = HANDLER_FIXED;
		r->allowed = methods ? methods->allowed : FIXED_METHODS;
	} else {
		r->handler = HANDLER_STATIC;
		r->allowed = methods ? methods->allowed & STATIC_METHODS : STATIC_METHODS;
	}
	if (r->allowed & METHOD_BIT(METHOD_GET))
		r->allowed |= METHOD_BIT(METHOD_HEAD);
}

/* RFC 9110 9.1: 501 for a method nobody knows, 405 for one this resource does not have. */
static bool
check_method(struct route *r, enum method m)
{
	if (m == METHOD_UNKNOWN) {
		fail(r, 501, "this method is not known here");
		return false;
	}
	if (!(r->allowed & METHOD_BIT(m))) {
		fail(r, 405, "this method is not allowed here");
		if (r->scope->now.methods)
			r->reason_at = r->scope->now.methods->at;
		return false;
	}
	if (m == METHOD_OPTIONS)
		r->handler = HANDLER_OPTIONS;
	return true;
}

/* As far as it goes: without a scope nothing of a location has been asked. */
static void
find(struct route *r, const struct route_query *q, struct arena *arena)
{
	enum method m = q->request->method;

	if (!find_site(r, q))
		return;
	if (m == METHOD_CONNECT || r->target.form == TARGET_ASTERISK) {
		if (find_scope(r, q->config, q->scopes, arena))
			check_method(r, m); /* there is no path to look further with */
		return;
	}
	if (!find_path(r, arena))
		return;
	if (must_have_tls(r, q))
		return;
	if (decided_at_site(r, q->config, arena))
		return;
	config_find_locations(q->config, r->site, r->path, &r->match);
	if (!find_scope(r, q->config, q->scopes, arena))
		return;
	if (redirects_at_location(r))
		return;
	if (!check_address(r, &q->client) || !check_referer(r, q->request) ||
	    !check_signature(r, q) || !check_rate(r, q))
		return;
	strip_prefix(r);
	choose_handler(r);
	if (cors_is_preflight(r->scope->now.cors, q->request)) {
		r->handler = HANDLER_PREFLIGHT; /* `auth` and `methods` come behind: it has no
						   credentials */
		return;
	}
	if (r->scope->now.auth && r->scope->now.auth->file)
		r->auth = r->scope->now.auth;
	check_method(r, m);
}

void
route_find(struct route *r, const struct route_query *q, struct arena *arena)
{
	memset(r, 0, offsetof(struct route, captures));
	r->allowed = STATIC_METHODS;
	find(r, q, arena);
	if (!r->scope)
		find_scope(r, q->config, q->scopes, arena);
}

void
route_find_page(struct route *r, const struct route *from, const struct config *c,
		struct scope_cache *scopes, struct slice path, struct arena *arena)
{
	*r = (struct route){ .host = from->host, .site = from->site, .path = path, .lookup = path };
	config_find_locations(c, r->site, path, &r->match);
	strip_prefix(r);
	if (find_scope(r, c, scopes, arena))
		choose_handler(r);
}
