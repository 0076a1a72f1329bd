/*
 * real_ip - whose request it is, where proxies stand in between.
 *
 * Pure; any thread.
 */
#ifndef CONTENT_REAL_IP_H
#define CONTENT_REAL_IP_H

#include "config/config.h"
#include "http/request.h"

/*
 * The address of the client: the peer's own, unless `trusted_proxies` has it.  Then real_ip_header
 * is read from its end, as each proxy adds the address it was asked from: the first one that is not
 * trusted is the client's.  What is malformed ends the list, so that nobody is taken for somebody
 * else.  *trusted is the rule that the peer fits, or NULL.
 */
struct ip real_ip_find(const struct server_config *, const struct ip *peer, const struct request *,
		       const struct access_rule **trusted);

/* The rule of trusted_proxies that the address fits, or NULL. */
const struct access_rule *real_ip_trusted(const struct server_config *, const struct ip *);

#endif
