/*
 * access_log - a line for every request answered.
 *
 * Each worker has its own struct access_log: lines gather in a buffer per log and leave in one
 * write(2) on a descriptor opened for append, when the buffer is full or when the worker says
 * so (once a second).  So lines of several workers never mix and no lock is needed.  One thread.
 */
#ifndef LOG_ACCESS_LOG_H
#define LOG_ACCESS_LOG_H

#include <stdatomic.h>
#include <time.h>

#include "log/access_format.h"

/* What is looked up only when a format wants it. */
struct access_source {
	struct slice (*request_field)(const void *source, struct slice name);
	struct slice (*response_field)(const void *source, struct slice name);
	struct slice (*tls_fact)(const void *source, enum tls_fact);
};

/* What there is to say about one request.  Slices may hold anything a client sent. */
struct access_entry {
	struct slice client; /* address without port */
	struct slice peer;   /* of the connection: the client's, or that of a proxy */
	struct slice user;
	time_t when;
	struct slice line; /* request line */
	struct slice method, path, query;
	bool has_query;
	bool http2; /* else HTTP/1 */
	unsigned version_minor;
	unsigned status;
	uint64_t body_bytes, sent_bytes;
	uint64_t duration_us;
	struct slice vhost;
	unsigned port;
	char closing; /* '+', '-' or 'X', see access_item.def */
	const struct access_source *more;
	const void *source; /* handed through to it */
};

struct access_target {
	int fd;		  /* stays the caller's */
	const char *path; /* for the error log; NULL = it has none */
	struct access_format format;
	/* the last batch, whoever wrote it, ended inside a line: the next begins with a newline */
	_Atomic bool torn;
	_Atomic bool removed; /* the file has no name any more, and that was said */
};

struct access_log;

/* The targets, which several logs share, must outlive them.  NULL with errno ENOMEM. */
struct access_log *access_log_new(struct access_target *targets, size_t count);

/* Flushes first.  NULL is allowed. */
void access_log_free(struct access_log *);

/* Adds a line to the log with that index.  Of a line of many kilobytes the client's long fields are
 * cut. */
void access_log_add(struct access_log *, size_t index, const struct access_entry *);

/* Writes what waits.  What cannot be written is dropped and counted; what nobody can read is counted
 * as well, since its file was removed. */
void access_log_flush(struct access_log *);

/* Does anything wait? */
bool access_log_pending(const struct access_log *);

/* Lines lost since the start, and why the last of them was: errno, or 0 when only the beginning of a
 * batch could be written. */
unsigned long access_log_lost(const struct access_log *);
int access_log_error(const struct access_log *);

#endif
