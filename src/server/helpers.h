/*
 * helpers - a few threads for what would make a worker wait: password hashes, digests, cold files.
 *
 * A worker submits a job for one of its connections and goes on; a helper runs it, and the worker
 * is ordered (ORDER_JOBS) to collect it.  Each kind of job has threads and a queue of its own, so
 * that a slow disk holds up no password and guessed passwords hold up no file.
 *
 * Of those that compute at most HELPERS_WAITING wait, a quarter of them with one key, and of those
 * with the same key only one runs at a time; their threads have a lower priority than workers, so
 * that hashing does not slow down those who only want a file.
 */
#ifndef SERVER_HELPERS_H
#define SERVER_HELPERS_H

#include "base/job.h"

enum {
	HELPERS_THREADS = 2,
	HELPERS_WAITING = 64,
	HELPERS_WAITING_KEY = 16,
	HELPERS_READ_THREADS = 4, /* disks like to have several orders at a time */
	HELPERS_READ_WAITING = 256,
};

struct helpers;
struct worker;

/* No thread yet.  NULL with errno set. */
struct helpers *helpers_new(void);

/* Starts the threads.  0, or an errno value. */
int helpers_start(struct helpers *);

/*
 * What runs is made unwanted and waited for; what waits, and what nobody collected, is freed.  When
 * no worker runs any more, and before the first of them is freed.
 */
void helpers_stop(struct helpers *);

/* After helpers_stop().  NULL is allowed. */
void helpers_free(struct helpers *);

/*
 * Worker: the helpers have the job from now on, and owner will have it back.  False when too many
 * wait: the caller still has it.
 */
bool helpers_submit(struct helpers *, struct job *, struct worker *, void *owner);

/* Worker: the jobs done for it since, moved to the empty list. */
void helpers_collect(struct helpers *, struct worker *, struct link *list);

/* How many were refused so far.  Any thread. */
unsigned long helpers_refused(const struct helpers *);

#endif
