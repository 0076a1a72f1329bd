/*
 * http2_library - which library reads and writes the frames of HTTP/2 (RFC 9113), if any.
 *
 * A build without nghttp2 has http2_library_stub.c instead.  Any thread.
 */
#ifndef HTTP_HTTP2_LIBRARY_H
#define HTTP_HTTP2_LIBRARY_H

/* Its name and version, or NULL. */
const char *http2_library(void);

#endif
