/*
 * http1_record - what an HTTP/1 connection needs while a request is under way.
 *
 * Private to the http1 files: http1.c owns the states, http1_read.c the requests, http1_write.c the
 * responses.  A record comes from the worker's spares and goes back there when the connection falls
 * idle.  Belongs to the connection's worker.
 *
 * It holds two buffers.  Into `in` goes what is received: the head under way stays where it is
 * until its response is complete, since the request is made of slices of it; a body is read
 * behind it and discarded; what follows is the next request.  In `out` responses gather:
 * heads, small bodies, chunks.  It is sent when it is full, before a large file, and when no
 * further complete request waits in `in`, so that pipelined answers leave together.
 */
#ifndef SERVER_HTTP1_RECORD_H
#define SERVER_HTTP1_RECORD_H

#include "http/chunked.h"
#include "server/http.h"
#include "server/http1.h"
#include "server/pace.h"

/* Sixteen answers of 1 KiB fit in; a client that does not read holds no more than that. */
enum { HTTP1_OUT_SIZE = 24 * 1024 };

/* How far the response is, in CONN_WRITING. */
enum http1_phase {
	HTTP1_HEAD, /* to be written into `out` */
	HTTP1_BODY,
	HTTP1_DONE,  /* all of it is in `out` or sent */
	HTTP1_FLUSH, /* what is in `out` has to go */
};

/* What is asked again when the job of a helper is done, in CONN_WAITING. */
enum http1_wait {
	HTTP1_WAIT_ROUTE,
	HTTP1_WAIT_RESPONSE,
	HTTP1_WAIT_FILE, /* of which a piece could not be sent yet */
};

struct http1 {
	struct exchange x;
	struct http1 *next_spare;
	enum http1_phase phase;
	enum http1_wait wait;
	bool fresh;	/* `in` has bytes that no parse has seen */
	bool under_way; /* a request, or its failure, is to be logged */
	bool broken;	/* the response ended before its end */
	bool keep;	/* the connection outlives this response */
	bool head_only; /* no content follows the head */
	bool chunked;
	unsigned attempts;	 /* so often was this response made anew */
	bool looked;		 /* this file was looked at just now, and is what it was */
	bool copies;		 /* this file cannot be sent with sendfile */
	struct file_reach reach; /* what of it need not be waited for */
	bool paused;		 /* limit_rate: the deadline is when it goes on */
	struct pace pace;
	struct patience patience; /* with a body that comes, or an answer that goes */
	bool late;		  /* the client had its time: no lingering */
	struct http_taken taken;
	struct chunked decoder;
	uint64_t body_left; /* BODY_LENGTH: still to come.  BODY_CHUNKED: still allowed */
	struct http_account sent;
	size_t in_at, in_len, in_cap; /* in[in_at, in_len) has not been used yet */
	size_t head_end;	      /* end of the head under way in `in` */
	size_t out_at, out_len;	      /* out[out_at, out_len) has not been sent yet */
	char *in;
	struct field *fields;
	char out[HTTP1_OUT_SIZE];
};

static inline bool
http1_out_pending(const struct http1 *h)
{
	return h->out_at < h->out_len;
}

static inline size_t
http1_out_room(const struct http1 *h)
{
	return HTTP1_OUT_SIZE - h->out_len;
}

/* The caller has made sure of the room. */
static inline void
http1_put_out(struct http1 *h, const char *bytes, size_t len)
{
	memcpy(h->out + h->out_len, bytes, len);
	h->out_len += len;
}

/* http1.c: receives behind in_len.  *n is 0 at the end of what the client sends. */
enum step http1_receive(struct conn *, struct http1 *, size_t *n);

/* http1_write.c: sends some of `out`.  more: other bytes follow at once. */
enum step http1_flush(struct conn *, struct http1 *, enum transport_more);

/*
 * http1.c: a step in CONN_WRITING: the next piece of the response and, where that was the last one,
 * the end of the exchange as well.  So a small answer takes one step from its head to its last byte.
 */
enum step http1_answer(struct conn *, struct http1 *);

/* http1_write.c: makes x.response, and begins to send it. */
enum step http1_respond(struct conn *, struct http1 *);

/* http1_write.c: begins to send x.response. */
void http1_start_response(struct conn *, struct http1 *);

/* http1.c: x.job must be done before that is asked again. */
enum step http1_wait(struct conn *, struct http1 *, enum http1_wait);

/* http1_read.c: goes on with a request whose route may be known now. */
enum step http1_routed(struct conn *, struct http1 *);

/* http1_write.c: the next piece of it; not for HTTP1_DONE and HTTP1_FLUSH. */
enum step http1_write(struct conn *, struct http1 *);

/* http1_read.c: a step in CONN_READING_HEAD or CONN_READING_BODY. */
enum step http1_read_head(struct conn *, struct http1 *);
enum step http1_read_body(struct conn *, struct http1 *);

/* http1_read.c: answers a request that cannot be served, and closes behind that. */
enum step http1_reject(struct conn *, struct http1 *, unsigned status, const char *reason);

/* http1.c: the request under way has ended, and is logged.  closing as access_item.def has it. */
void http1_log(struct conn *, struct http1 *, char closing);

#endif
