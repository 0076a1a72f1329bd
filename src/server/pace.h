/*
 * pace - how much of an answer may leave by now, for limit_rate.
 *
 * A budget that fills with time: some eight pieces a second, so that what arrives is a stream and
 * the worker is not woken for every packet.  Pure; belongs to the answer.
 */
#ifndef SERVER_PACE_H
#define SERVER_PACE_H

#include <stdint.h>

struct pace {
	uint64_t rate;	 /* bytes a second; 0 = as fast as it goes */
	int64_t budget;	 /* thousandths of bytes that may leave; below 0 when too many have */
	int64_t then_ms; /* when that was true */
};

/* after: so many bytes go as fast as they can.  Neither is above 2^40. */
void pace_start(struct pace *, uint64_t rate, uint64_t after, int64_t now_ms);

/* How many bytes may leave now, of `left` that are there.  0 = wait; at least a piece otherwise. */
uint64_t pace_allowed(struct pace *, uint64_t left, int64_t now_ms);

/* Behind pace_allowed() that gave 0: so long. */
int64_t pace_wait_ms(const struct pace *, uint64_t left);

/* So many have left. */
void pace_spend(struct pace *, uint64_t bytes);

#endif
