/*
 * uri - request targets, hosts and paths.
 *
 * A target is taken apart once, decoded once, and never again: what comes out is the path
 * that the rest of the server works with.  Structure is found before decoding, so an encoded
 * slash is never a separator.  Pure; any thread.
 */
#ifndef HTTP_URI_H
#define HTTP_URI_H

#include "base/slice.h"
#include "http/method.h"

enum target_form {	/* RFC 9112 3.2 */
	TARGET_ORIGIN,		/* /path?query */
	TARGET_ABSOLUTE,	/* http://host/path?query */
	TARGET_ASTERISK,	/* *, for OPTIONS only */
};

struct target {
	enum target_form form;
	bool https;		/* absolute-form said https */
	struct slice authority;	/* of absolute-form, else none */
	struct slice path;	/* still encoded; begins with '/' ("/" for an absolute target
				   without one), but is "*" for TARGET_ASTERISK */
	struct slice query;	/* behind the first '?', still encoded */
	bool has_query;		/* "/x?" has an empty one */
};

/*
 * Takes the target apart.  0, or the status to answer:
 *
 * 400	for what is no target: a fragment, a raw backslash in the path, userinfo, an empty or odd
 *	host, another scheme, bytes that RFC 3986 does not have.  Taken all the same, because
 *	browsers send them: bytes above 0x7F, [ ] ^ | anywhere, { } ` \ in the query.
 * 501	for CONNECT's authority-form.
 */
unsigned uri_parse_target(struct target *, struct slice raw, enum method);

/*
 * Decodes an encoded path once, merges repeated slashes and removes dot segments (RFC 3986
 * 5.2.4), written "." and ".." or with %2E; a ".." at the root stays at the root.
 * The result begins with '/', and ends with '/' when the last segment was empty, "." or "..".
 *
 * out must have room for raw.len + 1 bytes and receives a NUL behind the result.  0 and
 * *path, which points to out; or the status: 400 for a path that does not begin with '/', a broken
 * escape, a control byte raw or encoded; 404 for an encoded slash, which no file name can hold.
 */
unsigned uri_decode_path(struct slice raw, char *out, struct slice *path);

/* A host without its port, as the table of virtual hosts wants it. */
struct host {
	struct slice name;	/* as sent, without port, without one trailing dot; an IPv6
				   literal with its brackets */
	unsigned port;		/* 0 = none was given */
};

/*
 * Host field value or authority (RFC 9110 7.2: uri-host [":" port]).  False when it is not
 * one: empty, userinfo, an empty label, bytes that are in no name (percent-encoded ones among
 * them), a bracket that holds no IPv6 address, a port that is 0 or over 65535.
 */
bool uri_parse_host(struct host *, struct slice value);

/*
 * How often a parameter stands in a query (name=value, '&' between them, nothing decoded).  *value
 * is the last one, or SLICE_NONE.
 */
size_t uri_query_value(struct slice query, struct slice name, struct slice *value);

/*
 * Percent-encodes what may not stand in a path ('/' stays).  Returns the length; 0 when it
 * does not fit in cap; cap = 3 * path.len always is enough.
 */
size_t uri_encode_path(struct slice path, char *out, size_t cap);

#endif
