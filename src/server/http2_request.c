/*
 * http2_request - see http2_record.h: a header block becomes a struct request.
 *
 * nghttp2 has refused already what RFC 9113 8.2 and 8.3 call malformed: names with capitals,
 * fields of the connection, pseudo-fields that are missing, unknown, late or there twice.  What is
 * left is what the limits and the parser of HTTP/1 refuse as well, and with the same words.
 */
#include "config.h"

#include "server/http2_record.h"

enum { FIELDS_FIRST = 16 };

static struct slice
keep(struct http2_stream *s, struct slice bytes)
{
	struct slice kept = arena_copy(&s->x.arena, bytes);

	if (!kept.p)
		s->status = 503;
	return kept;
}

/* They come first (RFC 9113 8.3), so the method is known before any field. */
static void
add_pseudo(const struct conn *c, struct http2_stream *s, struct slice name, struct slice value)
{
	struct request *r = &s->x.request;

	if (slice_equal(name, SLICE(":method"))) {
		r->method_name = keep(s, value);
		r->method = method_parse(r->method_name);
	} else if (slice_equal(name, SLICE(":scheme"))) {
		s->scheme = keep(s, value);
	} else if (slice_equal(name, SLICE(":authority"))) {
		s->authority = keep(s, value);
	} else if (value.len > http_config(c)->target_size) {
		s->status = 414;
	} else {
		r->target = keep(s, value);
	}
}

static bool
make_room(struct http2_stream *s)
{
	struct request *r = &s->x.request;
	size_t room = s->field_room > 0 ? 2 * s->field_room : FIELDS_FIRST;
	struct field *fields;

	if (r->field_count < s->field_room)
		return true;
	fields = arena_alloc(&s->x.arena, room * sizeof *fields);
	if (!fields)
		return false;
	if (r->field_count > 0)
		memcpy(fields, r->fields, r->field_count * sizeof *fields);
	r->fields = fields;
	s->field_room = room;
	return true;
}

static unsigned
add_field(const struct conn *c, struct http2_stream *s, struct slice name, struct slice value)
{
	if (s->x.request.field_count == http_config(c)->head_fields)
		return 431;
	if (!make_room(s))
		return 503;
	name = keep(s, name);
	value = keep(s, value);
	return s->status != 0 ? s->status : request_add_field(&s->x.request, name, value);
}

void
http2_request_add(struct conn *c, struct http2_stream *s, struct slice name, struct slice value)
{
	s->head_size += name.len + value.len + 4;
	if (s->head_size > http_config(c)->head_size) /* few bytes on the way can be many here */
		http2_burden(c, (int64_t)(name.len + value.len));
	if (s->status != 0)
		return;
	if (s->head_size > http_config(c)->head_size)
		s->status = 431;
	else if (name.len > 0 && name.p[0] == ':')
		add_pseudo(c, s, name, value);
	else
		s->status = add_field(c, s, name, value);
}

void
http2_request_write_line(struct http2_stream *s)
{
	struct request *r = &s->x.request;
	const struct slice parts[] = { r->method_name, SLICE(" "), r->target, SLICE(" HTTP/2.0") };
	size_t len = 0;
	char *out;

	for (size_t i = 0; i < 4; i++)
		len += parts[i].len;
	out = arena_bytes(&s->x.arena, len);
	if (!out)
		return;
	r->line = slice_from(out, len);
	for (size_t i = 0; i < 4; i++) {
		if (parts[i].len > 0)
			memcpy(out, parts[i].p, parts[i].len);
		out += parts[i].len;
	}
}

/* RFC 9113 8.3.1: the authority is the host; a Host beside it must say the same. */
static unsigned
find_host(struct http2_stream *s)
{
	struct request *r = &s->x.request;
	struct host said = r->host;

	if (!s->authority.p)
		return 0;
	if (!uri_parse_host(&r->host, s->authority))
		return 400;
	if (r->first[FIELD_HOST] > 0 &&
	    (!slice_equal_nocase(said.name, r->host.name) || said.port != r->host.port))
		return 400;
	return 0;
}

unsigned
http2_request_finish(struct http2_stream *s)
{
	struct request *r = &s->x.request;

	if (r->method == METHOD_CONNECT) /* RFC 9113 8.5: it has no other target */
		r->target = s->authority;
	if (s->status != 0)
		return s->status;
	if (r->method != METHOD_CONNECT && !slice_equal_nocase(s->scheme, SLICE("http")) &&
	    !slice_equal_nocase(s->scheme, SLICE("https")))
		return 400;
	if (r->framing == BODY_NONE && !s->ended)
		r->framing = BODY_CHUNKED; /* as long as it is */
	return find_host(s);
}
