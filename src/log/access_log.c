/*
 * access_log - see access_log.h.
 *
 * A batch that a full disk lets through only in part leaves half a line behind.  The next batch,
 * whichever worker writes it, then starts with a newline, so that the torn line stands alone and no
 * other is harmed.
 */
#include "config.h"

#include "log/access_log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/error_log.h"

enum {
	BUFFER_SIZE = 64 * 1024,
	LINE_SIZE = 16 * 1024, /* room for one line: see put_hostile() */
};

struct log_buffer {
	struct access_target *target;
	char *bytes; /* a newline that is sent when it must be, then BUFFER_SIZE for lines */
	size_t len;  /* of the lines */
	unsigned lines;
	bool is_socket;
	bool has_name; /* of a file, which somebody may remove */
};

struct access_log {
	size_t count;
	bool pending;
	unsigned long lost;
	int error;	 /* why */
	time_t stamp_of; /* the second that stamp shows */
	char stamp[32];
	size_t stamp_len;
	struct log_buffer buffers[];
};

/* A line being made; what does not fit is left out. */
struct line {
	char *p;
	size_t len, cap;
};

struct access_log *
access_log_new(struct access_target *targets, size_t count)
{
	struct access_log *log = calloc(1, sizeof *log + count * sizeof *log->buffers);

	if (!log)
		return NULL;
	log->count = count;
	log->stamp_of = -1;
	for (size_t i = 0; i < count; i++) {
		struct stat st;

		log->buffers[i].target = &targets[i];
		atomic_store(&targets[i].torn, false);
		if (fstat(targets[i].fd, &st) == -1)
			continue;
		log->buffers[i].is_socket = S_ISSOCK(st.st_mode);
		log->buffers[i].has_name = S_ISREG(st.st_mode) && st.st_nlink > 0;
	}
	return log;
}

void
access_log_free(struct access_log *log)
{
	if (!log)
		return;
	access_log_flush(log);
	for (size_t i = 0; i < log->count; i++)
		free(log->buffers[i].bytes);
	free(log);
}

/* One write; never waits for the reader of a socket (the journal, say). */
static ssize_t
write_batch(const struct log_buffer *b, const char *bytes, size_t len)
{
	ssize_t n;

	do {
		n = b->is_socket ? send(b->target->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL)
				 : write(b->target->fd, bytes, len);
	} while (n == -1 && errno == EINTR);
	return n;
}

/* Was the file removed?  Then its lines go where nobody finds them, until it is opened anew. */
static bool
is_removed(const struct log_buffer *b)
{
	struct stat st;
	bool removed = b->has_name && fstat(b->target->fd, &st) == 0 && st.st_nlink == 0;

	if (atomic_exchange(&b->target->removed, removed) || !removed)
		return removed;
	error_log(LOG_LEVEL_ERROR,
		  "log %s: it was removed; its lines are lost until logs are re-opened",
		  b->target->path ? b->target->path : "access");
	return true;
}

static void
flush_buffer(struct access_log *log, struct log_buffer *b)
{
	const char *end, *from;
	bool torn;
	ssize_t n;

	if (b->lines == 0) /* there may be no bytes yet */
		return;
	from = b->bytes + 1;
	end = from + b->len;
	torn = atomic_exchange(&b->target->torn, false);
	if (torn)
		from = b->bytes; /* with the newline that stands there */
	n = write_batch(b, from, (size_t)(end - from));
	if (n <= 0) {
		log->error = n == -1 ? errno : 0;
		log->lost += b->lines;
		atomic_store(&b->target->torn, torn);
	} else if (n < end - from) {
		log->error = 0;
		for (const char *p = from + n; p < end; p++)
			log->lost += *p == '\n';
		atomic_store(&b->target->torn, from[n - 1] != '\n');
	} else if (is_removed(b)) {
		log->lost += b->lines;
	}
	b->len = 0;
	b->lines = 0;
}

void
access_log_flush(struct access_log *log)
{
	for (size_t i = 0; i < log->count; i++)
		flush_buffer(log, &log->buffers[i]);
	log->pending = false;
}

bool
access_log_pending(const struct access_log *log)
{
	return log->pending;
}

unsigned long
access_log_lost(const struct access_log *log)
{
	return log->lost;
}

int
access_log_error(const struct access_log *log)
{
	return log->error;
}

static void
put(struct line *l, struct slice s)
{
	s = slice_head(s, l->cap - l->len);
	if (s.len > 0)
		memcpy(l->p + l->len, s.p, s.len);
	l->len += s.len;
}

static void
put_number(struct line *l, uint64_t n)
{
	char digits[SLICE_DIGITS];

	put(l, slice_of_number(digits, n));
}

/* The classic test for a zero byte in a word; exact for the question whether there is one. */
static inline uint64_t
zero_byte(uint64_t word)
{
	return (word - 0x0101010101010101) & ~word & 0x8080808080808080;
}

/* How many bytes at the front need no escape. */
static size_t
plain_bytes(struct slice s)
{
	const uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
	size_t n = 0;

	for (uint64_t word; s.len - n >= sizeof word; n += sizeof word) {
		memcpy(&word, s.p + n, sizeof word);
		if ((((word - 0x20 * ones) & ~word) | word) & highs ||
		    zero_byte(word ^ '"' * ones) || zero_byte(word ^ '\\' * ones) ||
		    zero_byte(word ^ 0x7f * ones))
			break;
	}
	while (n < s.len && (unsigned char)s.p[n] >= 0x20 && (unsigned char)s.p[n] < 0x7f &&
	       s.p[n] != '"' && s.p[n] != '\\')
		n++;
	return n;
}

/*
 * Bytes a client chose: quotes, backslashes and all but printable ASCII are escaped.  They get
 * half of the room that is left at most, so that no client can push out what stands behind them.
 */
static void
put_hostile(struct line *l, struct slice s)
{
	static const char digits[] = "0123456789abcdef";
	size_t end = l->len + (l->cap - l->len) / 2;

	if (s.len == 0) {
		put(l, SLICE("-"));
		return;
	}
	while (s.len > 0 && l->len + 4 <= end) {
		size_t plain = plain_bytes(slice_head(s, end - l->len - 3));
		unsigned char c = (unsigned char)s.p[0];
		char hex[4] = { '\\', 'x', digits[c >> 4], digits[c & 15] };
		char escaped[2] = { '\\', (char)c };

		if (plain > 0)
			put(l, slice_head(s, plain));
		else if (c < 0x20 || c >= 0x7f)
			put(l, slice_from(hex, 4));
		else
			put(l, slice_from(escaped, 2));
		s = slice_after(s, plain > 0 ? plain : 1);
	}
}

static void
put_time(struct access_log *log, struct line *l, time_t when)
{
	if (when != log->stamp_of) {
		struct tm tm;

		localtime_r(&when, &tm);
		log->stamp_len =
			strftime(log->stamp, sizeof log->stamp, "[%d/%b/%Y:%H:%M:%S %z]", &tm);
		log->stamp_of = when;
	}
	put(l, slice_from(log->stamp, log->stamp_len));
}

/* What others chose, of whatever bytes it is. */
static struct slice
foreign_words(const struct access_item *item, const struct access_entry *e)
{
	switch (item->kind) {
	case ACCESS_CLIENT:
	case ACCESS_CLIENT_HOST:
		return e->client;
	case ACCESS_PEER:
		return e->peer;
	case ACCESS_USER:
		return e->user;
	case ACCESS_LINE:
		return e->line;
	case ACCESS_METHOD:
		return e->method;
	case ACCESS_PATH:
		return e->path;
	case ACCESS_VHOST:
		return e->vhost;
	case ACCESS_TLS:
		return e->more->tls_fact(e->source, item->fact);
	case ACCESS_FIELD:
		return e->more->request_field(e->source, item->text);
	case ACCESS_SENT_FIELD:
		return e->more->response_field(e->source, item->text);
	default:
		return SLICE_NONE;
	}
}

static void
put_query(struct line *l, const struct access_entry *e)
{
	if (!e->has_query)
		return;
	put(l, SLICE("?"));
	if (e->query.len > 0)
		put_hostile(l, e->query);
}

static struct slice
protocol_of(const struct access_entry *e)
{
	if (e->http2)
		return SLICE("HTTP/2.0");
	return e->version_minor == 0 ? SLICE("HTTP/1.0") : SLICE("HTTP/1.1");
}

static void
put_item(struct access_log *log, struct line *l, const struct access_item *item,
	 const struct access_entry *e)
{
	switch (item->kind) {
	case ACCESS_TEXT:
		put(l, item->text);
		break;
	case ACCESS_CLIENT:
	case ACCESS_CLIENT_HOST:
	case ACCESS_PEER:
	case ACCESS_USER:
	case ACCESS_LINE:
	case ACCESS_METHOD:
	case ACCESS_PATH:
	case ACCESS_VHOST:
	case ACCESS_TLS:
	case ACCESS_FIELD:
	case ACCESS_SENT_FIELD:
		put_hostile(l, foreign_words(item, e));
		break;
	case ACCESS_QUERY:
		put_query(l, e);
		break;
	case ACCESS_IDENT:
		put(l, SLICE("-"));
		break;
	case ACCESS_TIME:
		put_time(log, l, e->when);
		break;
	case ACCESS_PROTOCOL:
		put(l, protocol_of(e));
		break;
	case ACCESS_STATUS:
		put_number(l, e->status);
		break;
	case ACCESS_BODY_BYTES:
		if (e->body_bytes == 0)
			put(l, SLICE("-"));
		else
			put_number(l, e->body_bytes);
		break;
	case ACCESS_BODY_BYTES_ZERO:
		put_number(l, e->body_bytes);
		break;
	case ACCESS_SENT:
		put_number(l, e->sent_bytes);
		break;
	case ACCESS_DURATION:
		put_number(l, e->duration_us);
		break;
	case ACCESS_PORT:
		put_number(l, e->port);
		break;
	case ACCESS_CLOSE:
		put(l, slice_from(&e->closing, 1));
		break;
	case ACCESS_KIND_COUNT:
		break;
	}
}

void
access_log_add(struct access_log *log, size_t index, const struct access_entry *e)
{
	struct log_buffer *b = &log->buffers[index];
	const struct access_format *f = &b->target->format;
	struct line line;

	if (!b->bytes) {
		b->bytes = malloc(1 + BUFFER_SIZE);
		if (!b->bytes) {
			log->error = ENOMEM;
			log->lost++;
			return;
		}
		b->bytes[0] = '\n';
	}
	if (BUFFER_SIZE - b->len < LINE_SIZE)
		flush_buffer(log, b);
	line = (struct line){ .p = b->bytes + 1 + b->len, .cap = LINE_SIZE - 2 };
	for (size_t i = 0; i < f->count; i++)
		put_item(log, &line, &f->items[i], e);
	line.p[line.len++] = '\n';
	b->len += line.len;
	b->lines++;
	log->pending = true;
}
