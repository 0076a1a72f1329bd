/*
 * request - a request head: bytes in the connection's buffer become slices.
 *
 * request_parse() copies nothing, allocates nothing and remembers nothing: it is given the
 * whole of what has arrived and says OK, MORE or BAD.  The result points into the buffer and
 * is good as long as that does not move.  HTTP/2, whose heads come field by field, fills the
 * same struct by request_add_field().  Pure; any thread.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "base/slice.h"
#include "http/uri.h"

enum field_id {
	FIELD_OTHER,
#define FIELD(enumerator, name, once) enumerator,
#include "http/field.def"
#undef FIELD
	FIELD_COUNT
};

struct field {
	struct slice name;	/* as sent */
	struct slice value;	/* without the blanks around it */
	enum field_id id;
};

enum body_framing {
	BODY_NONE,		/* no body at all (RFC 9112 6.3 case 7) */
	BODY_LENGTH,		/* content_length bytes, which may be 0 */
	BODY_CHUNKED,		/* as long as it is: the framing tells its end */
};

struct request {
	enum method method;
	struct slice method_name;	/* as sent, also for METHOD_UNKNOWN */
	struct slice line;		/* the request line without its CRLF, for the log */
	struct slice target;		/* as sent */
	unsigned version_minor;		/* HTTP/1.0 or HTTP/1.1; a higher minor, and HTTP/2, count as 1 */
	bool http2;			/* came as HTTP/2 */
	bool keep_alive;		/* RFC 9112 9.3: by version and Connection options */
	bool expect_continue;		/* Expect: 100-continue, in HTTP/1.1 */
	enum body_framing framing;
	uint64_t content_length;
	struct field *fields;		/* the caller's array */
	size_t field_count;
	struct host host;		/* of Host; without a name when there is none */
	uint16_t first[FIELD_COUNT];	/* 1 + index of the first line of each field, 0 = absent */
};

struct request_limits {
	size_t head_size;	/* bytes of request line and fields together, else 431 */
	size_t target_size;	/* bytes of the target, else 414 */
	size_t fields;		/* lines, at most what the caller's array holds and 65535, else 431 */
};

enum parse {
	PARSE_OK,	/* *consumed bytes were the head */
	PARSE_MORE,	/* nothing wrong so far */
	PARSE_BAD,	/* *status says what to answer; then close */
};

/*
 * Parses the head at the start of input (one empty line before it is passed over, RFC 9112
 * 2.2; it counts for head_size).  fields must have room for limits->fields.
 *
 * A verdict never changes when more bytes come; PARSE_MORE means that no byte so far is wrong
 * and that no limit is reached: never for input of head_size bytes or more.  On PARSE_OK
 * *consumed is set.  On PARSE_BAD *status is 400, 414, 417, 431, 501 or 505, and
 * request->line holds as much of the request line as there is, for the log.
 *
 * Stricter than the RFC demands wherever two recipients could differ: every line ends in
 * CRLF, never in a bare LF; single spaces in the request line; no obs-fold, no control
 * bytes in values; Content-Length once and of digits only, never together with
 * Transfer-Encoding, which can only be "chunked", on one line, and only in HTTP/1.1 (RFC 9112
 * 6.1, 6.3, 11.2); Host exactly once in HTTP/1.1, at most once in 1.0 (RFC 9112 3.2), and
 * well formed.  Any token is a method, and the target is any run of visible bytes: see
 * METHOD_UNKNOWN and uri_parse_target().
 */
enum parse request_parse(struct request *, struct slice input, const struct request_limits *limits,
			 struct field *fields, size_t *consumed, unsigned *status);

/*
 * For heads that are not read here: an empty request of HTTP/2, and a field at its end, with the
 * same rules as request_parse() has; 0, or the status to answer.  request->fields is the caller's,
 * and has room for one more; names are in small letters.
 */
void request_begin_http2(struct request *);
unsigned request_add_field(struct request *, struct slice name, struct slice value);

/* The value of the first line of that name, or SLICE_NONE. */
struct slice request_field(const struct request *, enum field_id);

/*
 * Visits every line of a known field: start with *at = 0; false when there are no more.
 * RFC 9110 5.3: the lines of a list-valued field count as one list.
 */
bool request_field_next(const struct request *, enum field_id, size_t *at, struct slice *value);

/* The value of the first line with that name in any case, known field or not, or SLICE_NONE. */
struct slice request_field_named(const struct request *, struct slice name);

#endif
