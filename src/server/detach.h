/*
 * detach - leaving the terminal, without leaving it in the dark.
 *
 * The parent waits until the server is ready or has failed and reports that by its exit status;
 * until then messages go to the terminal.  Main thread, before any other exists.
 */
#ifndef SERVER_DETACH_H
#define SERVER_DETACH_H

#include <stdbool.h>

struct detach {
	int fd;	  /* child: tells the parent; -1 = not detached */
	int null; /* /dev/null, which a sandbox may put out of reach */
	bool parent;
};

#define DETACH_NONE ((struct detach){ .fd = -1, .null = -1 })

/*
 * Forks.  In the child 0 at once.  In the parent 0 when the child is ready or has ended, with
 * parent set and *status what the parent should exit with.  -1 with errno when there was no fork.
 */
int detach_fork(struct detach *, int *status);

/* A process that is a child's own and detaches with it: gets hold of /dev/null. */
void detach_open(struct detach *);

/* Child: ready.  Standard streams lead to /dev/null from here on.  Harmless when not detached. */
void detach_ready(struct detach *);

#endif
