/*
 * http1_write - see http1_record.h: responses on their way to the client.
 *
 * The head goes into `out`, and so does a body that fits behind it: then both leave in one
 * send.  A larger file follows by sendfile(2) in slices; a stream fills `out` again and again.
 */
#include "config.h"

#include "server/http1_record.h"

#include <errno.h>
#include <unistd.h>

#include "http/status.h"
#include "server/http1_head.h"

enum {
	CHUNK_OVERHEAD = 6 + 2 + 5, /* size line, CRLF, and the last chunk */
	COPY_MOST = 4096,	    /* of a content in memory: more is sent from where it stands */
	STREAM_ROOM = 4096,	    /* least room worth filling */
	STREAM_LEAST = 512,	    /* what a stream is asked for, however slow limit_rate is */
	FILE_SLICE = 256 * 1024,    /* of a file sent at once */
	ATTEMPTS = 3,		    /* at a file that changes while it is read */
};

/* From now on the client has send_timeout to take something. */
static void
expect_progress(struct conn *c, struct http1 *h)
{
	timer_set(&c->worker->timers, &c->timer,
		  http_deadline(c, &h->patience, http_config(c)->send_timeout_ms));
}

/* What a send or a sendfile gave: progress, a wait, or the end. */
static enum step
sent(struct conn *c, ssize_t n)
{
	struct http1 *h = c->protocol;
	enum step step = http_sent(c, &h->taken, &h->patience, n);

	if (step == STEP_WANT_WRITE)
		h->looked = false;
	else if (step == STEP_AGAIN)
		expect_progress(c, h);
	return step;
}

enum step
http1_flush(struct conn *c, struct http1 *h, enum transport_more more)
{
	ssize_t n;

	if (!c->writable)
		return STEP_WANT_WRITE;
	n = transport_send(&c->transport, h->out + h->out_at, h->out_len - h->out_at, more);
	if (n > 0)
		h->out_at += (size_t)n;
	if (h->out_at == h->out_len)
		h->out_at = h->out_len = 0;
	return sent(c, n);
}

void
http1_start_response(struct conn *c, struct http1 *h)
{
	const struct set_limit_rate *limit = h->x.route.scope->now.limit_rate;
	const struct response *r = &h->x.response;
	bool content = status_has_content(r->status);

	if (r->close || c->worker->draining)
		h->keep = false;
	h->head_only = h->x.request.method == METHOD_HEAD || !content;
	h->chunked = content && !r->has_length && h->x.request.version_minor > 0;
	/* RFC 9112 6.3 case 8: to an HTTP/1.0 client unknown lengths end with the connection */
	if (content && !r->has_length && !h->chunked)
		h->keep = false;
	h->sent.head = h->sent.body = 0;
	h->copies = h->looked = false;
	h->reach = FILE_REACH_NONE;
	h->phase = HTTP1_HEAD;
	h->paused = false;
	pace_start(&h->pace, limit ? limit->bytes : 0, limit ? limit->after : 0, c->worker->now_ms);
	http_start_patience(c, &h->patience, http_config(c)->send_timeout_ms);
	conn_set_state(c, CONN_WRITING, http_after(c, http_config(c)->send_timeout_ms));
}

enum step
http1_respond(struct conn *c, struct http1 *h)
{
	content_respond(&h->x);
	if (h->x.job)
		return http1_wait(c, h, HTTP1_WAIT_RESPONSE);
	http1_start_response(c, h);
	return http1_answer(c, h);
}

static enum step
write_head(struct conn *c, struct http1 *h)
{
	struct http1_head head = {
		.response = &h->x.response,
		.date = slice_from(c->worker->date, DATE_SIZE),
		.connection = !h->keep				? HTTP1_CLOSE
			      : h->x.request.version_minor == 0 ? HTTP1_KEEP_SAY
								: HTTP1_KEEP,
		.chunked = h->chunked,
	};
	size_t n = http1_head_format(&head, h->out + h->out_len, http1_out_room(h));

	if (n == 0 && http1_out_pending(h))
		return http1_flush(c, h, TRANSPORT_NOW);
	if (n == 0) {
		conn_log(c, LOG_LEVEL_ERROR,
			 "the configured header fields do not fit into a response of %d bytes",
			 HTTP1_OUT_SIZE);
		response_fini(&h->x.response);
		response_init(&h->x.response, 500);
		h->x.response.has_length = true;
		h->chunked = false;
		return STEP_AGAIN;
	}
	h->out_len += n;
	h->sent.head = n;
	h->phase = h->head_only ? HTTP1_DONE : HTTP1_BODY;
	return STEP_AGAIN;
}

/* Where the head stands that was sent with this content before. */
static char *
front_head(const struct body_front *f)
{
	return f->bytes + f->room - f->size;
}

/* May a head go right before the rest of the content?  The room is before its first byte. */
static bool
has_front(const struct body *b)
{
	return b->front && b->front->bytes + b->front->room == b->memory.p;
}

/* Nothing else waits to be sent, or to be answered first: a small answer need not gather. */
static bool
goes_alone(const struct http1 *h)
{
	return h->keep && h->in_at == h->in_len && h->out_len - h->out_at == h->sent.head;
}

/*
 * Is the head of this answer what stands before the content already?  Then it was sent with it in
 * this second, made of the same fields.
 */
static bool
stands_ready(const struct conn *c, const struct http1 *h)
{
	const struct response *r = &h->x.response;
	const struct body_front *f;

	if (r->body.kind != BODY_SOURCE_MEMORY || !has_front(&r->body) || !r->lines.p)
		return false;
	f = r->body.front;
	return f->size > 0 && f->lines == r->lines.p && f->second == c->worker->now.tv_sec &&
	       f->status == r->status && h->x.request.version_minor > 0 && !h->head_only &&
	       h->pace.rate == 0 && c->writable && goes_alone(h);
}

/* Notes which head stands before the content, where it may be used again: one that keeps silent of
 * the connection. */
static void
note_front(const struct conn *c, const struct http1 *h, size_t size)
{
	const struct response *r = &h->x.response;
	struct body_front *f = r->body.front;
	bool again =
		r->lines.p && h->keep && h->x.request.version_minor > 0 && size == h->sent.head;

	f->size = again ? size : 0;
	f->status = r->status;
	f->lines = r->lines.p;
	f->second = c->worker->now.tv_sec;
}

/* Head and content, which stand one behind the other.  What is left of the head is kept, since
 * another may stand there by then. */
static enum step
send_ready(struct conn *c, struct http1 *h)
{
	struct slice *left = &h->x.response.body.memory;
	size_t size = h->x.response.body.front->size;
	char *head = front_head(h->x.response.body.front);
	ssize_t n = transport_send(&c->transport, head, size + left->len, TRANSPORT_NOW);
	size_t gone = n == -1 ? 0 : (size_t)n;

	h->sent.head = size;
	h->phase = HTTP1_BODY;
	if (gone < size) {
		http1_put_out(h, head + gone, size - gone);
	} else {
		*left = slice_after(*left, gone - size);
		h->sent.body = gone - size;
	}
	if (left->len == 0)
		h->phase = HTTP1_DONE;
	return sent(c, n);
}

/*
 * What waits in `out`, and the piece of memory behind it, in one send.  One piece costs less than
 * two: the head goes right before the content, where there is room for it.
 */
static ssize_t
send_with_out(struct conn *c, struct http1 *h, struct slice piece)
{
	const struct body *b = &h->x.response.body;
	size_t before = h->out_len - h->out_at;

	if (before == 0)
		return transport_send(&c->transport, piece.p, piece.len, TRANSPORT_NOW);
	if (!has_front(b) || before > b->front->room)
		return transport_send_two(&c->transport, h->out + h->out_at, before, piece.p,
					  piece.len);
	note_front(c, h, before);
	memcpy(b->front->bytes + b->front->room - before, h->out + h->out_at, before);
	return transport_send(&c->transport, b->front->bytes + b->front->room - before,
			      before + piece.len, TRANSPORT_NOW);
}

static enum step
write_memory(struct conn *c, struct http1 *h, uint64_t allowed)
{
	struct slice *left = &h->x.response.body.memory;
	size_t piece = left->len < allowed ? left->len : (size_t)allowed;
	size_t before = h->out_len - h->out_at;
	enum step step;
	ssize_t n;

	if (piece <= http1_out_room(h) && piece <= COPY_MOST &&
	    !(goes_alone(h) && has_front(&h->x.response.body))) {
		if (piece > 0)
			http1_put_out(h, left->p, piece);
		*left = slice_after(*left, piece);
		h->sent.body += piece;
		if (left->len == 0)
			h->phase = HTTP1_DONE;
		return STEP_AGAIN;
	}
	if (!c->writable)
		return STEP_WANT_WRITE;
	n = send_with_out(c, h, slice_head(*left, piece));
	step = sent(c, n);
	if (n > 0 && (size_t)n < before) {
		h->out_at += (size_t)n;
	} else if (n > 0) {
		h->out_at = h->out_len = 0;
		*left = slice_after(*left, (size_t)n - before);
		h->sent.body += (uint64_t)n - before;
		if (left->len == 0)
			h->phase = HTTP1_DONE;
	}
	return step;
}

/*
 * The rest of a body cannot be had: the connection ends where the client sees that it is not all.
 * Answers before this one that still wait in `out` are sent; so is what is there of this one,
 * unless that is no more than its head.
 */
static enum step
break_off(struct conn *c, struct http1 *h)
{
	if (h->sent.body == 0 && h->out_len >= h->out_at + h->sent.head && c->transport.held == 0)
		h->out_len -= h->sent.head;
	h->attempts = 0;
	h->keep = false;
	h->broken = true;
	http1_log(c, h, 'X');
	body_close(&h->x.response.body);
	h->phase = HTTP1_FLUSH;
	return STEP_AGAIN;
}

/*
 * A file that changes while it is read has other validators than those in its head.  While
 * nothing of the response has left, it can be made anew.
 */
static bool
can_start_again(const struct http1 *h)
{
	return h->attempts < ATTEMPTS && h->sent.body == 0 &&
	       h->out_len >= h->out_at + h->sent.head;
}

static enum step
start_again(struct conn *c, struct http1 *h)
{
	if (c->transport.held > 0) /* it leaves: too late to say something else */
		return break_off(c, h);
	h->attempts++;
	h->out_len -= h->sent.head;
	response_fini(&h->x.response);
	h->x.renew = true;
	return http1_respond(c, h);
}

/* Nothing can be sent before a helper has read the file there; without one it is read here. */
static enum step
wait_for_file(struct conn *c, struct http1 *h, int fd, off_t at, struct file_reach *reach)
{
	h->looked = false;
	h->x.job = cold_file_read_job(fd, at, 0, reach);
	return h->x.job ? http1_wait(c, h, HTTP1_WAIT_FILE) : STEP_AGAIN;
}

/* Moves len bytes of the file into `out`, which has room for them. */
static enum step
copy_file(struct conn *c, struct http1 *h, size_t len)
{
	struct body *b = &h->x.response.body;
	enum file_change change;
	ssize_t n = cold_file_read(b->file.fd, h->out + h->out_len, len, b->file.at, &h->reach);

	if (n == -1 && errno == EAGAIN)
		return wait_for_file(c, h, b->file.fd, b->file.at, &h->reach);
	change = n != (ssize_t)len     ? FILE_CHANGED
		 : len == b->file.left ? file_stamp_compare(&b->file.stamp, b->file.fd)
				       : FILE_SAME;
	if (change != FILE_SAME && can_start_again(h))
		return start_again(c, h);
	if (change == FILE_CHANGED)
		return break_off(c, h); /* what was promised cannot be sent */
	h->attempts = 0;
	h->out_len += len;
	h->sent.body += len;
	b->file.at += n;
	b->file.left -= len;
	if (b->file.left == 0)
		h->phase = HTTP1_DONE;
	return STEP_AGAIN;
}

/* Is the file what its validators speak of? */
static bool
look_at_file(struct http1 *h)
{
	const struct body *b = &h->x.response.body;

	h->looked = file_stamp_compare(&b->file.stamp, b->file.fd) != FILE_CHANGED;
	return h->looked;
}

/* A file that fits goes out with its head, in one send; a larger one by sendfile(2), slice by
 * slice. */
static enum step
write_file(struct conn *c, struct http1 *h, uint64_t allowed)
{
	struct body *b = &h->x.response.body;
	size_t most = allowed < FILE_SLICE ? (size_t)allowed : FILE_SLICE;
	size_t slice = b->file.left < most ? (size_t)b->file.left : most;
	enum step step;
	ssize_t n;

	if (slice <= http1_out_room(h) && (h->sent.body == 0 || h->copies))
		return copy_file(c, h, slice);
	if (!h->looked && can_start_again(h) && !look_at_file(h))
		return start_again(c, h); /* it was remembered, and is another one by now */
	if (http1_out_pending(h))
		return http1_flush(c, h, TRANSPORT_MORE);
	if (h->copies)
		return copy_file(c, h, http1_out_room(h));
	if (!c->writable)
		return STEP_WANT_WRITE;
	if (cold_file_waits(b->file.fd, b->file.at, slice, &h->reach))
		return wait_for_file(c, h, b->file.fd, b->file.at, &h->reach);
	/* without its last piece the client knows that it has not got what was promised */
	if (slice == b->file.left && !h->looked && !look_at_file(h))
		return break_off(c, h);
	h->looked = false;
	n = transport_send_file(&c->transport, b->file.fd, &b->file.at, slice);
	if (n == -1 && errno == EINVAL) {
		h->copies = true; /* a file system without sendfile */
		return STEP_AGAIN;
	}
	if (n == 0 || (n == -1 && errno == EIO))
		return break_off(c, h);
	step = sent(c, n);
	if (n > 0) {
		b->file.left -= (uint64_t)n;
		h->sent.body += (uint64_t)n;
		if (b->file.left == 0)
			h->phase = HTTP1_DONE;
	}
	return step == STEP_AGAIN ? STEP_HEAVY : step;
}

/* Puts what the stream gives into `out`, as a chunk where that is the framing. */
static enum step
write_stream(struct conn *c, struct http1 *h, uint64_t allowed)
{
	struct body_stream *s = h->x.response.body.stream;
	size_t prefix = h->chunked ? 6 : 0, room = http1_out_room(h) - CHUNK_OVERHEAD, len = 0;
	enum body_fill result;
	char size[18];

	if (http1_out_room(h) < STREAM_ROOM)
		return http1_flush(c, h, TRANSPORT_NOW);
	if (allowed < STREAM_LEAST)
		allowed = STREAM_LEAST;
	result = s->fill(s, h->out + h->out_len + prefix, room < allowed ? room : (size_t)allowed,
			 &len);
	if (result == BODY_BROKEN)
		return break_off(c, h);
	if (result == BODY_COLD)
		return wait_for_file(c, h, s->cold.fd, s->cold.at, &s->cold.reach);
	h->sent.body += len;
	if (h->chunked && len > 0) { /* an empty chunk would be the last one (RFC 9112 7.1) */
		size_t n = chunked_format_size(size, len);

		memmove(h->out + h->out_len + n, h->out + h->out_len + prefix, len);
		http1_put_out(h, size, n);
	}
	h->out_len += len;
	if (h->chunked && len > 0)
		http1_put_out(h, "\r\n", 2);
	if (result != BODY_END)
		return STEP_HEAVY;
	if (h->chunked)
		http1_put_out(h, "0\r\n\r\n", 5);
	h->phase = HTTP1_DONE;
	return STEP_AGAIN;
}

/* Bytes of the body still to come, as far as that is known. */
static uint64_t
body_left(const struct body *b)
{
	switch (b->kind) {
	case BODY_SOURCE_MEMORY:
		return b->memory.len;
	case BODY_SOURCE_FILE:
		return b->file.left;
	default:
		return UINT64_MAX;
	}
}

static enum step
write_piece(struct conn *c, struct http1 *h, uint64_t allowed)
{
	switch (h->x.response.body.kind) {
	case BODY_SOURCE_MEMORY:
		return write_memory(c, h, allowed);
	case BODY_SOURCE_FILE:
		return write_file(c, h, allowed);
	case BODY_SOURCE_STREAM:
		return write_stream(c, h, allowed);
	case BODY_SOURCE_NONE:
		break;
	}
	h->phase = HTTP1_DONE;
	return STEP_AGAIN;
}

/* limit_rate: what is in `out` goes, and then nothing for a while. */
static enum step
pause_body(struct conn *c, struct http1 *h, uint64_t left)
{
	if (http1_out_pending(h))
		return http1_flush(c, h, TRANSPORT_NOW);
	h->paused = true;
	timer_set(&c->worker->timers, &c->timer, c->worker->now_ms + pace_wait_ms(&h->pace, left));
	return STEP_WANT_TIME;
}

static enum step
write_body(struct conn *c, struct http1 *h)
{
	uint64_t left = body_left(&h->x.response.body), before = h->sent.body, allowed = UINT64_MAX;
	enum step step;

	if (h->pace.rate == 0 || left == 0)
		return write_piece(c, h, allowed);
	allowed = pace_allowed(&h->pace, left, c->worker->now_ms);
	if (allowed == 0)
		return pause_body(c, h, left);
	if (h->paused) { /* the deadline is that of sending again */
		h->paused = false;
		patience_renew(&h->patience, c->worker->now_ms);
		expect_progress(c, h);
	}
	step = write_piece(c, h, allowed);
	if (step != STEP_CLOSED && h->sent.body > before) /* it may have begun again */
		pace_spend(&h->pace, h->sent.body - before);
	return step;
}

enum step
http1_write(struct conn *c, struct http1 *h)
{
	if (h->phase == HTTP1_HEAD && stands_ready(c, h))
		return send_ready(c, h);
	if (h->phase == HTTP1_HEAD) {
		enum step step = write_head(c, h);

		if (step != STEP_AGAIN || h->phase != HTTP1_BODY)
			return step;
	}
	return write_body(c, h);
}
