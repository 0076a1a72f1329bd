/*
 * supervisor - the process that stays, while generations of the server come and go.
 *
 * It holds what must outlive them: listening sockets, log files, the pid file, and what the last
 * generation had read.  It starts each generation as a program of its own, by absolute path, so
 * what lies there is what runs next; tells the old one to drain once the new one is ready;
 * starts one that crashed again.  It never reads the configuration, and what it is told comes in
 * messages of fixed size (message.h).  Single-threaded.
 */
#ifndef SERVER_SUPERVISOR_H
#define SERVER_SUPERVISOR_H

#include "server/detach.h"

struct supervisor_options {
	const char *config_path;
	bool succeeds;	       /* takes the place of another program in this process */
	struct detach *detach; /* told when the first generation is ready */
};

/* Runs until it is told to stop.  The exit status, as tinyhttpd(8) lists them. */
int supervisor_run(const struct supervisor_options *);

#endif
