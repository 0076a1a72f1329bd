/*
 * per_ip - how many connections each address has, for max_connections_per_ip.
 *
 * The acceptor counts a connection in; whoever ends it counts it out.  Memory is of a fixed size.
 */
#ifndef SERVER_PER_IP_H
#define SERVER_PER_IP_H

#include <stddef.h>

#include "base/cidr.h"

struct per_ip;
struct per_ip_entry;

/* At most `limit` for each address, with room for so many connections.  NULL with errno ENOMEM. */
struct per_ip *per_ip_new(unsigned limit, size_t connections);

/* All its connections have ended, or their sockets were closed.  NULL is allowed. */
void per_ip_free(struct per_ip *);

/*
 * Acceptor only.  False when the address has as many as it may.  On true *entry is what the
 * connection must give back at its end; NULL where nothing was counted: for a unix socket, and when
 * there is no room.  Of IPv6 addresses the first 64 bits count.
 */
bool per_ip_take(struct per_ip *, const struct ip *, struct per_ip_entry **entry);

/* Any thread.  NULL is allowed. */
void per_ip_give(struct per_ip_entry *);

#endif
