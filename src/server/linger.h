/*
 * linger - the last driver of a connection whose end the client has not asked for (RFC 9112 9.6).
 *
 * What was sent is followed by a half-close, and what the client still sends is read and thrown
 * away: a socket that is closed with bytes unread resets the connection, and the reset may overtake
 * the answer.  Ends with the client's end, or after a while.  Belongs to the connection's worker.
 */
#ifndef SERVER_LINGER_H
#define SERVER_LINGER_H

#include "server/conn.h"

/*
 * Everything has been sent.  The driver so far is detached, and this one takes over.  late: the
 * client had its time already.  The reason is that of the end.
 */
enum step linger_begin(struct conn *, bool late, enum close_reason);

#endif
