/*
 * worker - one thread of the pool: an epoll loop and everything its connections need.
 *
 * Nothing in here is locked.  Other threads reach a worker only through worker_order(), the
 * hand-over queue and the atomics below.
 */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include <pthread.h>

#include "config/config.h"
#include "content/content.h"
#include "content/file_cache.h"
#include "content/store.h"
#include "http/date.h"
#include "log/access_log.h"
#include "server/conn.h"

/* What the acceptor and the helpers may ask of a worker; bits. */
enum worker_order {
	ORDER_DRAIN = 1,   /* serve the queue and what is in flight, then leave; idle connections go
			      at once */
	ORDER_STOP = 2,	   /* cut everything and leave */
	ORDER_SHED = 4,	   /* close idle connections, as many as shed_wanted says */
	ORDER_JOBS = 8,	   /* jobs of helper threads are done: collect them */
	ORDER_RETIRE = 16, /* as ORDER_DRAIN, but idle connections stay until their next request */
};

struct http2_stock;

/* Shared by all workers of a generation; constant but for the atomics. */
struct pool {
	const struct config *config;
	struct file_cache_limits cache; /* of each worker */
	struct handoff *handoff;
	struct per_ip *per_ip;	  /* NULL = there is no max_connections_per_ip */
	struct auth_memory *auth; /* NULL = there is no auth */
	struct tag_memory *tags;
	struct buckets *buckets; /* NULL = there is no limit_requests */
	struct helpers *helpers;
	struct tls_context *tls;  /* NULL = no listener has tls */
	unsigned refusing_most;	  /* connections that may be turned away at a time */
	unsigned handshakes_each; /* TLS handshakes that a worker may have under way */
	struct access_target *access_targets;
	struct shared_slot *slot; /* for the counters; not shorter lived */
	const uint16_t *ports; /* of the listen lines, as they are really bound; 0 = unix socket */

	/* between the pads what a request looks at: no cache line of it is often written */
	char apart[64];
	_Atomic unsigned crowd;	     /* per cent of max_connections, as the acceptor saw it */
	_Atomic bool acceptor_waits; /* tell the acceptor when a connection ends */
	char apart_too[64];
	_Atomic unsigned refusing; /* connections that are being turned away */
	_Atomic unsigned running;  /* workers that have not left; the acceptor is told of each */
};

/* HTTP/1 records kept for the next connection that needs one. */
struct spares {
	void *first;
	unsigned count;
};

struct worker {
	struct pool *pool;
	struct counters *counters; /* in the pool's slot */
	unsigned index;
	pthread_t thread;
	int epoll_fd;
	int order_fd;

	int64_t now_ms;	      /* monotonic, of this turn */
	struct timespec now;  /* real, of this turn */
	char date[DATE_SIZE]; /* of now.tv_sec */
	struct timer_wheel timers;
	struct link idle; /* connections, longest idle first */
	struct link busy;
	struct link ready;	/* to be run again without waiting */
	struct link dead;	/* closed in this batch */
	struct link handshakes; /* of TLS, longest under way first */
	unsigned handshake_count;
	size_t conn_count;
	bool draining; /* no connection is kept alive once its client was told so */
	bool retiring; /* ... and those who were not told may ask once more */
	bool stopping; /* nothing new is served any more */
	struct store *store;
	struct access_log *access_log;
	int64_t log_flush_ms; /* when the access log is due; INT64_MAX = nothing waits */
	struct spares spares;
	struct http2_stock *http2; /* what HTTP/2 connections share; NULL before the first */
	int64_t limit_logged_ms;   /* when it was last said that somebody is over limit_requests */
	unsigned limit_unsaid;	   /* how often it was not */
	int64_t lost_logged_ms;	   /* when it was last said that lines of the access log are lost */
	unsigned long lost_said;   /* how many were by then */

	/* on a cache line of its own what others write */
	_Alignas(128) _Atomic unsigned orders; /* bits of enum worker_order; anyone */
	_Atomic unsigned shed_wanted;	       /* anyone */
};

/* A worker that does not run yet.  NULL with errno set. */
struct worker *worker_new(struct pool *, unsigned index);

/* Starts its thread.  0, or an errno value. */
int worker_start(struct worker *);

/* Any thread: makes the worker do as told, soon. */
void worker_order(struct worker *, unsigned orders);

/* Asks for one more idle connection to be closed.  Acceptor. */
void worker_shed(struct worker *);

/* Waits for its thread to leave.  worker_free() comes after. */
void worker_join(struct worker *);
void worker_free(struct worker *);

/* For connections: be run again in this turn of the loop. */
void worker_run_again(struct worker *, struct conn *);

#endif
