/*
 * patience - how long a client is borne with that sends or takes little, for min_rate.
 *
 * A stock of time that runs down, and that every byte adds to: a client that is at least as fast as
 * the rate never uses it up, one that stops or trickles does.  It is never more than at the start,
 * so that nobody saves for later.  Pure; belongs to the exchange.
 */
#ifndef SERVER_PATIENCE_H
#define SERVER_PATIENCE_H

#include <stdint.h>

struct patience {
	uint64_t rate; /* bytes a second; 0 = without end */
	int64_t most_ms;
	int64_t until_ms; /* when it is over; INT64_MAX = never */
	uint64_t rest;	  /* thousandths of bytes that did not make a millisecond yet */
};

/* rate is below 2^40. */
void patience_start(struct patience *, uint64_t rate, uint64_t most_ms, int64_t now_ms);

/* So many bytes, below 2^50, have come or gone. */
void patience_note(struct patience *, uint64_t bytes, int64_t now_ms);

/* As at the start: what went before was not the client's doing. */
void patience_renew(struct patience *, int64_t now_ms);

#endif
