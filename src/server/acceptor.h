/*
 * acceptor - the one thread that accepts connections.
 *
 * Takes sockets off the listeners and hands them to the pool; slows down when the queue is full,
 * when descriptors run out and when max_connections is reached.  Runs in the main thread, which
 * also waits here for whatever else it must react to.
 */
#ifndef SERVER_ACCEPTOR_H
#define SERVER_ACCEPTOR_H

#include "server/worker.h"

enum acceptor_news {
	ACCEPTOR_CONTROL,     /* the control descriptor is readable */
	ACCEPTOR_WORKER_LEFT, /* a worker may have left */
	ACCEPTOR_TIME,	      /* until_ms has come */
};

struct acceptor;

/* listeners and workers stay the caller's; fds in the order of the listen lines.  NULL with errno.
 */
struct acceptor *acceptor_new(struct pool *, struct worker **workers, unsigned worker_count,
			      const int *listeners, size_t listener_count, unsigned max_connections,
			      int control_fd);
void acceptor_free(struct acceptor *);

/*
 * The calling thread, which is to run the acceptor, lets a worker on its processor go on when there
 * are connections to accept.  After all threads were made: others inherit it.
 */
void acceptor_give_way(void);

/* Accepts until there is news.  until_ms: monotonic; INT64_MAX = no end. */
enum acceptor_news acceptor_run(struct acceptor *, int64_t until_ms);

/* Accepts no more: listeners leave epoll, so that the caller can close them. */
void acceptor_stop(struct acceptor *);

/* Connections that have not ended, those in the queue included. */
uint64_t acceptor_live(const struct acceptor *);

#endif
