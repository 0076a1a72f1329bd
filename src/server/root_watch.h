/*
 * root_watch - sees when a document root has become another folder, which the walls keep away.
 *
 * Landlock's rules are about the folders that were there when the walls were built.  A root that
 * was replaced, or mounted anew, stays out of reach of this generation for good; another one can
 * serve it.  So a thread of its own looks at each root a few times a second, whether anybody asks
 * for it or not, and asks the supervisor for a generation that takes over.  What it looks at may
 * hang, like a network's file system, and nobody waits for that.
 */
#ifndef SERVER_ROOT_WATCH_H
#define SERVER_ROOT_WATCH_H

#include "config/config.h"

enum { ROOT_WATCH_DESCRIPTORS = 2 }; /* besides one a root it has so many open at most */

struct root_watch;

/*
 * Starts the thread.  channel: to the supervisor, stays the caller's, and open until
 * root_watch_stop(); -1 = there is none, and it can only say what it sees.
 * Behind the walls.  NULL with errno.
 */
struct root_watch *root_watch_start(const struct config *, int channel);

/* It asks no more, and looks no more, soon; does not wait for that.  Main thread; again is
 * harmless. NULL is allowed. */
void root_watch_stop(struct root_watch *);

/* Stops it, waits for it, and frees it; one that hangs is left to itself after a second, until the
 * process ends.  NULL is allowed. */
void root_watch_free(struct root_watch *);

#endif
