/*
 * holder - where a generation of the server gets its listening sockets and log files.
 *
 * The only way it gets them, so that who holds them can change without it: today the process
 * opens them itself or finds them passed in by a service manager (LISTEN_FDS).  Used by
 * the main thread.
 */
#ifndef SERVER_HOLDER_H
#define SERVER_HOLDER_H

#include "base/address.h"

struct holder;

/* Takes over the sockets of LISTEN_FDS, if there are any.  NULL with errno ENOMEM. */
struct holder *holder_new(void);

/* Closes what nobody asked for.  NULL is allowed. */
void holder_free(struct holder *);

/* The listening, non-blocking socket for an address, which the caller then owns.  -1 with errno. */
int holder_listener(struct holder *, const struct address *, unsigned backlog);

/*
 * Closes such a socket; the file of a unix socket goes with it when it was made here and not by a
 * service manager.  -1 is allowed.
 */
void holder_close_listener(struct holder *, int fd);

/* A log file, opened for append; "" is standard output, which is never waited for.  Root follows no
 * symbolic link that somebody else made (ELOOP).  The caller owns it.  -1 with errno. */
int holder_log(struct holder *, const char *path);

/* Standard error once more, to be written to without waiting; -1 when it needs or has no such. */
int holder_standard_error(struct holder *);

/* Visits the passed sockets that nobody asked for: start with *at = 0; false at the end. */
bool holder_next_unclaimed(const struct holder *, size_t *at, struct address *);

#endif
