/*
 * privileges - giving up root, for good.
 *
 * Main thread, before any other exists.
 */
#ifndef SERVER_PRIVILEGES_H
#define SERVER_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/slice.h"

struct privileges {
	bool drop; /* we are root and shall not stay it */
	uid_t uid;
	gid_t gid;
	char user[64];
};

/*
 * Works out who to become.  NULL, or the words for the administrator.  Empty user as root is
 * refused: serving as root must be asked for. *warning, if set, is worth a line: `user` has no
 * effect unless root starts the server.
 */
const char *privileges_resolve(struct privileges *, struct slice user, struct slice group,
			       const char **warning);

/*
 * Drops groups, gid, uid and all capabilities and proves that they do not come back.  Who stays
 * root keeps one capability: to read files and to write logs, whoever owns them.  0, or -1 with
 * errno.
 */
int privileges_drop(const struct privileges *);

#endif
