/*
 * generation_record - what one generation of the server consists of.
 *
 * Private to the files generation*.c: generation.c has the order of a life, generation_open.c what
 * needs root, generation_pool.c the threads.  Main thread.
 */
#ifndef SERVER_GENERATION_RECORD_H
#define SERVER_GENERATION_RECORD_H

#include "server/acceptor.h"
#include "server/budget.h"
#include "server/channel.h"
#include "server/generation.h"
#include "server/holder.h"
#include "server/privileges.h"
#include "server/root_watch.h"
#include "server/shared.h"
#include "server/walls.h"

struct generation {
	const struct config *config;
	struct holder *holder;
	struct shared *shared;	       /* where it counts */
	uint16_t *ports;	       /* of the listeners, as bound */
	int *listeners;		       /* in the order of the listen lines; -1 = none */
	struct access_target *targets; /* as config->access_logs */
	int error_fd;		       /* -1 = standard error */
	int signal_fd;		       /* alone; else -1 */
	struct channel *channel;       /* to the supervisor; NULL = alone */
	struct privileges privileges;
	struct walls walls;
	struct budget budget;
	struct tls_context *tls; /* NULL = no listener has it */
	struct pool pool;
	struct worker **workers;
	unsigned worker_count, started;
	struct acceptor *acceptor;
	struct root_watch *root_watch; /* NULL = no root can get outside the walls */
	char addresses[1024];
	bool stopping; /* not only making way for another */
};

/* Everything that needs root, then root no more, then the walls.  0, or -1 when the error log has
 * the reason. */
int generation_open(struct generation *);

/* The same numbers stand for the files that have the names now, so no writer notices. */
void generation_reopen_logs(struct generation *);

/* The same for one of its logs, in the order in which they were asked for: fd is the new file, and
 * stays the caller's. */
void generation_replace_log(struct generation *, int log, int fd);

/* Makes the pool and starts its threads.  0, or -1 with errno; generation_free_pool() undoes. */
int generation_start_pool(struct generation *);

/* Tells every worker that runs; bits of enum worker_order. */
void generation_order(struct generation *, unsigned orders);

/* Waits for the threads, which were ordered to leave, and frees all that was made. */
void generation_free_pool(struct generation *);

#endif
