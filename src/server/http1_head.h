/*
 * http1_head - the head of a response as HTTP/1 writes it (RFC 9112 4, 5).
 *
 * Pure; any thread.
 */
#ifndef SERVER_HTTP1_HEAD_H
#define SERVER_HTTP1_HEAD_H

#include "content/response.h"

enum http1_connection {
	HTTP1_KEEP,	/* says nothing: HTTP/1.1 persists by default */
	HTTP1_KEEP_SAY, /* "Connection: keep-alive", for HTTP/1.0 clients */
	HTTP1_CLOSE,
};

struct http1_head {
	const struct response *response;
	struct slice date;
	enum http1_connection connection;
	bool chunked; /* else Content-Length where the response has one */
};

/* Writes the head with its empty line.  Returns its length, or 0 when cap is too small. */
size_t http1_head_format(const struct http1_head *, char *out, size_t cap);

#endif
