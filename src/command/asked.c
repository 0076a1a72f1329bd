/* asked - see asked.h. */
#include "config.h"

#include "command/asked.h"

#include "config/said.h"
#include "http/uri.h"

bool
asked_parse_url(struct asked *a, struct slice url)
{
	size_t n;

	*a = (struct asked){ .https = slice_starts(url, SLICE("https://")) };
	if (slice_starts(url, SLICE("/"))) {
		a->target = url;
		return true;
	}
	if (!a->https && !slice_starts(url, SLICE("http://")))
		return false;
	url = slice_after(url, a->https ? 8 : 7);
	n = slice_find(url, '/');
	a->authority = slice_head(url, n);
	a->target = n < url.len ? slice_after(url, n) : SLICE("/");
	a->target = slice_head(a->target, slice_find(a->target, '#'));
	return a->authority.len > 0;
}

struct slice
asked_write_head(const struct asked *a, struct arena *arena)
{
	struct slice text = arena_printf(arena, "GET %.*s HTTP/1.%d\r\n", SLICE_FMT(a->target),
					 a->authority.len > 0);

	if (text.p && a->authority.len > 0)
		text = arena_printf(arena, "%.*sHost: %.*s\r\n", SLICE_FMT(text),
				    SLICE_FMT(a->authority));
	for (size_t i = 0; text.p && i < a->field_count; i++)
		text = arena_printf(arena, "%.*s%s\r\n", SLICE_FMT(text), a->fields[i]);
	return text.p ? arena_printf(arena, "%.*s\r\n", SLICE_FMT(text)) : text;
}

/* Is there a listener for that kind of URL? */
static bool
has_listener(const struct config *c, bool tls)
{
	for (size_t i = 0; i < c->server.listen_count; i++)
		if (c->server.listen[i].tls == tls)
			return true;
	return false;
}

size_t
asked_find_listener(const struct asked *a, const struct config *c)
{
	struct host host = { 0 };
	size_t none = c->server.listen_count, first = none, kin = none;
	bool choose = has_listener(c, a->https);
	unsigned port;

	if (!uri_parse_host(&host, a->authority))
		return 0;
	port = host.port ? host.port : a->https ? 443 : 80;
	for (size_t i = 0; i < c->server.listen_count; i++) {
		const struct site *site = config_find_site(c, host.name, i);

		if (choose && c->server.listen[i].tls != a->https)
			continue;
		if (kin == none)
			kin = i;
		if (address_port(&c->server.listen[i].address) != port)
			continue;
		if (site && !site->is_default)
			return i;
		if (first == none)
			first = i;
	}
	return first < none ? first : kin;
}

struct origin
asked_find_limit(const struct asked *a, const struct config *c, unsigned status)
{
	size_t count = a->field_count + (a->authority.len > 0);

	if (status == 414)
		return said_in_server(c, "target_size").at;
	if (status == 431)
		return said_in_server(c,
				      count > c->server.head_fields ? "head_fields" : "head_size")
			.at;
	return ORIGIN_BUILTIN;
}
