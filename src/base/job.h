/*
 * job - work that takes too long for a worker, for a helper thread to do.
 *
 * Whoever finds such work to be needed makes a job with everything in it that the work takes, and
 * hands it up; whoever has threads to lend has run() called, and hands the job back.  It is freed
 * by its maker, or by whoever gets it back when nobody wants it any more.
 */
#ifndef BASE_JOB_H
#define BASE_JOB_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/list.h"

enum job_state {
	JOB_NEW,
	JOB_DONE,
	JOB_REFUSED, /* too many wait: it was not run */
};

/* Who does it: what computes never waits behind what waits for a disk, nor the other way round. */
enum job_kind { JOB_COMPUTES, JOB_READS, JOB_KINDS };

struct job {
	/* In a helper thread.  Touches the job, and what is shared by all threads. */
	void (*run)(struct job *);
	void (*free)(struct job *);
	enum job_kind kind;
	uint64_t key;	       /* of those with the same one only one runs at a time; 0 = none */
	_Atomic bool unwanted; /* work in many pieces ends early */
	enum job_state state;  /* of its maker's thread */
	void *owner, *returns; /* of whoever lends the threads */
	struct link link;
};

static inline void
job_init(struct job *j, void (*run)(struct job *), void (*end)(struct job *), uint64_t key)
{
	*j = (struct job){ .run = run, .free = end, .key = key };
	list_init(&j->link);
}

/* One that mostly waits for a file system. */
static inline void
job_init_reading(struct job *j, void (*run)(struct job *), void (*end)(struct job *))
{
	job_init(j, run, end, 0);
	j->kind = JOB_READS;
}

/* Nobody waits for it any more: the owner may go, and whoever gets it back frees it. */
static inline void
job_abandon(struct job *j)
{
	j->owner = NULL;
	atomic_store_explicit(&j->unwanted, true, memory_order_relaxed);
}

static inline bool
job_unwanted(struct job *j)
{
	return atomic_load_explicit(&j->unwanted, memory_order_relaxed);
}

#endif
