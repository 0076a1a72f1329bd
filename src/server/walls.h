/*
 * walls - what still stands between a server that was taken over and the rest of the machine.
 *
 * Behind privileges_drop() and before the first thread: the files it may reach (Landlock), then the
 * system calls it may make (seccomp).  Nothing that was built can be taken down again.  Main
 * thread.
 */
#ifndef SERVER_WALLS_H
#define SERVER_WALLS_H

#include <stdbool.h>

#include "config/config.h"
#include "server/reach.h"

/* For tests, which look at what gets through where one is missing. */
enum {
	WALL_FILES = LANDLOCK_FILES,
	WALL_TCP = LANDLOCK_TCP,
	WALL_OTHERS = LANDLOCK_OTHERS,
	WALL_CALLS = 1 << 3,
	WALL_ALL = LANDLOCK_ALL | WALL_CALLS,
};

struct walls {
	enum sandbox sandbox; /* as it was asked for */
	unsigned built;	      /* WALL_... */
	int abi;	      /* of Landlock */
	int calls;	      /* that are allowed */
	struct reach reach;
	char missing[256]; /* what could not be built, and why; or "" */
};

/*
 * Builds them as `sandbox` says.  alone: no supervisor does what needs more (reach.h).  0, also
 * when the kernel lacks something and `sandbox` is auto; -1 when it is strict: the error log says
 * what.
 */
int walls_build(struct walls *, const struct config *, bool alone);

/* Only those named; for tests.  As walls_build(). */
int walls_build_some(struct walls *, const struct config *, bool alone, unsigned which);

enum { WALLS_TEXT_SIZE = 512 };

/* What is active, in a line of words: for who asks how the server is. */
void walls_words(const struct walls *, char text[WALLS_TEXT_SIZE]);

/* The same into the error log; a warning when something is missing. */
void walls_log(const struct walls *);

#endif
