/*
 * holder_ways - the two ways of a holder.
 *
 * Private to the files holder*.c.  Main thread.
 */
#ifndef SERVER_HOLDER_WAYS_H
#define SERVER_HOLDER_WAYS_H

#include "server/holder.h"

enum { HOLDER_WORDS = 512 };

/* As the functions of holder.h, which call them. */
struct holder_ways {
	int (*listener)(struct holder *, const struct address *, unsigned backlog);
	void (*close_listener)(struct holder *, int fd);
	int (*log)(struct holder *, const char *path, uid_t owner, enum holder_log_kind);
	void (*standard)(struct holder *, enum holder_log_kind); /* a standard stream is used; or
								    NULL */
	int (*pidfile)(struct holder *, const char *path, pid_t *other);
	int (*control)(struct holder *, const char *path); /* NULL = there is none */
	bool (*next_unclaimed)(struct holder *, size_t *at, struct address *);
	void (*free)(struct holder *);
};

struct holder {
	const struct holder_ways *ways;
	char words[HOLDER_WORDS]; /* of the last failure; or "" */
};

#endif
