/*
 * counters - what one worker has done so far, and what the acceptor has.
 *
 * Written by that thread alone, read by anyone, from another process too (shared.h): plain stores
 * of atomics, no locked instruction, and a cache line that no other thread writes.
 */
#ifndef SERVER_COUNTERS_H
#define SERVER_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

enum counter {
#define COUNTER(enumerator, word) enumerator,
#include "server/counter.def"
#undef COUNTER
	COUNTER_COUNT
};

enum close_reason {
#define CLOSE_REASON(enumerator, word, words) enumerator,
#include "server/close_reason.def"
#undef CLOSE_REASON
	CLOSE_REASON_COUNT
};

enum acceptor_counter {
#define ACCEPTOR_COUNTER(enumerator, word) enumerator,
#include "server/acceptor_counter.def"
#undef ACCEPTOR_COUNTER
	ACCEPTOR_COUNTER_COUNT
};

struct counters {
	_Atomic uint64_t count[COUNTER_COUNT];
	_Atomic uint64_t closed[CLOSE_REASON_COUNT];
	_Atomic uint32_t idle; /* connections that are, now */
} __attribute__((aligned(128)));

struct acceptor_counters {
	_Atomic uint64_t count[ACCEPTOR_COUNTER_COUNT];
} __attribute__((aligned(128)));

/* The owner only. */
static inline void
counter_add(_Atomic uint64_t *c, uint64_t n)
{
	atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + n,
			      memory_order_release);
}

/* The owner only, who has counted elsewhere. */
static inline void
counter_set(_Atomic uint64_t *c, uint64_t n)
{
	atomic_store_explicit(c, n, memory_order_release);
}

static inline uint64_t
counter_get(const _Atomic uint64_t *c)
{
	return atomic_load_explicit(c, memory_order_acquire);
}

/* Connections ended, whatever the reason.  Anyone. */
uint64_t counters_closed(const struct counters *);

const char *counter_word(enum counter);
const char *acceptor_counter_word(enum acceptor_counter);
const char *close_reason_word(enum close_reason);
const char *close_reason_words(enum close_reason);

#endif
