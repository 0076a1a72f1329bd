/*
 * http - what the drivers of HTTP/1 and HTTP/2 do alike with a request.
 *
 * The exchange is set up once for a connection's record, stamped when a request is there, noted
 * when it is routed, and logged when its answer has ended.  Belongs to the connection's worker.
 */
#ifndef SERVER_HTTP_H
#define SERVER_HTTP_H

#include "content/exchange.h"
#include "server/conn.h"
#include "server/patience.h"
#include "server/worker.h"

/* What has been sent, and how much of it the client has. */
struct http_taken {
	int64_t wire;  /* bytes sent */
	int64_t taken; /* bytes acknowledged; INT64_MIN = not known yet */
};

/* What the log says of an answer besides its exchange. */
struct http_account {
	uint64_t head, body; /* bytes sent */
	int64_t began_ms;    /* monotonic */
};

static inline const struct server_config *
http_config(const struct conn *c)
{
	return &c->worker->pool->config->server;
}

/* The monotonic time in so many milliseconds. */
static inline int64_t
http_after(const struct conn *c, uint64_t ms)
{
	return c->worker->now_ms + (int64_t)ms;
}

/* The deadline of something that may take so long, while there is patience at all. */
static inline int64_t
http_deadline(const struct conn *c, const struct patience *p, uint64_t ms)
{
	int64_t after = http_after(c, ms);

	return after < p->until_ms ? after : p->until_ms;
}

/* A client that stops is ended by ms, which may be long; one that trickles has twice that. */
static inline void
http_start_patience(const struct conn *c, struct patience *p, uint64_t ms)
{
	patience_start(p, http_config(c)->min_rate, 2 * ms, c->worker->now_ms);
}

/* How long a connection may be idle: less when connections run short. */
uint64_t http_idle_ms(const struct conn *);

/* What the connection's exchanges have in common. */
void http_init_exchange(struct exchange *, const struct conn *);

/* This moment is that of the request.  A fresh one comes from the peer, until that asks for
 * another.
 */
void http_stamp(struct exchange *, struct conn *, bool fresh);

/* Behind content_route(): says what the administrator, or fail2ban, wants to know of. */
void http_note_route(struct conn *, const struct exchange *);

/* Why a request that was not read to its end gets that status. */
const char *http_words_of(unsigned status);

/* Where the exchange's route is logged; NULL when nowhere, or when it has no route. */
const struct set_access_log *http_access_log(const struct exchange *);

/* A line in the access log of the exchange's route, if it has one.  closing as access_item.def has
 * it. */
void http_log(struct conn *, const struct exchange *, const struct http_account *, char closing);

/* Begins to count. */
void http_taken_start(struct http_taken *);

/*
 * Has the client taken any since the last look?  That counts for min_rate.  The socket takes no
 * more until a good part of its buffer is free, megabytes perhaps, which a slow client need not
 * manage within send_timeout; so what the client has acknowledged counts.  One that has all there
 * was is not slow, whatever time that took us.
 */
bool http_taken_look(struct http_taken *, struct patience *, const struct conn *);

/*
 * What a send gave, n bytes or -1 with errno: progress, which is counted, a wait, or the end.
 */
enum step http_sent(struct conn *, struct http_taken *, struct patience *, ssize_t n);

#endif
