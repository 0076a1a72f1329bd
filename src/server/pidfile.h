/*
 * pidfile - the process id in a file, and proof that it is ours.
 *
 * The file is locked as long as the server runs, so a stale one, an empty one or
 * one with garbage is simply taken over.  Main thread.
 */
#ifndef SERVER_PIDFILE_H
#define SERVER_PIDFILE_H

#include <sys/types.h>

struct pidfile {
	const char *path; /* not owned */
	int fd;		  /* -1 = none */
};

#define PIDFILE_NONE ((struct pidfile){ .path = 0, .fd = -1 })

/* Locks the file and writes our id.  0; -1 with errno, EWOULDBLOCK when *holder, a running server,
 * has it. */
int pidfile_open(struct pidfile *, const char *path, pid_t *holder);

/* Removes the file, or empties it where the directory no longer allows that. */
void pidfile_close(struct pidfile *);

#endif
