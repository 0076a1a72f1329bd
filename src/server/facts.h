/*
 * facts - what a generation says of itself to whom is asked how the server is.
 *
 * Main thread.
 */
#ifndef SERVER_FACTS_H
#define SERVER_FACTS_H

#include "config/config.h"
#include "server/shared.h"
#include "server/walls.h"

/* What is not in the configuration. */
struct facts_found {
	const char *addresses; /* of the listeners as bound, with blanks between */
	unsigned workers, max_connections;
	const struct walls *walls;
};

/* Into the slot, before the generation says that it is ready. */
void facts_write(struct shared_slot *, const struct config *, const struct facts_found *);

#endif
