/*
 * gzip_body - see gzip_body.h.
 *
 * A deflate state weighs a quarter of a megabyte, so it is taken from the pool at the first fill
 * (a HEAD request never gets that far) and idle ones are kept.  A client that does not read holds
 * its own for as long as it is let, so there are only a few streams at a time, and whoever comes
 * then gets the file as it is.  The same goes for the copies that are to be kept.  The read buffer
 * needs no owner between fills because every fill consumes what it read: deflate's
 * input that did not fit is kept as an offset into the file.
 */
#include "config.h"

#include "content/gzip_body.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "content/document.h"

enum {
	READ_SIZE = 32 * 1024,
	READS_PER_FILL = 8,    /* bounds the work of one fill */
	STREAMS_MAX = 8,       /* of a pool; as many states are kept */
	COPIES_MAX = 1 << 20,  /* bytes of all that is being kept */
	GZIP_WINDOW = 15 + 16, /* deflateInit2: the largest window, gzip framing */
	MEMORY_LEVEL = 8,
	FIRST_COPY = 4096,
};

struct gzip_state {
	z_stream z;
	struct gzip_state *next;
};

struct gzip_pool {
	struct gzip_state *idle;
	unsigned idle_count, stream_count;
	size_t copies; /* sum of the streams' `room` */
	char input[READ_SIZE];
};

struct gzip_body {
	struct body_stream stream; /* first */
	struct gzip_pool *pool;
	struct gzip_state *state; /* NULL before the first fill and behind the end */
	int fd;
	off_t at;		 /* next byte to compress */
	struct file_stamp stamp; /* size and time that the validators speak of */
	int level;
	struct document *document; /* held; whose content the output becomes, or NULL */
	char *copy;		   /* of what came out so far; NULL when it is not kept */
	size_t copied, room, most;
};

struct gzip_pool *
gzip_pool_new(void)
{
	return calloc(1, sizeof(struct gzip_pool));
}

bool
gzip_pool_is_full(const struct gzip_pool *pool)
{
	return pool->stream_count >= STREAMS_MAX;
}

static void
free_state(struct gzip_state *s)
{
	deflateEnd(&s->z);
	free(s);
}

void
gzip_pool_free(struct gzip_pool *pool)
{
	while (pool && pool->idle) {
		struct gzip_state *s = pool->idle;

		pool->idle = s->next;
		free_state(s);
	}
	free(pool);
}

static struct gzip_state *
take_state(struct gzip_pool *pool, int level)
{
	struct gzip_state *s = pool->idle;

	if (s) {
		pool->idle = s->next;
		pool->idle_count--;
		return s;
	}
	s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	if (deflateInit2(&s->z, level, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) !=
	    Z_OK) {
		free(s);
		errno = ENOMEM;
		return NULL;
	}
	return s;
}

static void
give_state(struct gzip_pool *pool, struct gzip_state *s)
{
	if (!s)
		return;
	if (pool->idle_count == STREAMS_MAX || deflateReset(&s->z) != Z_OK) {
		free_state(s);
		return;
	}
	s->next = pool->idle;
	pool->idle = s;
	pool->idle_count++;
}

/* Feeds deflate the next piece of the file, or the end of it.  BODY_BROKEN when the file is not
 * what it was. */
static enum body_fill
feed(struct gzip_body *b)
{
	size_t want = READ_SIZE;
	ssize_t n = 0;

	if (b->stamp.size - b->at < READ_SIZE)
		want = (size_t)(b->stamp.size - b->at);
	if (want > 0)
		n = cold_file_read(b->fd, b->pool->input, want, b->at, &b->stream.cold.reach);
	if (n == -1 && errno == EAGAIN) {
		b->stream.cold.fd = b->fd;
		b->stream.cold.at = b->at;
		return BODY_COLD;
	}
	if (n != (ssize_t)want)
		return BODY_BROKEN; /* it shrank, or cannot be read */
	b->state->z.next_in = (unsigned char *)b->pool->input;
	b->state->z.avail_in = (uInt)want;
	return BODY_FILLED;
}

static void
forget_copy(struct gzip_body *b)
{
	b->pool->copies -= b->room;
	b->room = 0;
	b->copy = NULL;
}

static void
keep_nothing(struct gzip_body *b)
{
	document_release(b->document);
	b->document = NULL;
	free(b->copy);
	forget_copy(b);
}

/* Whatever does not fit, or cannot be had, is simply not kept. */
static void
keep(struct gzip_body *b, const char *bytes, size_t len)
{
	size_t room = b->room;
	char *copy;

	if (!b->document)
		return;
	if (b->copied + len > b->most) {
		keep_nothing(b);
		return;
	}
	while (b->copied + len > room)
		room = room > 0 ? room * 2 : FIRST_COPY;
	if (b->pool->copies + (room - b->room) > COPIES_MAX) {
		keep_nothing(b);
		return;
	}
	copy = room > b->room ? realloc(b->copy, DOCUMENT_FRONT + room) : b->copy;
	if (!copy) {
		keep_nothing(b);
		return;
	}
	memcpy(copy + DOCUMENT_FRONT + b->copied, bytes, len);
	b->copy = copy;
	b->pool->copies += room - b->room;
	b->room = room;
	b->copied += len;
}

static void
keep_all(struct gzip_body *b)
{
	char *whole = b->document ? realloc(b->copy, DOCUMENT_FRONT + b->copied) : NULL;

	if (!whole)
		return;
	document_take_content(b->document, whole, b->copied);
	forget_copy(b);
}

static enum body_fill
fill(struct body_stream *stream, char *out, size_t cap, size_t *len)
{
	struct gzip_body *b = (struct gzip_body *)stream;
	int result = Z_OK;
	z_stream *z;

	*len = 0;
	if (!b->state)
		b->state = take_state(b->pool, b->level);
	if (!b->state)
		return BODY_BROKEN;
	z = &b->state->z;
	z->next_out = (unsigned char *)out;
	z->avail_out = (uInt)cap;
	/* deflate may swallow several reads before it gives a byte */
	for (int i = 0; i < READS_PER_FILL && z->avail_out == cap && result == Z_OK; i++) {
		enum body_fill fed_it = feed(b);
		size_t fed;

		if (fed_it != BODY_FILLED)
			return fed_it;
		fed = z->avail_in;
		result = deflate(z, fed == 0 ? Z_FINISH : Z_NO_FLUSH);
		b->at += (off_t)(fed - z->avail_in);
	}
	*len = cap - z->avail_out;
	keep(b, out, *len);
	if (result == Z_STREAM_END) {
		if (file_stamp_compare(&b->stamp, b->fd) == FILE_CHANGED)
			return BODY_BROKEN;
		keep_all(b);
		return BODY_END;
	}
	return result == Z_OK || result == Z_BUF_ERROR ? BODY_FILLED : BODY_BROKEN;
}

static void
close_stream(struct body_stream *stream)
{
	struct gzip_body *b = (struct gzip_body *)stream;

	give_state(b->pool, b->state);
	keep_nothing(b);
	b->pool->stream_count--;
	close(b->fd);
	free(b);
}

struct body_stream *
gzip_body_new(struct gzip_pool *pool, int fd, const struct stat *st, int level,
	      struct document *document)
{
	struct gzip_body *b = calloc(1, sizeof *b);

	if (!b)
		return NULL;
	b->stream = (struct body_stream){ .fill = fill, .close = close_stream };
	b->pool = pool;
	pool->stream_count++;
	b->fd = fd;
	b->stamp = file_stamp_of(st);
	b->level = level;
	if (document && document->entry && document->entry->kept) {
		document_hold(document);
		b->document = document;
		b->most = file_cache_content_max(document->cache);
	}
	return &b->stream;
}
