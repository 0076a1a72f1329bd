/*
 * shared - the counters of all generations, in memory that outlives each of them.
 *
 * One region with a slot for each generation that may live at a time.  The supervisor makes it and
 * lets generations in by its descriptor; each writes into its own slot, every counter by one
 * thread, and anyone reads.  What a generation wrote is bytes of somebody who speaks to strangers:
 * the supervisor believes no length, no end of a string and no number of records in it, and nobody
 * can make the region shorter under its feet.
 *
 * A program that has no supervisor has such a region too, which nobody else sees.
 */
#ifndef SERVER_SHARED_H
#define SERVER_SHARED_H

#include <stddef.h>

#include "config/config.h"
#include "server/counters.h"

enum {
	SHARED_VERSION = 1, /* of the layout in shared.c; lists and sizes are compared besides */
	SHARED_SLOTS = 16,
	SHARED_CERTIFICATES = 16,
};

struct shared;
struct shared_slot;

/* What a generation says of itself once, before it is ready. */
struct shared_facts {
	char version[32];
	uint32_t workers, max_connections;
	uint32_t hosts;		    /* all of them, also those whose label found no room */
	char host_labels[4096];	    /* a line each */
	char addresses[1024];	    /* of the listeners, with blanks between */
	char sandbox[512];	    /* walls_words() */
	uint32_t certificate_count; /* below; those that end first, the first of all in front */
	struct {
		int64_t ends_s; /* real time */
		char path[240];
	} certificates[SHARED_CERTIFICATES];
};

/* Sums over all threads of a generation, or of several. */
struct shared_sum {
	uint64_t count[COUNTER_COUNT];
	uint64_t closed[CLOSE_REASON_COUNT];
	uint64_t acceptor[ACCEPTOR_COUNTER_COUNT];
	uint64_t error_lines_lost;
	uint64_t idle; /* connections that are, now */
};

/* A region with all slots empty, to be shared by shared_fd().  NULL with errno. */
struct shared *shared_new(void);

/* The same for this process alone. */
struct shared *shared_new_alone(void);

/*
 * Of another process: takes fd over, on failure too.  NULL with *words when its layout is not that
 * of this program, or it is no such region: then there is nothing to be read in it, and who would
 * count takes one of its own.
 */
struct shared *shared_attach(int fd, const char **words);

/* Its memory goes with the last process that has it.  NULL is allowed. */
void shared_free(struct shared *);

/* Stays the region's; close-on-exec.  -1 = of this process alone. */
int shared_fd(const struct shared *);

/* number < SHARED_SLOTS. */
struct shared_slot *shared_slot(const struct shared *, unsigned number);

/*
 * The supervisor, when no process writes there any more: what was counted is added to the past, and
 * the slot is empty.
 */
void shared_release(struct shared *, unsigned number);

/* A generation, before its workers are made: how many there are, WORKERS_MAX at most. */
void shared_set_workers(struct shared_slot *, unsigned count);

/* Where a worker, the acceptor and the error log count. */
struct counters *shared_worker(struct shared_slot *, unsigned index);
struct acceptor_counters *shared_acceptor(struct shared_slot *);
_Atomic uint64_t *shared_error_lines_lost(struct shared_slot *);

/* Adds what the slot has counted so far, or what all those released had. */
void shared_add(struct shared_sum *, const struct shared_slot *);
void shared_add_past(struct shared_sum *, const struct shared *);

/* Connections that have not ended. */
uint64_t shared_live(const struct shared_sum *);

/* The generation, before it says that it is ready; and the supervisor after that, who gets a copy
 * with printable ASCII only and all within bounds. */
void shared_write_facts(struct shared_slot *, const struct shared_facts *);
void shared_read_facts(const struct shared_slot *, struct shared_facts *);

#endif
