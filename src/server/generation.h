/*
 * generation - one life of the server: from an accepted configuration to the last connection.
 *
 * Obtains sockets and logs, gives up privileges, starts the pool, accepts until it is told to
 * stop, drains.  Main thread.
 */
#ifndef SERVER_GENERATION_H
#define SERVER_GENERATION_H

#include "config/config.h"

struct channel;

/* Exit statuses, as tinyhttpd(8) lists them. */
enum generation_end {
	GENERATION_STOPPED = 0, /* everything was served */
	GENERATION_FAILED = 1,	/* could not start; the reason is in the error log */
	GENERATION_CUT = 3,	/* grace ran out, or a second signal came: connections were cut */
};

struct generation_options {
	/* Called once connections are accepted, with the addresses: "127.0.0.1:8080 [::1]:8080". */
	void (*ready)(void *arg, const char *addresses);
	void *arg;
	struct channel *channel; /* to the supervisor; NULL = there is none */
	int image_fd;		 /* what the configuration was read from, for the supervisor */
	const char *changes;	 /* lines for the error log once all has gone well; or NULL */
};

enum generation_end generation_run(const struct config *, const struct generation_options *);

#endif
