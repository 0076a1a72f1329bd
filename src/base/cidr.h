/*
 * cidr - addresses of clients without their ports, and the networks they belong to.
 *
 * An IPv4 address that came over an IPv6 socket is an IPv4 address here, so that one list speaks of
 * both.  A client of a unix socket has none (IP_NONE).  Pure; any thread.
 */
#ifndef BASE_CIDR_H
#define BASE_CIDR_H

#include "base/address.h"

enum ip_family { IP_NONE, IP_V4, IP_V6 };

struct ip {
	enum ip_family family;
	unsigned char bytes[16]; /* in network order; IPv4 has four of them, the others are 0 */
};

enum cidr_kind { CIDR_NETWORK, CIDR_ALL, CIDR_UNIX };

struct cidr {
	enum cidr_kind kind;
	struct ip network;
	unsigned prefix; /* bits */
};

/* The address in a socket address. */
struct ip ip_of_address(const struct address *);

/* "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1".  False when it is none. */
bool ip_parse(struct ip *, struct slice text);

/* "unix:" for IP_NONE.  Returns its length. */
size_t ip_format(const struct ip *, char out[ADDRESS_TEXT_SIZE]);

bool ip_equal(const struct ip *, const struct ip *);

/*
 * An address, address/prefix, `all`, or `unix` for the clients of unix sockets.  NULL, or the words
 * for the user.
 */
const char *cidr_parse(struct cidr *, struct slice text);

/*
 * How closely the network fits the address: the larger, the closer; 0 for `all`, -1 when the
 * address is not in it.  Of IPv4 and IPv6 neither is ever in a network of the other.
 */
int cidr_match(const struct cidr *, const struct ip *);

#endif
