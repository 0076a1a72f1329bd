/*
 * redirect - see redirect.h.
 *
 * Location is a path without scheme and host whenever the target is one (RFC 9110 10.2.2 allows
 * it), so a redirect works behind any proxy and under any name.  Such a path never begins with two
 * slashes, which a browser would take for another host.
 */
#include "config.h"

#include "content/redirect.h"

#include <stdio.h>

#include "content/error_page.h"

/* Every part of Location, and the room it can take at most. */
static size_t
target_room(const struct exchange *x, const struct redirect_rule *rule)
{
	size_t room = rule->to.len + x->route.target.query.len + 2;

	for (size_t i = 0; i < rule->to.len; i++) /* a capture can be used more than once */
		if (rule->to.p[i] == '$')
			room += 3 * x->route.path.len;
	return room;
}

/* Writes `to`, of a rule, with its captures to out; returns the length. */
static size_t
expand(struct slice to, const struct slice captures[], char *out, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < to.len; i++) {
		char c = to.p[i];
		int digit = i + 1 < to.len ? to.p[i + 1] : '\0';

		if (c == '$' && digit >= '1' && digit <= '9') {
			n += uri_encode_path(captures[digit - '1'], out + n, cap - n);
			i++;
		} else {
			out[n++] = c;
		}
	}
	return n;
}

static size_t
append_query(const struct exchange *x, char *out, size_t n)
{
	const struct target *t = &x->route.target;

	if (!t->has_query)
		return n;
	out[n++] = '?';
	if (t->query.len > 0)
		memcpy(out + n, t->query.p, t->query.len);
	return n + t->query.len;
}

static void
respond(struct exchange *x, unsigned status, struct slice location, struct origin at)
{
	error_page_respond(x, status, NULL);
	response_add(&x->response, &x->arena, SLICE("Location"), location, at);
}

void
redirect_respond(struct exchange *x)
{
	const struct redirect_rule *rule = x->route.redirect;
	size_t n, cap = target_room(x, rule);
	char *out = arena_bytes(&x->arena, cap);
	struct slice location, before = slice_head(rule->to, slice_find(rule->to, '#'));

	if (!out) {
		error_page_respond(x, 503, "out of memory");
		return;
	}
	n = expand(before, x->route.captures, out, cap);
	if (slice_find(before, '?') == before.len) /* RFC 3986 3: a query stands before '#' */
		n = append_query(x, out, n);
	n += expand(slice_after(rule->to, before.len), x->route.captures, out + n, cap - n);
	location = slice_from(out, n);
	while (slice_starts(location, SLICE("//")))
		location = slice_after(location, 1);
	respond(x, rule->status, location, rule->at);
}

static void
move(struct exchange *x, struct slice path, const char *behind, struct origin at)
{
	size_t cap = 3 * path.len + strlen(behind) + x->route.target.query.len + 2;
	char *out = arena_bytes(&x->arena, cap);
	size_t n;

	if (!out) {
		error_page_respond(x, 503, "out of memory");
		return;
	}
	n = uri_encode_path(path, out, cap);
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): a slice has a length */
	memcpy(out + n, behind, strlen(behind));
	n = append_query(x, out, n + strlen(behind));
	respond(x, 301, slice_from(out, n), at);
}

void
redirect_to(struct exchange *x, struct slice path, struct origin at)
{
	move(x, path, "", at);
}

void
redirect_add_slash(struct exchange *x)
{
	move(x, x->route.path, "/", ORIGIN_BUILTIN);
}

/* The first name of the host that is one whole name, or an empty slice. */
static struct slice
own_name(const struct site *site)
{
	for (size_t i = 0; i < site->name_count; i++)
		if (!slice_starts(site->names[i], SLICE("*.")))
			return site->names[i];
	return SLICE("");
}

/* RFC 9110 15.4.9: 308 keeps the method, and its body; 301 is what every old client knows. */
void
redirect_to_https(struct exchange *x)
{
	const struct route *r = &x->route;
	const struct set_https *https = r->site->https;
	struct slice name = r->host.name.len > 0 ? r->host.name : own_name(r->site);
	bool safe = x->request.method == METHOD_GET || x->request.method == METHOD_HEAD;
	char port[8] = "";
	struct slice location;

	if (name.len == 0) {
		error_page_respond(x, 400, "the request names no host to lead to");
		return;
	}
	if (https->port != 443)
		snprintf(port, sizeof port, ":%u", https->port);
	location = arena_printf(&x->arena, "https://%.*s%s%.*s%s%.*s", SLICE_FMT(name), port,
				SLICE_FMT(r->target.path), r->target.has_query ? "?" : "",
				SLICE_FMT(r->target.query));
	if (location.p)
		respond(x, safe ? 301 : 308, location, https->at);
	else
		error_page_respond(x, 503, "out of memory");
}
