/*
 * claim - a few instructions for one thread at a time, in tables that many threads look into.
 *
 * For a look that ends without waiting for anything; whatever takes longer wants a mutex.
 * Any thread.
 */
#ifndef BASE_CLAIM_H
#define BASE_CLAIM_H

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { CLAIM_SPINS = 100 };

/* Whoever has it may have lost its CPU: then there is no use in asking on. */
static inline void
claim_take(_Atomic bool *claimed)
{
	for (int i = 1; atomic_exchange_explicit(claimed, true, memory_order_acquire); i++)
		if (i % CLAIM_SPINS == 0)
			sched_yield();
}

static inline void
claim_give(_Atomic bool *claimed)
{
	atomic_store_explicit(claimed, false, memory_order_release);
}

#endif
