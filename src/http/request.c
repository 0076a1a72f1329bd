/*
 * request - see request.h.
 *
 * One walk over the bytes, in order, each of them judged by what may stand there.  So the
 * verdict on a prefix is the verdict on everything that begins with it, and a bad byte is
 * found as soon as it is there.  The steps return 0 when they are through, a status, or
 * NEED_MORE when the bytes ran out.
 */
#include "config.h"

#include "http/request.h"

#include "http/byte.h"

enum { NEED_MORE = 1 };	/* no status has this number */

struct head {
	const char *at;
	const char *end;
	bool full;		/* end is the limit: nothing that is missing may still come */
	bool close;		/* Connection said "close" */
	bool persist;		/* Connection said "keep-alive" */
	struct request *request;
	const struct request_limits *limits;
};

/* What to answer at the end of the bytes, in a part that is too long when no more may come. */
static unsigned
out_of_bytes(const struct head *h, unsigned too_long)
{
	return h->full ? too_long : NEED_MORE;
}

static struct slice
since(const struct head *h, const char *start)
{
	return slice_from(start, (size_t)(h->at - start));
}

/* CR LF, never one of them alone: others may differ about those (RFC 9112 2.2). */
static unsigned
read_line_end(struct head *h)
{
	static const char form[] = "\r\n";

	if (h->end - h->at >= (ptrdiff_t)sizeof form - 1 && !memcmp(h->at, form, sizeof form - 1)) {
		h->at += sizeof form - 1;
		return 0;
	}
	for (const char *f = form; *f; f++, h->at++) {
		if (h->at == h->end)
			return out_of_bytes(h, 431);
		if (*h->at != *f)
			return 400;
	}
	return 0;
}

static const char *
skip_token(const char *at, const char *end)
{
	while (at < end && byte_is(*at, BYTE_TOKEN))
		at++;
	return at;
}

/* The request line, RFC 9112 3 */

/* RFC 9112 2.2: an empty line before the request line is passed over; here one at most. */
static unsigned
skip_empty_line(struct head *h)
{
	return *h->at == '\r' ? read_line_end(h) : 0;
}

static unsigned
read_method(struct head *h)
{
	const char *start = h->at;

	h->at = skip_token(start, h->end);
	if (h->at == h->end)
		return out_of_bytes(h, 501);	/* RFC 9112 3: a longer method than any */
	if (h->at == start || *h->at != ' ')
		return 400;
	h->request->method_name = since(h, start);
	h->request->method = method_parse(h->request->method_name);
	h->at++;
	return 0;
}

static unsigned
read_target(struct head *h)
{
	const char *start = h->at, *end = h->end;

	if ((size_t)(end - start) > h->limits->target_size)
		end = start + h->limits->target_size;
	h->at = byte_skip(h->at, end, BYTE_TARGET);
	if (h->at == h->end)
		return out_of_bytes(h, 414);
	if (byte_is(*h->at, BYTE_TARGET))
		return 414;			/* RFC 9112 3 */
	/* RFC 9112 3: single spaces.  A line that ends here is HTTP/0.9, which nobody speaks. */
	if (h->at == start || *h->at != ' ')
		return 400;
	h->request->target = since(h, start);
	h->at++;
	return 0;
}

/* The version and the end of its line. */
static unsigned
read_version(struct head *h)
{
	static const char form[] = "HTTP/0.0\r\n";	/* 0 stands for any digit, RFC 9112 2.3 */
	static const char usual[] = "HTTP/1.1\r\n";
	const char *start = h->at;

	if (h->end - start >= (ptrdiff_t)sizeof usual - 1 && !memcmp(start, usual, sizeof usual - 1)) {
		h->request->version_minor = 1;
		h->at += sizeof usual - 1;
		return 0;
	}
	for (const char *f = form; *f; f++, h->at++) {
		if (h->at == h->end)
			return out_of_bytes(h, 431);
		if (*f == '0' ? !byte_is(*h->at, BYTE_DIGIT) : *h->at != *f)
			return 400;
	}
	if (start[5] != '1')
		return 505;			/* RFC 9110 15.6.6 */
	h->request->version_minor = start[7] != '0';	/* RFC 9110 2.5 */
	return 0;
}

static unsigned
read_request_line(struct head *h)
{
	unsigned status = skip_empty_line(h);
	const char *start = h->at;

	if (status == 0)
		status = read_method(h);
	if (status == 0)
		status = read_target(h);
	if (status == 0)
		status = read_version(h);
	if (status == 0) {
		h->request->line = slice_from(start, (size_t)(h->at - start) - 2);
	} else if (status != NEED_MORE) {
		/* As much of the line as there is, for the log. */
		h->at = start;
		while (h->at < h->end && *h->at != '\r' && *h->at != '\n')
			h->at++;
		h->request->line = since(h, start);
	}
	return status;
}

/* What the server itself reads in a field.  0, or the status to answer. */

static unsigned
take_host(struct head *h, struct slice value)
{
	return uri_parse_host(&h->request->host, value) ? 0 : 400;	/* RFC 9112 3.2 */
}

static unsigned
take_content_length(struct head *h, struct slice value)
{
	struct request *r = h->request;

	if (r->framing == BODY_CHUNKED)
		return 400;			/* RFC 9112 6.3, case 3 */
	/* RFC 9110 8.6: 1*DIGIT.  A list of equal numbers may be refused, and is. */
	if (!slice_to_number(value, INT64_MAX, &r->content_length))
		return 400;
	r->framing = BODY_LENGTH;
	return 0;
}

static bool
is_token(struct slice s)
{
	size_t n = 0;

	while (n < s.len && byte_is(s.p[n], BYTE_TOKEN))
		n++;
	return n == s.len && n > 0;
}

/*
 * RFC 9112 6.1: a coding that is not known gets 501, but only in a list that frames the body:
 * "chunked" last and once (6.3, case 4).  Anything but a bare "chunked" is refused either way.
 */
static unsigned
refuse_codings(struct slice list)
{
	const struct slice chunked = SLICE("chunked"), identity = SLICE("identity");
	struct slice coding = SLICE_NONE, name;
	unsigned codings = 0, chunks = 0;

	while (slice_list_next(&list, &coding)) {
		name = slice_trim(slice_head(coding, slice_find(coding, ';')));
		/* "identity" left the protocol with RFC 7230; old servers took it for none. */
		if (!is_token(name) || slice_equal_nocase(name, identity))
			return 400;
		codings++;
		chunks += slice_equal_nocase(name, chunked);
	}
	return codings > 1 && chunks == 1 && slice_equal_nocase(coding, chunked) ? 501 : 400;
}

static unsigned
take_transfer_encoding(struct head *h, struct slice value)
{
	struct request *r = h->request;

	/* RFC 9112 6.1, 6.3 case 3: not in HTTP/1.0, and not beside Content-Length. */
	if (r->version_minor == 0 || r->framing == BODY_LENGTH)
		return 400;
	if (!slice_equal_nocase(value, SLICE("chunked")))
		return refuse_codings(value);
	r->framing = BODY_CHUNKED;
	return 0;
}

static unsigned
take_connection(struct head *h, struct slice value)
{
	struct slice option;

	while (slice_list_next(&value, &option)) {
		h->close |= slice_equal_nocase(option, SLICE("close"));
		h->persist |= slice_equal_nocase(option, SLICE("keep-alive"));
	}
	return 0;
}

static unsigned
take_expect(struct head *h, struct slice value)
{
	struct slice expectation;

	while (slice_list_next(&value, &expectation)) {
		if (!slice_equal_nocase(expectation, SLICE("100-continue")))
			return 417;
		/* RFC 9110 10.1.1: to be ignored in HTTP/1.0 */
		h->request->expect_continue = h->request->version_minor > 0;
	}
	return 0;
}

typedef unsigned take_field(struct head *, struct slice value);

static take_field *const takers[FIELD_COUNT] = {
	[FIELD_CONNECTION] = take_connection,
	[FIELD_CONTENT_LENGTH] = take_content_length,
	[FIELD_EXPECT] = take_expect,
	[FIELD_HOST] = take_host,
	[FIELD_TRANSFER_ENCODING] = take_transfer_encoding,
};

static const bool only_once[FIELD_COUNT] = {
#define FIELD(enumerator, name, once) [enumerator] = once,
#include "http/field.def"
#undef FIELD
};

/* The fields, RFC 9112 5 */

/* So many of their first bytes, in any case. */
static inline bool
same_letters(const char *token, const char *name, size_t len)
{
	const uint64_t small = 0x2020202020202020;
	uint64_t a = 0, b = 0;

	memcpy(&a, token, len);
	memcpy(&b, name, len);
	return (a | small) == (b | small);
}

/*
 * Is the token the name?  Names in field.def are of small letters and '-': 0x20 is set in both, and
 * is all that tells other letters of a token from them.  len is known when this is compiled, and
 * what is left of it are few comparisons of eight bytes.
 */
static inline bool
is_name(const char *token, const char *name, size_t len)
{
	size_t i = 0;

	for (; len - i > 8; i += 8)
		if (!same_letters(token + i, name + i, 8))
			return false;
	if (len > 8)			/* the last eight, some of them again */
		i = len - 8;
	return same_letters(token + i, name + i, len - i);
}

/* By length, then by the letters; few names share a length, and hardly any the first letter. */
static enum field_id
identify(struct slice token)
{
#define FIELD(enumerator, name, once)                                                \
	if (token.len == sizeof name - 1 && is_name(token.p, name, sizeof name - 1)) \
		return enumerator;
#include "http/field.def"
#undef FIELD
	return FIELD_OTHER;
}

/* RFC 9112 5.1: nothing stands between the name and its colon. */
static unsigned
read_name(struct head *h, struct field *field)
{
	const char *start = h->at;

	h->at = skip_token(start, h->end);
	if (h->at == h->end)
		return out_of_bytes(h, 431);
	/* No name at all: a line folded as of old (RFC 9112 5.2), or blanks before the first. */
	if (h->at == start || *h->at != ':')
		return 400;
	field->name = since(h, start);
	field->id = identify(field->name);
	h->at++;
	return 0;
}

/* The value and the end of its line; any other control byte is an error, RFC 9110 5.5. */
static unsigned
read_value(struct head *h, struct field *field)
{
	const char *start = h->at;

	h->at = byte_skip(h->at, h->end, BYTE_VALUE);
	field->value = slice_trim(since(h, start));
	return read_line_end(h);
}

static unsigned
take(struct head *h, const struct field *field)
{
	struct request *r = h->request;

	if (r->first[field->id] > 0 && only_once[field->id])
		return 400;			/* RFC 9110 5.3; Host: RFC 9112 3.2 */
	if (r->first[field->id] == 0)
		r->first[field->id] = (uint16_t)r->field_count;
	return takers[field->id] ? takers[field->id](h, field->value) : 0;
}

static unsigned
read_field(struct head *h)
{
	struct request *r = h->request;
	struct field *field = &r->fields[r->field_count];
	unsigned status;

	if (r->field_count == h->limits->fields)
		return 431;
	status = read_name(h, field);
	if (status == 0)
		status = read_value(h, field);
	if (status != 0)
		return status;
	r->field_count++;
	return take(h, field);
}

/*
 * RFC 9112 9.3.  Behind a CONNECT, which is never granted here, there may be bytes for the other
 * end of a tunnel: they must not be read as requests (RFC 9931 8).
 */
static bool
persists(const struct head *h)
{
	if (h->close || h->request->method == METHOD_CONNECT)
		return false;
	return h->request->version_minor > 0 || h->persist;
}

/* All lines up to the empty one, and what their absence means. */
static unsigned
read_fields(struct head *h)
{
	struct request *r = h->request;
	unsigned status = 0;

	while (status == 0 && h->at < h->end && *h->at != '\r')
		status = read_field(h);
	if (status == 0)
		status = read_line_end(h);
	if (status != 0)
		return status;
	if (r->version_minor > 0 && r->first[FIELD_HOST] == 0)
		return 400;			/* RFC 9112 3.2 */
	r->keep_alive = persists(h);
	return 0;
}

enum parse
request_parse(struct request *request, struct slice input, const struct request_limits *limits,
	      struct field *fields, size_t *consumed, unsigned *status)
{
	struct head h = {
		.at = input.p,
		.end = input.p + (input.len < limits->head_size ? input.len : limits->head_size),
		.full = input.len >= limits->head_size,
		.request = request,
		.limits = limits,
	};
	unsigned result;

	if (input.len == 0)
		return PARSE_MORE;
	*request = (struct request){ .fields = fields };
	result = read_request_line(&h);
	if (result == 0)
		result = read_fields(&h);
	if (result == NEED_MORE)
		return PARSE_MORE;
	if (result != 0) {
		*status = result;
		return PARSE_BAD;
	}
	*consumed = (size_t)(h.at - input.p);
	return PARSE_OK;
}

/* Heads that come field by field */

void
request_begin_http2(struct request *r)
{
	*r = (struct request){ .version_minor = 1, .http2 = true, .keep_alive = true };
}

unsigned
request_add_field(struct request *r, struct slice name, struct slice value)
{
	struct field *field = &r->fields[r->field_count++];
	struct head h = { .request = r };

	*field = (struct field){ name, value, identify(name) };
	return take(&h, field);
}

/* Looking fields up */

struct slice
request_field(const struct request *r, enum field_id id)
{
	return r->first[id] > 0 ? r->fields[r->first[id] - 1].value : SLICE_NONE;
}

bool
request_field_next(const struct request *r, enum field_id id, size_t *at, struct slice *value)
{
	size_t i = *at > 0 || r->first[id] == 0 ? *at : r->first[id] - 1u;

	if (r->first[id] == 0)
		return false;
	for (; i < r->field_count; i++) {
		if (r->fields[i].id == id) {
			*value = r->fields[i].value;
			*at = i + 1;
			return true;
		}
	}
	return false;
}

struct slice
request_field_named(const struct request *r, struct slice name)
{
	for (size_t i = 0; i < r->field_count; i++)
		if (slice_equal_nocase(r->fields[i].name, name))
			return r->fields[i].value;
	return SLICE_NONE;
}
