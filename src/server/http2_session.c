/*
 * http2_session - see http2_record.h: the session of nghttp2, and what it calls back for.
 */
#include "config.h"

#include <stdlib.h>

#include "server/http2_record.h"

enum {
	FRAME_MOST =
		16 * 1024, /* RFC 9113 6.5.2: SETTINGS_MAX_FRAME_SIZE, which stays what it is */
	CONTINUATIONS_LEAST = 8,
	RESETS = 1000,
	RESETS_EACH_SECOND = 33,
	DATA_LEAST = 16, /* bytes of content in a frame that does not disturb */
};

/* Callbacks.  A failure that they return would end the session on the spot. */

static int
on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *hd, void *user)
{
	(void)session;
	switch (hd->type) {
	case NGHTTP2_HEADERS:
		break;
	case NGHTTP2_DATA:
		if (hd->length >= DATA_LEAST || (hd->flags & NGHTTP2_FLAG_END_STREAM))
			break;
		/* fall through */
	default:
		http2_disturb(user);
		break;
	}
	return 0;
}

static int
on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct http2_stream *s;

	http2_of(user)->heading = NULL;
	if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	s = http2_stream_new(user, frame->hd.stream_id);
	if (s) {
		nghttp2_session_set_stream_user_data(session, s->id, s);
		http2_of(user)->heading = http2_of(user)->recent = s;
		return 0;
	}
	nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
				  NGHTTP2_REFUSED_STREAM);
	return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int
on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
	  size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags, void *user)
{
	struct http2_stream *s = http2_of(user)->heading;

	(void)session, (void)frame, (void)flags;
	if (s)
		http2_request_add(user, s, slice_from((const char *)name, name_len),
				  slice_from((const char *)value, value_len));
	return 0;
}

/* RFC 9113 8.1.1: what is malformed is refused, and not repaired by leaving a field out. */
static int
on_invalid_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
		  size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
		  void *user)
{
	(void)name, (void)name_len, (void)value, (void)value_len, (void)flags;
	conn_log(user, LOG_LEVEL_INFO, "stream %d reset: malformed field",
		 (int)frame->hd.stream_id);
	nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
				  NGHTTP2_PROTOCOL_ERROR);
	return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int
on_invalid_frame(nghttp2_session *session, const nghttp2_frame *frame, int error, void *user)
{
	(void)session;
	conn_log(user, LOG_LEVEL_INFO, "HTTP/2, stream %d: %s", (int)frame->hd.stream_id,
		 nghttp2_strerror(error));
	return 0;
}

static int
on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes, size_t len,
	void *user)
{
	struct http2_stream *s = http2_stream_find(http2_of(user), id);

	(void)session, (void)flags, (void)bytes;
	if (s)
		http2_stream_receive(user, s, len);
	return 0;
}

static int
on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct http2_stream *s = http2_stream_find(http2_of(user), frame->hd.stream_id);
	bool ends = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;

	(void)session;
	switch (frame->hd.type) {
	case NGHTTP2_PING:
		if (frame->hd.flags & NGHTTP2_FLAG_ACK)
			http2_leave_now(http2_of(user));
		break;
	case NGHTTP2_HEADERS:
	case NGHTTP2_DATA:
		http2_of(user)->heading = NULL;
		if (s && s->state == HTTP2_STREAM_HEAD) {
			s->ended = ends;
			http2_stream_begin(user, s);
		} else if (s && ends) {
			http2_stream_received(user, s);
		}
		break;
	default:
		break;
	}
	return 0;
}

static int
on_frame_sent(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct http2_stream *s = http2_stream_find(http2_of(user), frame->hd.stream_id);
	struct http2 *h = http2_of(user);

	(void)session;
	switch (frame->hd.type) {
	case NGHTTP2_HEADERS:
	case NGHTTP2_DATA:
		if (!s)
			break;
		s->sent.head += 9 + (frame->hd.type == NGHTTP2_HEADERS ? frame->hd.length : 0);
		if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
			http2_stream_sent(user, s);
		break;
	case NGHTTP2_RST_STREAM: /* a client can have us reset streams of its own making */
		if (frame->rst_stream.error_code != NGHTTP2_NO_ERROR)
			http2_disturb(user);
		break;
	case NGHTTP2_GOAWAY:
		if (frame->goaway.error_code == NGHTTP2_NO_ERROR)
			break;
		h->leaving = HTTP2_LEAVES;
		if (h->failed == CLOSE_REASON_COUNT)
			h->failed = frame->goaway.error_code == NGHTTP2_ENHANCE_YOUR_CALM
					    ? CLOSE_FLOOD
					    : CLOSE_PROTOCOL;
		break;
	default:
		break;
	}
	return 0;
}

static int
on_stream_close(nghttp2_session *session, int32_t id, uint32_t error, void *user)
{
	struct http2_stream *s = http2_stream_find(http2_of(user), id);

	(void)session, (void)error;
	if (s)
		http2_stream_end(user, s);
	return 0;
}

/* What the connections of a worker share. */

static bool
set_callbacks(struct http2_stock *stock)
{
	nghttp2_session_callbacks *cb;

	if (nghttp2_session_callbacks_new(&cb) != 0)
		return false;
	stock->callbacks = cb;
	nghttp2_session_callbacks_set_on_begin_frame_callback(cb, on_begin_frame);
	nghttp2_session_callbacks_set_on_begin_headers_callback(cb, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(cb, on_header);
	nghttp2_session_callbacks_set_on_invalid_header_callback(cb, on_invalid_header);
	nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(cb, on_invalid_frame);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(cb, on_frame);
	nghttp2_session_callbacks_set_on_frame_send_callback(cb, on_frame_sent);
	nghttp2_session_callbacks_set_on_stream_close_callback(cb, on_stream_close);
	nghttp2_session_callbacks_set_send_data_callback(cb, http2_put_data);
	return true;
}

static bool
set_options(struct http2_stock *stock, const struct server_config *s)
{
	size_t continuations = s->head_size / FRAME_MOST + 2;

	if (nghttp2_option_new(&stock->option) != 0)
		return false;
	if (continuations < CONTINUATIONS_LEAST)
		continuations = CONTINUATIONS_LEAST;
	nghttp2_option_set_no_closed_streams(stock->option, 1);
	nghttp2_option_set_max_continuations(stock->option, continuations);
	nghttp2_option_set_stream_reset_rate_limit(stock->option, RESETS, RESETS_EACH_SECOND);
	return true;
}

void
http2_free_stock(struct worker *w)
{
	struct http2_stock *stock = w->http2;

	if (!stock)
		return;
	http2_stream_free_spares(stock);
	nghttp2_session_callbacks_del(stock->callbacks);
	nghttp2_option_del(stock->option);
	free(stock->buffer);
	http2_memory_fini(&stock->memory);
	free(stock);
	w->http2 = NULL;
}

bool
http2_make_stock(struct conn *c)
{
	struct worker *w = c->worker;

	if (w->http2)
		return true;
	w->http2 = calloc(1, sizeof *w->http2);
	if (w->http2 && set_callbacks(w->http2) && set_options(w->http2, http_config(c)))
		return true;
	http2_free_stock(w);
	return false;
}

bool
http2_start_session(struct conn *c)
{
	struct http2_stock *stock = c->worker->http2;
	struct http2 *h = http2_of(c);
	nghttp2_mem memory = http2_memory_functions(&stock->memory);
	const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, HTTP2_STREAMS },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)http_config(c)->head_size },
		{ NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1 },
	};

	return nghttp2_session_server_new3(&h->session, stock->callbacks, c, stock->option,
					   &memory) == 0 &&
	       nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, settings,
				       sizeof settings / sizeof *settings) == 0;
}
