/*
 * conn - a connection, from hand-over to close.
 *
 * Belongs to one worker from conn_new() on.  The protocol driver does the talking in short
 * steps; conn_run() calls them until one must wait, up to a bound, so that a greedy client cannot
 * hold the worker.  conn_close() is the only way a connection ends; the record
 * itself lives until the end of the batch of events, because a later event may still point to it.
 */
#ifndef SERVER_CONN_H
#define SERVER_CONN_H

#include "base/cidr.h"
#include "log/error_log.h"
#include "server/counters.h"
#include "server/handoff.h"
#include "server/timer.h"
#include "server/transport.h"

enum conn_state {
#define CONN_STATE(enumerator, word) enumerator,
#include "server/conn_state.def"
#undef CONN_STATE
	CONN_STATE_COUNT
};

/* What a driver's step says. */
enum step {
	STEP_AGAIN,	 /* progress was made: call again */
	STEP_HEAVY,	 /* the same, and it took long: others wait */
	STEP_WANT_READ,	 /* receiving said EAGAIN, or everything there was has been received */
	STEP_WANT_WRITE, /* sending said EAGAIN */
	STEP_WANT_TIME,	 /* nothing to do before the deadline of the state, or resume(), which will
			    tell */
	STEP_CLOSED,	 /* conn_close() was called */
};

/* Why a connection gets an answer whatever it asks. */
enum conn_refusal {
	CONN_WELCOME,
	CONN_NO_ROOM,
	CONN_TOO_MANY, /* its address has as many as it may */
	CONN_NO_TLS,   /* it came in where TLS is spoken */
};

struct conn;
struct worker;

struct driver {
	/* One short piece of work in the present state. */
	enum step (*step)(struct conn *);
	/* The deadline of the present state is past: conn_close(), or another state. */
	void (*expired)(struct conn *);
	/* A job of a helper thread that this connection waited for is done. */
	void (*resume)(struct conn *);
	/* The server stops: end what can be ended now, and keep no connection alive. */
	void (*drain)(struct conn *);
	/* Another generation took over: tell the client, where the protocol can, to come anew. NULL
	 * where only an answer can. */
	void (*retire)(struct conn *);
	/* Gives back conn->protocol. */
	void (*detach)(struct conn *);
};

struct conn {
	struct transport transport;
	struct worker *worker;
	const struct driver *driver;
	void *protocol; /* the driver's; NULL while nothing is going on */
	struct timer timer;
	struct link link;  /* in the worker's list of idle or of busy connections */
	struct link ready; /* in the worker's list of those that have more to do */
	uint64_t requests;
	enum conn_state state;
	uint16_t listener;
	bool readable; /* receiving may give something */
	bool writable;
	bool watched;	  /* epoll knows the socket */
	bool watched_out; /* ... and tells when it can be written to again */
	enum conn_refusal refusal : 8;
	bool lingers;		     /* close needs the client's consent, or a while */
	struct per_ip_entry *place;  /* among the connections of its address */
	const struct site *tls_site; /* the host that the TLS handshake was with; NULL = none was */
	struct ip peer;
	struct ip client; /* whose request is under way: the peer, or who it asks for */
	int64_t linger_until_ms;
	uint32_t linger_left; /* bytes that are still read then */
	enum close_reason linger_reason : 8;
};

/*
 * A connection of the worker for an accepted socket, which it takes over.  NULL when out of memory:
 * then the socket is closed and counted.
 */
struct conn *conn_new(struct worker *, const struct handoff_item *);

/* Runs the driver until it must wait, has done its share (then it is queued again), or closed. */
void conn_run(struct conn *);

/* An event of epoll. */
void conn_event(struct conn *, uint32_t events);

/* Receives at most cap bytes.  STEP_AGAIN: *n of them, 0 at the end of what the client sends;
 * STEP_HEAVY: none of what came is for here. */
enum step conn_receive(struct conn *, char *out, size_t cap, size_t *n);

/* The one door for changes of state: lists and counts follow.  deadline_ms is monotonic, INT64_MAX
 * = none. */
void conn_set_state(struct conn *, enum conn_state, int64_t deadline_ms);

/* Ends the connection: counts the reason, logs it where it is the server's doing, gives everything
 * back. */
void conn_close(struct conn *, enum close_reason);

/* Ends it behind a failure of the transport, by errno. */
void conn_fail(struct conn *);

/* Does it take up a place that is for those who are turned away? */
bool conn_is_refused(const struct conn *);

/* A line in the error log that says which client, through which proxy, and what the connection was
 * doing. */
void conn_log(const struct conn *, enum error_level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
