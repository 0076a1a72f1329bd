/*
 * The request head, and all that is read from its fields.
 *
 * Whatever the bytes: a verdict holds however the rest arrives, nothing points outside the input, and a
 * head that is taken reads the same to a reader who knows lines and nothing else.
 */
#include "config.h"

#include <strings.h>

#include "fuzz.h"
#include "http/byte.h"
#include "http/coding.h"
#include "http/conditions.h"
#include "http/date.h"
#include "http/request.h"
#include "http/uri.h"

enum { FIELDS = 20 };

struct answer {
	enum parse verdict;
	unsigned status;
	size_t consumed;
	struct request request;
	struct field fields[FIELDS];
};

static void
ask(struct answer *a, struct slice input, const struct request_limits *limits)
{
	a->status = 0;
	a->consumed = 0;
	a->verdict = request_parse(&a->request, input, limits, a->fields, &a->consumed, &a->status);
}

static bool
is_status(unsigned status)
{
	return status == 400 || status == 414 || status == 417 || status == 431 ||
	       status == 501 || status == 505;
}

/* A part of the input: what the verdict on it must be, given the one on the whole. */
static void
check_prefix(const struct answer *whole, struct slice input, size_t len,
	     const struct request_limits *limits)
{
	struct slice part = slice_head(input, len);
	char *copy = fuzz_copy(part);
	struct answer a;

	ask(&a, slice_from(copy, part.len), limits);
	switch (whole->verdict) {
	case PARSE_OK:
		require(a.verdict == (part.len < whole->consumed ? PARSE_MORE : PARSE_OK));
		require(a.verdict == PARSE_MORE || a.consumed == whole->consumed);
		break;
	case PARSE_MORE:
		require(a.verdict == PARSE_MORE);
		break;
	case PARSE_BAD:
		require(a.verdict == PARSE_MORE ||
			(a.verdict == PARSE_BAD && a.status == whole->status));
		break;
	}
	free(copy);
}

static void
check_slices(const struct request *r, struct slice input)
{
	require(fuzz_inside(r->line, input));
	require(fuzz_inside(r->method_name, input));
	require(fuzz_inside(r->target, input));
	for (size_t i = 0; i < r->field_count; i++) {
		require(fuzz_inside(r->fields[i].name, input));
		require(fuzz_inside(r->fields[i].value, input));
	}
}

/* Lines as anybody would read them. */
struct reader {
	size_t lines, hosts, lengths, codings;
	bool chunked;
	unsigned long long length;
};

static bool
line_is(struct slice line, const char *name)
{
	return line.len > strlen(name) && line.p[strlen(name)] == ':' &&
	       strncasecmp(line.p, name, strlen(name)) == 0;
}

static void
read_line(struct reader *r, struct slice line)
{
	struct slice value = slice_trim(slice_after(line, slice_find(line, ':') + 1));

	r->lines++;
	r->hosts += line_is(line, "host");
	if (line_is(line, "content-length")) {
		r->lengths++;
		r->length = strtoull(value.p, NULL, 10);	/* ends at the CR */
	} else if (line_is(line, "transfer-encoding")) {
		r->codings++;
		r->chunked = value.len == 7 && strncasecmp(value.p, "chunked", 7) == 0;
	}
}

static void
check_good(const struct answer *a, struct slice input, const struct request_limits *limits)
{
	const struct request *r = &a->request;
	struct slice head = slice_head(input, a->consumed), rest;
	struct reader reader = { 0 };

	require(a->consumed <= input.len && a->consumed <= limits->head_size);
	require(r->target.len > 0 && r->target.len <= limits->target_size);
	require(r->field_count <= limits->fields);
	require(slice_ends(head, SLICE("\r\n\r\n")));
	for (size_t i = 0; i < head.len; i++) {
		require(head.p[i] != '\0');
		require(head.p[i] != '\n' || (i > 0 && head.p[i - 1] == '\r'));
		require(head.p[i] != '\r' || (i + 1 < head.len && head.p[i + 1] == '\n'));
	}
	rest = slice_after(head, slice_starts(head, SLICE("\r\n")) ? 2 : 0);
	for (bool first = true; rest.len > 2; first = false) {
		size_t n = slice_find(rest, '\r');

		if (first)
			require(slice_equal(r->line, slice_head(rest, n)));
		else
			read_line(&reader, slice_head(rest, n));
		rest = slice_after(rest, n + 2);
	}
	require(reader.lines == r->field_count);
	require(reader.hosts == 1 || (reader.hosts == 0 && r->version_minor == 0));
	require(reader.lengths + reader.codings <= 1);
	require((r->framing == BODY_CHUNKED) == (reader.codings == 1 && reader.chunked));
	require(reader.codings == 0 || (reader.chunked && r->version_minor == 1));
	require((r->framing == BODY_LENGTH) == (reader.lengths == 1));
	require(r->content_length == reader.length);
}

static void
check_fields(const struct request *r)
{
	for (size_t i = 0; i < r->field_count; i++) {
		const struct field *f = &r->fields[i];
		struct slice value;
		size_t at = 0, seen = 0;

		require(f->name.len > 0);
		for (size_t n = 0; n < f->name.len; n++)
			require(byte_is(f->name.p[n], BYTE_TOKEN));
		for (size_t n = 0; n < f->value.len; n++)
			require(byte_is(f->value.p[n], BYTE_VALUE));
		require(slice_trim(f->value).len == f->value.len);
		if (f->id == FIELD_OTHER)
			continue;
		require(slice_equal(request_field(r, f->id), request_field_named(r, f->name)));
		while (request_field_next(r, f->id, &at, &value))
			seen += value.p == f->value.p;
		require(seen == 1);
	}
}

/* What reads the fields must stand whatever passed the parser. */
static void
use_fields(const struct request *r)
{
	static const struct validators validators = { SLICE("\"v\""), 784111777, true, true };
	struct coding_preferences preferences;
	struct target target;
	struct host host;
	time_t when;

	coding_preferences(&preferences, r);
	(void)conditions_evaluate(r, &validators, 784111777);
	(void)uri_parse_target(&target, r->target, r->method);
	for (size_t i = 0; i < r->field_count; i++)
		(void)date_parse(r->fields[i].value, 784111777, &when);
	if (r->first[FIELD_HOST] > 0)
		require(uri_parse_host(&host, request_field(r, FIELD_HOST)));
}

static void
check_with(struct slice input, const struct request_limits *limits)
{
	struct answer a;

	ask(&a, input, limits);
	if (a.verdict == PARSE_MORE) {
		require(input.len < limits->head_size);
	} else {
		check_slices(&a.request, input);
		if (a.verdict == PARSE_BAD)
			require(is_status(a.status));
	}
	if (a.verdict == PARSE_OK) {
		check_good(&a, input, limits);
		check_fields(&a.request);
		use_fields(&a.request);
		check_prefix(&a, input, a.consumed - 1, limits);
		check_prefix(&a, input, a.consumed, limits);
	}
	for (uint32_t turn = 0; turn < 4; turn++)
		check_prefix(&a, input, fuzz_draw(input, turn) % (input.len + 1), limits);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct request_limits wide = { 4096, 1024, FIELDS };
	struct slice input = fuzz_slice(data, size);
	/* Close to what is there, so that every limit is met sooner or later. */
	struct request_limits tight = {
		.head_size = 1 + fuzz_draw(input, 10) % (size + 8),
		.target_size = 1 + fuzz_draw(input, 11) % 32,
		.fields = fuzz_draw(input, 12) % 8,
	};

	check_with(input, &wide);
	check_with(input, &tight);
	return 0;
}
