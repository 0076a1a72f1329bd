/*
 * body - where the content of a response comes from.
 *
 * A body is pulled by the connection when the client can take more.  Memory and file ranges
 * are described so that the driver can send them in its cheapest way; everything else is a
 * stream that is asked to fill a buffer.  Moved by value; body_close() gives back what it
 * holds, whoever has it last.  One thread.
 */
#ifndef CONTENT_BODY_H
#define CONTENT_BODY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/slice.h"
#include "content/cold_file.h"

enum body_kind { BODY_SOURCE_NONE, BODY_SOURCE_MEMORY, BODY_SOURCE_FILE, BODY_SOURCE_STREAM };

enum body_fill {
	BODY_FILLED, /* *len bytes, more may follow; 0 when much work gave nothing yet */
	BODY_END,    /* *len bytes, possibly 0, and no more */
	BODY_BROKEN, /* the rest cannot be had: end the connection */
	BODY_COLD,   /* no byte: the file has to be read first, at stream->cold */
};

/*
 * A file as it was when its validators were made.  Bytes read later belong to them only if it is
 * still so.  Not the inode's change time: that moves also when the file loses its name.
 */
struct file_stamp {
	off_t size;
	struct timespec mtime;
};

static inline struct file_stamp
file_stamp_of(const struct stat *st)
{
	return (struct file_stamp){ st->st_size, st->st_mtim };
}

enum file_change {
	FILE_SAME,
	FILE_GREW,    /* taken for a log that was written to: the bytes it had are what they were */
	FILE_CHANGED, /* other bytes in place, or fewer */
};

/* What became of the file since. */
enum file_change file_stamp_compare(const struct file_stamp *, int fd);

/* Embedded first in whatever produces the bytes. */
struct body_stream {
	/* At most cap bytes, in bounded time. */
	enum body_fill (*fill)(struct body_stream *, char *out, size_t cap, size_t *len);
	void (*close)(struct body_stream *); /* frees the stream too */
	struct {
		int fd; /* the stream's */
		off_t at;
		struct file_reach reach; /* whoever calls fill extends it */
	} cold;
};

/*
 * Room right before a content in memory, so that a head can leave with it as one piece.  The
 * content's owner has it, for all who send that: what was written there holds until somebody else
 * writes, so not across a wait.  size bytes at its end are a head that was sent in this form; the
 * rest says which.
 */
struct body_front {
	char *bytes;
	size_t room;
	size_t size; /* 0 = none */
	unsigned status;
	const char *lines; /* response.lines, and */
	int64_t second;	   /* of Date, that it was made of */
};

struct body {
	enum body_kind kind;
	union {
		struct {
			struct slice memory;	  /* not owned: lives as long as the exchange */
			struct body_front *front; /* likewise, of that content; or NULL */
		};
		struct {
			int fd; /* owned, or borrowed of what lives as long as the exchange */
			bool borrowed;
			off_t at;
			uint64_t left; /* bytes; fewer in the file means it shrank: BODY_BROKEN */
			struct file_stamp stamp;
		} file;
		struct body_stream *stream; /* owned */
	};
};

#define BODY_NOTHING ((struct body){ .kind = BODY_SOURCE_NONE })

static inline struct body
body_of_memory(struct slice bytes)
{
	return (struct body){ .kind = BODY_SOURCE_MEMORY, .memory = bytes };
}

/* Takes fd, of which st speaks. */
static inline struct body
body_of_file(int fd, const struct stat *st, off_t at, uint64_t length)
{
	return (struct body){
		.kind = BODY_SOURCE_FILE,
		.file = { .fd = fd, .at = at, .left = length, .stamp = file_stamp_of(st) }
	};
}

static inline struct body
body_of_stream(struct body_stream *s)
{
	return (struct body){ .kind = BODY_SOURCE_STREAM, .stream = s };
}

/* Gives back what the body holds and makes it BODY_NOTHING; harmless when it is already. */
void body_close(struct body *);

#endif
