/*
 * reach - the paths that a server needs for as long as it runs.
 *
 * All else was read or opened before.  Main thread, once, when the process is the user it stays.
 */
#ifndef SERVER_REACH_H
#define SERVER_REACH_H

#include <stdbool.h>

#include "config/config.h"
#include "server/landlock.h"

struct reach {
	unsigned readable, writable; /* places that were allowed */
	bool everything;	     /* a root is / : all there is can be read */
};

/*
 * Allows what the configuration needs.  alone: nobody else opens the logs anew and takes away the
 * pid file and unix sockets, so their folders are needed too.  What is missing is said in the error
 * log and left out.
 */
void reach_allow(struct reach *, struct landlock *, const struct config *, bool alone);

#endif
