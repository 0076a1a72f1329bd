/*
 * content - how a request becomes a response: the face of this floor.
 *
 * One thread for an exchange and its store.
 *
 * What takes long is left to the caller: when x->job is set after a call, nothing else is decided
 * yet.  He has the job run, or sets its state to JOB_REFUSED, and makes the same call again, which
 * consumes the job.  To forget the exchange he must take the job away first.
 */
#ifndef CONTENT_CONTENT_H
#define CONTENT_CONTENT_H

#include "content/exchange.h"

/* Decides what will answer: fills x->route from x->request. */
void content_route(struct exchange *);

/* Has x->job run here and now, for those who can wait. */
void content_run_job(struct exchange *);

/* Makes the response the route asks for.  Always leaves one to send. */
void content_respond(struct exchange *);

/* The content_fail() to come is told on a page of its own to somebody who came without TLS. */
void content_expect_tls(struct exchange *);

/*
 * Makes the response for a request that cannot be routed or served; the connection closes behind
 * it when close is set.
 */
void content_fail(struct exchange *, unsigned status, const char *reason, bool close);

#endif
