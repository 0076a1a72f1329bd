/*
 * multipart_body - see multipart_body.h.
 *
 * Everything that surrounds the bytes of the file is written when the stream is made, so the
 * length is known: pieces of text and of file take turns, and a text ends it.
 */
#include "config.h"

#include "content/multipart_body.h"

#include <errno.h>
#include <unistd.h>

/* Text, then bytes of the file. */
struct piece {
	struct slice text;
	struct range range;
	bool has_range; /* not behind the last text */
};

struct multipart_body {
	struct body_stream stream; /* first */
	struct piece *pieces;
	size_t count, at;
	uint64_t done; /* bytes of the present piece that went out */
	int fd;
	struct file_stamp stamp;
};

static uint64_t
piece_length(const struct piece *p)
{
	return p->text.len + (p->has_range ? p->range.last - p->range.first + 1 : 0);
}

/*
 * Bytes of the piece from `done` on into out: of its text or of its range, whichever is next.  -1
 * with EAGAIN when the file is cold there.
 */
static ssize_t
copy_piece(struct multipart_body *b, const struct piece *p, char *out, size_t cap)
{
	uint64_t left = piece_length(p) - b->done, at;
	ssize_t n;

	if (b->done < p->text.len) {
		struct slice text = slice_head(slice_after(p->text, (size_t)b->done), cap);

		memcpy(out, text.p, text.len);
		return (ssize_t)text.len;
	}
	at = p->range.first + (b->done - p->text.len);
	n = cold_file_read(b->fd, out, left < cap ? (size_t)left : cap, (off_t)at,
			   &b->stream.cold.reach);
	if (n == -1 && errno == EAGAIN) {
		b->stream.cold.fd = b->fd;
		b->stream.cold.at = (off_t)at;
		return -1;
	}
	if (n <= 0)
		errno = EIO; /* the file is shorter than it was */
	return n > 0 ? n : -1;
}

static enum body_fill
fill(struct body_stream *stream, char *out, size_t cap, size_t *len)
{
	struct multipart_body *b = (struct multipart_body *)stream;

	*len = 0;
	while (b->at < b->count && *len < cap) {
		const struct piece *p = &b->pieces[b->at];
		ssize_t n = copy_piece(b, p, out + *len, cap - *len);

		if (n == -1 && errno == EAGAIN)
			return *len > 0 ? BODY_FILLED : BODY_COLD;
		if (n == -1)
			return BODY_BROKEN;
		*len += (size_t)n;
		b->done += (uint64_t)n;
		if (b->done == piece_length(p)) {
			b->at++;
			b->done = 0;
		}
	}
	if (b->at < b->count)
		return BODY_FILLED;
	return file_stamp_compare(&b->stamp, b->fd) == FILE_CHANGED ? BODY_BROKEN : BODY_END;
}

static void
close_stream(struct body_stream *stream)
{
	struct multipart_body *b = (struct multipart_body *)stream;

	close(b->fd); /* the rest is the arena's */
}

/*
 * RFC 9110 14.6: each part says its type and its place.  The first has an empty line in front of
 * it like the others (15.3.7.2, note 1): zsync reads that line without a look, and asks for ever
 * where it is missing.
 */
static struct slice
write_part_head(const struct multipart *m, struct arena *arena, const struct range *r)
{
	const char *type_name = m->type.len > 0 ? "Content-Type: " : "";
	const char *type_end = m->type.len > 0 ? "\r\n" : "";

	return arena_printf(arena,
			    "\r\n--%.*s\r\n%s%.*s%sContent-Range: bytes %llu-%llu/%llu\r\n\r\n",
			    SLICE_FMT(m->boundary), type_name, SLICE_FMT(m->type), type_end,
			    (unsigned long long)r->first, (unsigned long long)r->last,
			    (unsigned long long)m->size);
}

struct body_stream *
multipart_body_new(const struct multipart *m, struct arena *arena, int fd, const struct stat *st,
		   uint64_t *length)
{
	struct multipart_body *b = arena_alloc(arena, sizeof *b);
	struct piece *pieces = arena_alloc(arena, (m->count + 1) * sizeof *pieces);

	if (!b || !pieces)
		return NULL;
	*length = 0;
	for (size_t i = 0; i <= m->count; i++) {
		struct piece *p = &pieces[i];

		p->has_range = i < m->count;
		if (p->has_range)
			p->range = m->ranges[i];
		p->text = p->has_range
				  ? write_part_head(m, arena, &p->range)
				  : arena_printf(arena, "\r\n--%.*s--\r\n", SLICE_FMT(m->boundary));
		if (!p->text.p)
			return NULL;
		*length += piece_length(p);
	}
	b->stream = (struct body_stream){ .fill = fill, .close = close_stream };
	b->pieces = pieces;
	b->count = m->count + 1;
	b->fd = fd;
	b->stamp = file_stamp_of(st);
	return &b->stream;
}
