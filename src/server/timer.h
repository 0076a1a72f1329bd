/*
 * timer - a wheel of deadlines.
 *
 * Setting a deadline that lies later than the present one costs a store: the timer stays in its
 * slot, and when the wheel comes by it is moved on.  So a busy connection never walks a list.
 * Belongs to one worker.
 */
#ifndef SERVER_TIMER_H
#define SERVER_TIMER_H

#include <stdint.h>

#include "base/list.h"

enum { TIMER_SLOTS = 512, TIMER_TICK_MS = 64 };

struct timer {
	struct link link;
	int64_t deadline_ms; /* monotonic; INT64_MAX = none */
	int64_t slot_tick;   /* tick of the slot it lies in */
};

struct timer_wheel {
	struct link slot[TIMER_SLOTS];
	uint64_t used[TIMER_SLOTS / 64]; /* a bit for each slot that may hold something */
	int64_t tick;			 /* the first one not yet looked at */
};

void timer_wheel_init(struct timer_wheel *, int64_t now_ms);

/* A timer that is not set. */
void timer_init(struct timer *);

/* Sets or moves the deadline.  It is noticed at most a tick late, never early. */
void timer_set(struct timer_wheel *, struct timer *, int64_t deadline_ms);

void timer_stop(struct timer *);

/* Takes one timer whose deadline is past, or NULL.  Call until NULL. */
struct timer *timer_take_due(struct timer_wheel *, int64_t now_ms);

/* Milliseconds until the wheel should be looked at again; -1 = nothing is set. */
int timer_wait_ms(const struct timer_wheel *, int64_t now_ms);

#endif
