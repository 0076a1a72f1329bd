/*
 * handoff - bounded hand-over of accepted sockets, from the acceptor to the pool.
 *
 * A lane for each worker: a ring with one thread at either end.  The acceptor gives a socket to the
 * worker that has the fewest connections, and wakes it only if it sleeps.  A worker watches
 * handoff_wake_fd() in its own loop, so it waits for new sockets and for old ones in one
 * epoll_wait().  The acceptor watches handoff_room_fd() while it has stopped because the queue was
 * full.
 */
#ifndef SERVER_HANDOFF_H
#define SERVER_HANDOFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

struct per_ip_entry;

/* An accepted socket and what was known of it then. */
struct handoff_item {
	int fd;
	uint16_t listener;	    /* index of its listen line */
	bool refuse;		    /* no room: 503 and out */
	bool too_many;		    /* ... for this address */
	struct per_ip_entry *place; /* to be given back when it ends; NULL = none */
	union {			    /* who is there; a unix socket has only its family */
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} peer;
};

struct handoff;

/* At most cap > 0 sockets wait, or one for each worker if that is more.  NULL with errno set on
 * failure. */
struct handoff *handoff_new(size_t cap, unsigned workers);

/* Closes every socket still waiting.  NULL is allowed. */
void handoff_free(struct handoff *);

/* Acceptor only.  On true the queue owns the socket; on false (full) the caller still does, and
 * room_fd will tell. */
bool handoff_push(struct handoff *, const struct handoff_item *);

/* The same, once in a life: finds room also in a full queue, for the last socket before a stop. */
void handoff_push_last(struct handoff *, const struct handoff_item *);

/* Acceptor only, after a batch of pushes: wakes the workers that got something and sleep. */
void handoff_wake(struct handoff *);

/* The worker with that number only: takes at most max of the items for it, which the caller then
 * owns.  Returns how many. */
size_t handoff_take(struct handoff *, unsigned worker, struct handoff_item *out, size_t max);

/* Sockets waiting now for that worker.  Anyone. */
size_t handoff_waiting(const struct handoff *, unsigned worker);

/* The worker only, before it waits for events: from now on a push wakes it.  False when something
 * waits already, so that it must not sleep.  handoff_awake() comes behind the wait. */
bool handoff_sleep(struct handoff *, unsigned worker);
void handoff_awake(struct handoff *, unsigned worker);

/* The worker only: a connection that it took has ended. */
void handoff_end(struct handoff *, unsigned worker);

/* How many have ended, of all workers.  Anyone. */
uint64_t handoff_ended(const struct handoff *);

/* To be watched edge-triggered, and never read: every wake-up is an edge. */
int handoff_wake_fd(const struct handoff *, unsigned worker);

/* Becomes readable when there is room again after a push failed.  handoff_room_clear() resets it.
 */
int handoff_room_fd(const struct handoff *);
void handoff_room_clear(struct handoff *);

/* Any thread: tells the acceptor that there may be room, for another reason than the queue. */
void handoff_room_tell(struct handoff *);

#endif
