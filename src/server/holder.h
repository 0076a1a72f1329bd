/*
 * holder - where a generation of the server gets its listening sockets, log files and pid file.
 *
 * The only way it gets them, so it is the same whether the process opens them itself, or finds
 * sockets passed in by a service manager (LISTEN_FDS), or asks the supervisor, which holds them for
 * all generations.  Main thread.
 */
#ifndef SERVER_HOLDER_H
#define SERVER_HOLDER_H

#include <sys/types.h>

#include "base/address.h"

struct holder;

enum holder_log_kind { HOLDER_ACCESS_LOG, HOLDER_ERROR_LOG };

#define HOLDER_NO_OWNER ((uid_t)-1)

/* Opens everything itself; takes over the sockets of LISTEN_FDS, if there are any.  NULL with errno
 * ENOMEM. */
struct holder *holder_new(void);

/* As holder_new(), in a program that took the place of another to which `passed` sockets were
 * passed, all of which were given out. */
struct holder *holder_new_heir(unsigned passed);

/* How many sockets were passed in. */
unsigned holder_passed(const struct holder *);

/* Asks the supervisor at the other end of a channel, which stays the caller's.  NULL with errno
 * ENOMEM. */
struct holder *holder_new_asking(int channel);

/* Closes what nobody asked for, and removes the pid file that was made here.  NULL is allowed. */
void holder_free(struct holder *);

/* The listening, non-blocking socket for an address, which the caller then owns.  -1 with errno. */
int holder_listener(struct holder *, const struct address *, unsigned backlog);

/*
 * Closes such a socket; the file of a unix socket goes with it when it was made here and not by a
 * service manager or a supervisor.  -1 is allowed.
 */
void holder_close_listener(struct holder *, int fd);

/*
 * A log file, opened for append, which belongs to the owner when root just made it.  "" is a
 * standard stream, once more, which is never waited for; of standard error -1 when it needs or has
 * no such.  Root follows no symbolic link that somebody else made, on the way neither (ELOOP).  The
 * caller owns it.  -1 with errno.
 */
int holder_log(struct holder *, const char *path, uid_t owner, enum holder_log_kind);

/* The pid file, held until holder_free() or by the supervisor.  0; -1 with errno, EWOULDBLOCK when
 * *other, a running server, has it. */
int holder_pidfile(struct holder *, const char *path, pid_t *other);

/*
 * Asks for the control socket to be at that path; "" = nowhere.  0, or -1 with errno as
 * control_open().  Who has no supervisor has none, and that is no failure.
 */
int holder_control(struct holder *, const char *path);

/* Visits the passed sockets that nobody asked for: start with *at = 0; false at the end. */
bool holder_next_unclaimed(struct holder *, size_t *at, struct address *);

/* What there is to say of the last failure besides its errno, or "".  Until the next call. */
const char *holder_words(const struct holder *);

#endif
