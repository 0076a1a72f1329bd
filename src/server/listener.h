/*
 * listener - listening sockets.
 *
 * Any thread.
 */
#ifndef SERVER_LISTENER_H
#define SERVER_LISTENER_H

#include "base/address.h"

/*
 * A listening, non-blocking socket for the address.  A stale unix socket is replaced, one that
 * answers is not.  Over TCP it lets in who has sent something, or has been silent for a second.
 * -1 with errno, EEXIST where something lies that is no socket.  The caller owns it.
 */
int listener_open(const struct address *, unsigned backlog);

/* The same for a unix socket that only its owner, and root, may speak to. */
int listener_open_private(const struct address *, unsigned backlog);

/*
 * A socket that does not listen yet, where others listen on addresses that cover this one or that
 * it covers: each of them has to be shared meanwhile, as this one is.  -1 with errno; the caller
 * owns it.
 */
int listener_bind_beside(const struct address *);

/*
 * Whether a socket of this very user may be bound beside that one, as far as both are shared.  When
 * they are not any more, the kernel may still let in one of that user that asks to be shared.
 */
void listener_share(int fd, bool shared);

/* No new connection begins there; those whose handshake is under way can be accepted still.  Who
 * begins one tries again in a second, and comes to whoever listens then. */
void listener_begin_none(int fd);

/* Gives a socket that somebody else opened what listener_open() gives its own. */
void listener_adopt(int fd);

/* The address a socket is really bound to: the port that 0 became.  0, or -1 with errno. */
int listener_address(int fd, struct address *);

/* Is the socket bound to what the listen line asks for? */
bool listener_matches(const struct address *bound, const struct address *wanted);

/* What to say to the administrator about a socket that could not be opened, with the remedy. */
const char *listener_explain(int error);

#endif
