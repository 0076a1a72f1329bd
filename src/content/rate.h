/*
 * rate - `limit_requests`: how often an address may ask.
 *
 * Any thread.
 */
#ifndef CONTENT_RATE_H
#define CONTENT_RATE_H

#include "base/buckets.h"
#include "base/cidr.h"
#include "config/settings.h"

/*
 * Counts a request of the client against the limit.  0 when it is within, else the seconds until
 * the next one is.  Of IPv6 addresses the first 64 bits count, as one customer has all the others;
 * the clients of unix sockets count as one.
 */
uint64_t rate_take(struct buckets *, const struct set_limit_requests *, const struct ip *client,
		   int64_t now_ms);

#endif
