/*
 * address - socket addresses as text and back.
 *
 * The one place that knows how an address is written: "80", "127.0.0.1:80", "[::1]:80",
 * "unix:/run/x.sock".  No look-ups: names of hosts are not addresses.  Pure; any thread.
 */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/slice.h"

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un local;
	};
	socklen_t len;
	bool dual; /* a bare port: one IPv6 socket that takes IPv4 as well, or IPv4 where IPv6 is
		      off */
};

enum { ADDRESS_TEXT_SIZE = 128 }; /* room for any text of address_format(), with its NUL */

/* port | address:port | [v6]:port | unix:/path.  NULL, or the words for the user. */
const char *address_parse(struct address *, struct slice text);

/* The text that address_parse() takes; a dual one gives "[::]:80".  IPv4 in IPv6 is shown as IPv4.
 * Returns its length. */
size_t address_format(const struct address *, char out[ADDRESS_TEXT_SIZE]);

/* The address alone, without port, as the access log shows it: "192.0.2.1", "2001:db8::1", "unix:".
 * Returns its length. */
size_t address_format_host(const struct address *, char out[ADDRESS_TEXT_SIZE]);

/* 0 for unix sockets. */
unsigned address_port(const struct address *);

/* Same family, address and port? */
bool address_equal(const struct address *, const struct address *);

/* 0.0.0.0, [::], or a bare port? */
bool address_is_any(const struct address *);

/* Does a socket bound to the first take what comes for the second?  Then no other can be bound to
 * that. */
bool address_covers(const struct address *, const struct address *);

#endif
