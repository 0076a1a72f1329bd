/*
 * http2_record - what an HTTP/2 connection and its streams need.
 *
 * Private to the http2 files: http2.c owns the connection, http2_session.c what is made of frames,
 * http2_request.c makes requests of header blocks, http2_stream.c owns what a stream goes through,
 * http2_write.c what is sent, http2_memory.c what nghttp2 allocates.  Belongs to the connection's
 * worker.
 *
 * nghttp2 calls back while it is given what was received, and while it is asked what to send.
 * In there nothing may end the connection, since its session is in use: `failed` is set, and the
 * step ends it.
 *
 * What is to be sent gathers in `out`, frame behind frame: nghttp2 writes heads and orders, and
 * content is put by its source right where it is sent from.  The buffer is one of the worker: what
 * the socket does not take moves to memory of the connection.  So the buffer is filled only as far
 * as the socket has room.  A frame of content is 16 KiB at most, so a file would be sent in as
 * many pieces with sendfile(2) as it is read in here, each with a frame's head in another send;
 * and for TLS it must be read anyway.
 */
#ifndef SERVER_HTTP2_RECORD_H
#define SERVER_HTTP2_RECORD_H

#include <nghttp2/nghttp2.h>

#include "server/http.h"
#include "server/http2.h"
#include "server/pace.h"

enum {
	HTTP2_OUT_SIZE = 64 * 1024,  /* four records of TLS */
	HTTP2_OUT_LEAST = 16 * 1024, /* that may wait, if the socket takes less than was thought */
	HTTP2_UNSENT = 64 * 1024, /* bytes that an urgent answer may find before it in the socket */
	HTTP2_STREAMS = 100,	  /* at once; SETTINGS_MAX_CONCURRENT_STREAMS */
	HTTP2_SIZES = 16,	  /* of pieces of memory */
};

enum http2_stream_state {
	HTTP2_STREAM_HEAD,	    /* its header block comes */
	HTTP2_STREAM_BODY,	    /* its content comes */
	HTTP2_STREAM_WAIT_ROUTE,    /* for a helper */
	HTTP2_STREAM_WAIT_RESPONSE, /* for a helper */
	HTTP2_STREAM_SENDING,
	HTTP2_STREAM_WAIT_FILE, /* for a helper, amid the content */
	HTTP2_STREAM_SENT,	/* if it is still there, its body still comes */
};

/* A stream: a request and its answer. */
struct http2_stream {
	struct http2_stream *next_spare;
	struct exchange x;
	struct link link; /* in the connection's list */
	int32_t id;
	enum http2_stream_state state;
	int64_t deadline_ms; /* INT64_MAX = none */

	/* the request */
	struct slice scheme, authority;
	size_t head_size; /* as HTTP/1 would have written it */
	size_t field_room;
	unsigned status; /* what is wrong with the head so far, or 0 */
	bool ended;	 /* all of it has come */
	uint64_t came;	 /* bytes of its body */

	/* the answer */
	unsigned attempts;
	bool paused; /* limit_rate: the deadline is when it goes on */
	struct file_reach reach;
	struct pace pace;
	struct patience patience; /* with a body that comes, or a window that is closed */
	struct http_account sent;
};

/* On the way out of a connection. */
enum http2_leaving {
	HTTP2_STAYS,
	HTTP2_NOTICE, /* it was said, but requests under way are still taken */
	HTTP2_LEAVES, /* no further request is taken */
};

/* Bytes of a file that are in `out` already, where the content of the frame that begins at `at` is
 * to be; and those of the frames behind it. */
struct http2_ahead {
	const struct http2_stream *stream; /* NULL = none */
	off_t file_at;
	size_t at;   /* in `out` */
	size_t left; /* without the heads of frames */
};

struct http2 {
	nghttp2_session *session;
	struct link streams;
	enum http2_leaving leaving;
	enum close_reason failed; /* CLOSE_REASON_COUNT = not at all */
	bool more;		  /* content is there that did not go into `out` yet */
	bool deaf;		  /* the client sends no more */
	int64_t idle_until_ms;	  /* while there is no stream */
	int64_t out_until_ms;	  /* while `out` waits for the client */
	int64_t leave_ms;	  /* when a notice is over; INT64_MAX = none */
	int64_t calm;		  /* bytes; below 0 it is too much: see http2_disturb() */
	int64_t calm_ms;	  /* when it was so */
	struct http_taken taken;
	struct patience patience;     /* with a client that takes what is sent */
	struct http2_stream *heading; /* whose head comes; NULL = none, or a trailer */
	struct http2_stream *recent;  /* asked for last, or NULL: see http2_stream_find() */
	struct slice rest;	      /* of nghttp2, to go into `out` next */
	size_t out_at, out_len;	      /* out[out_at, out_len) has not been sent yet */
	size_t out_room;	      /* it is filled so far, for now */
	struct http2_ahead ahead;
	char *out;    /* NULL where nothing waits, or what waits has been sealed */
	bool out_own; /* it is no larger than what waits */
};

/* Small pieces of memory that wait for their next use: see http2_memory.c. */
struct http2_memory {
	union http2_mark *kept[HTTP2_SIZES]; /* by their size in steps */
	size_t bytes;
};

/* What the connections of a worker share. */
struct http2_stock {
	struct http2_memory memory;
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;
	struct http2_stream *streams; /* spare ones */
	unsigned stream_count;
	char *buffer; /* a spare one */
};

static inline struct http2 *
http2_of(const struct conn *c)
{
	return c->protocol;
}

/*
 * http2.c: a frame that brings nobody any further.  Who sends very many of those is bidden to
 * leave; time makes up for them, and so do bytes of content, either way.
 */
void http2_disturb(struct conn *);
void http2_calm(struct conn *, uint64_t bytes);

/* http2.c: so many bytes that bring nobody any further, measured as above. */
void http2_burden(struct conn *, int64_t bytes);

/* http2.c: the connection takes no more requests, after the client has been told; and at once, when
 * it knows. */
void http2_leave(struct conn *);
void http2_leave_now(struct http2 *);

/* http2.c: ends the connection when the callbacks are done, and the client has been told. */
void http2_fail(struct conn *, enum close_reason);

/* http2_session.c: what the connections of the worker share is there.  False when out of memory. */
bool http2_make_stock(struct conn *);

/* http2_session.c: begins the session, which belongs to the connection's record.  The same. */
bool http2_start_session(struct conn *);

/* http2_request.c: another field of the stream's head. */
void http2_request_add(struct conn *, struct http2_stream *, struct slice name, struct slice value);

/* http2_request.c: the head is complete, and x.request is made of it.  0, or the status to answer.
 */
unsigned http2_request_finish(struct http2_stream *);

/* http2_request.c: the request line that HTTP/1 would have begun with, for the log. */
void http2_request_write_line(struct http2_stream *);

/* http2_memory.c: memory for sessions, which ends after them. */
nghttp2_mem http2_memory_functions(struct http2_memory *);
void http2_memory_fini(struct http2_memory *);

/* http2_stream.c: a new one, in the connection's list; NULL when out of memory. */
struct http2_stream *http2_stream_new(struct conn *, int32_t id);

/* http2_stream.c: the one of that number, or NULL. */
struct http2_stream *http2_stream_find(struct http2 *, int32_t id);

/* http2_stream.c: it is over. */
void http2_stream_end(struct conn *, struct http2_stream *);

/* http2_stream.c: steps of its life: the head is there; content is; all content is. */
void http2_stream_begin(struct conn *, struct http2_stream *);
void http2_stream_receive(struct conn *, struct http2_stream *, size_t len);
void http2_stream_received(struct conn *, struct http2_stream *);

/* http2_stream.c: all of its answer is in `out`. */
void http2_stream_sent(struct conn *, struct http2_stream *);

/* http2_stream.c: its deadline is past; or its job may be done. */
void http2_stream_expired(struct conn *, struct http2_stream *);
void http2_stream_resume(struct conn *, struct http2_stream *);

/* http2_stream.c: x.job must be done before it goes on.  False: nobody does it, so it was refused,
 * and it goes on at once. */
bool http2_stream_wait(struct conn *, struct http2_stream *, enum http2_stream_state);

/* http2_stream.c: frees the spare ones. */
void http2_stream_free_spares(struct http2_stock *);

/* http2_write.c: hands x.response over to be sent. */
void http2_start_response(struct conn *, struct http2_stream *);

/* http2_write.c: from now on the client has send_timeout to take something. */
void http2_expect_window(struct conn *, struct http2_stream *);

/* http2_write.c: 100 (Continue), RFC 9110 10.1.1. */
void http2_send_continue(struct conn *, struct http2_stream *);

/* http2_write.c: puts into `out` what there is to send.  False when out of memory. */
bool http2_fill(struct conn *);

/* http2_write.c: for now `out` waits, or is not needed: the buffer is given back.  False when out
 * of memory. */
bool http2_put_aside(struct conn *);

/* http2_write.c: the connection ends. */
void http2_give_buffer(struct conn *);

/* http2_write.c: sends some of `out`. */
enum step http2_flush(struct conn *);

/* http2_write.c: for the session: a frame of content, into `out`. */
int http2_put_data(nghttp2_session *, nghttp2_frame *, const uint8_t *head, size_t len,
		   nghttp2_data_source *, void *conn);

static inline bool
http2_out_pending(const struct http2 *h)
{
	return h->out_at < h->out_len;
}

#endif
