/* partial - see partial.h. */
#include "config.h"

#include "content/partial.h"

#include "base/hash.h"
#include "content/error_page.h"
#include "content/multipart_body.h"

/* About what surrounds a part of a multipart body: nearer ranges are cheaper as one. */
enum { PART_OVERHEAD = 128 };

static void
add_content_range(struct exchange *x, struct slice value)
{
	response_add(&x->response, &x->arena, SLICE("Content-Range"), value, ORIGIN_BUILTIN);
}

/* RFC 9110 15.5.17 */
static void
refuse(struct exchange *x, uint64_t size)
{
	error_page_respond(x, 416, "the file does not have that range");
	add_content_range(x, arena_printf(&x->arena, "bytes */%llu", (unsigned long long)size));
}

/* RFC 9110 14.4.  Written from its end, as numbers are. */
static struct slice
content_range(struct exchange *x, const struct range *r, uint64_t size)
{
	static const char unit[] = { 'b', 'y', 't', 'e', 's', ' ' };
	const size_t room = sizeof unit + (size_t)3 * SLICE_DIGITS + 2;
	char *out = arena_bytes(&x->arena, room), *at;

	if (!out)
		return SLICE_NONE;
	at = slice_number_before(out + room, size);
	*--at = '/';
	at = slice_number_before(at, r->last);
	*--at = '-';
	at = slice_number_before(at, r->first);
	at -= sizeof unit;
	memcpy(at, unit, sizeof unit);
	return slice_from(at, (size_t)(out + room - at));
}

static void
send_one(struct exchange *x, struct document *d, const struct range *r)
{
	document_begin_response(d, x, 206);
	add_content_range(x, content_range(x, r, d->rep.size));
	document_attach(d, x, r->first, r->last - r->first + 1);
}

/* What no file can be expected to contain: nobody can guess it, and it differs each time. */
static struct slice
make_boundary(struct exchange *x)
{
	uint64_t hash = hash_bytes(slice_from((const char *)&x->now, sizeof x->now));

	return arena_printf(&x->arena, "part-%016llx", (unsigned long long)hash);
}

/* RFC 9110 15.3.7.2.  False when the file cannot be had again. */
static bool
send_several(struct exchange *x, struct document *d, const struct range *ranges, size_t count)
{
	struct multipart m = { .type = d->rep.type,
			       .boundary = make_boundary(x),
			       .size = d->rep.size,
			       .ranges = ranges,
			       .count = count };
	struct representation whole = d->rep;
	struct found f = FOUND_NONE;
	struct body_stream *body;

	if (!document_open(&f, x, d))
		return false;
	response_init(&x->response, 206);
	whole.type = arena_printf(&x->arena, "multipart/byteranges; boundary=%.*s",
				  SLICE_FMT(m.boundary));
	representation_add_fields(&whole, x);
	body = multipart_body_new(&m, &x->arena, f.fd, &f.st, &x->response.length);
	if (body) {
		x->response.has_length = true;
		x->response.body = body_of_stream(body);
	} else {
		x->response.out_of_memory = true;
		found_close(&f);
	}
	return true;
}

bool
partial_respond(struct exchange *x, struct document *d)
{
	struct slice field = request_field(&x->request, FIELD_RANGE);
	struct range ranges[RANGES_MAX];
	size_t count, at = 0;
	struct slice again;

	/* RFC 9110 14.2: GET only.  A coding made on the fly has no bytes yet to count. */
	if (!field.p || x->request.method != METHOD_GET || d->rep.made_on_the_fly ||
	    !conditions_if_range(&x->request, &d->rep.validators, x->now.tv_sec))
		return false;
	request_field_next(&x->request, FIELD_RANGE, &at, &again);
	if (request_field_next(&x->request, FIELD_RANGE, &at, &again))
		return false; /* said twice: which one is meant? */
	switch (range_parse(field, d->rep.size, PART_OVERHEAD, ranges, &count)) {
	case RANGES_WHOLE:
		return false;
	case RANGES_UNSATISFIABLE:
		refuse(x, d->rep.size);
		return true;
	case RANGES_PART:
		break;
	}
	if (count > 1)
		return send_several(x, d, ranges, count);
	send_one(x, d, &ranges[0]);
	return true;
}
