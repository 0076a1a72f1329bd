/* address - see address.h. */
#include "config.h"

#include "base/address.h"

#include <arpa/inet.h>
#include <stdio.h>

static const struct slice unix_prefix = { "unix:", 5 };

static const char *
parse_port(in_port_t *port, struct slice text)
{
	uint64_t n;

	if (!slice_to_number(text, 65535, &n))
		return "a port is a number from 0 to 65535";
	*port = htons((uint16_t)n);
	return NULL;
}

static const char *
parse_dual(struct address *a, struct slice text)
{
	a->v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_addr = in6addr_any };
	a->len = sizeof a->v6;
	a->dual = true;
	return parse_port(&a->v6.sin6_port, text);
}

static const char *
parse_unix(struct address *a, struct slice path)
{
	if (path.len == 0 || path.p[0] != '/')
		return "a unix socket has an absolute path, as in unix:/run/site.sock";
	if (path.len >= sizeof a->local.sun_path)
		return "the path of a unix socket has at most 107 bytes";
	a->local = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(a->local.sun_path, path.p, path.len);
	a->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.len + 1);
	return NULL;
}

/* inet_pton() wants a NUL. */
static bool
parse_number(int family, struct slice text, void *out)
{
	char copy[INET6_ADDRSTRLEN];

	if (text.len >= sizeof copy)
		return false;
	if (text.len > 0)
		memcpy(copy, text.p, text.len);
	copy[text.len] = '\0';
	return inet_pton(family, copy, out) == 1;
}

static const char *
parse_v6(struct address *a, struct slice text)
{
	size_t end = slice_find(text, ']');
	struct slice behind = slice_after(text, end + 1);

	a->v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6 };
	a->len = sizeof a->v6;
	if (end == text.len ||
	    !parse_number(AF_INET6, slice_from(text.p + 1, end - 1), &a->v6.sin6_addr))
		return "between the brackets stands an IPv6 address, as in [::1]:80";
	if (behind.len == 0 || behind.p[0] != ':')
		return "an address needs a port, as in [::1]:80";
	return parse_port(&a->v6.sin6_port, slice_after(behind, 1));
}

static const char *
parse_v4(struct address *a, struct slice text)
{
	size_t colon = slice_find(text, ':');
	struct slice host = slice_head(text, colon);

	if (slice_find_last(text, ':') != colon)
		return "an IPv6 address stands in brackets, as in [::1]:80";
	if (slice_equal(host, SLICE("*")))
		return "for every address write the port alone";
	a->v4 = (struct sockaddr_in){ .sin_family = AF_INET };
	a->len = sizeof a->v4;
	if (!parse_number(AF_INET, host, &a->v4.sin_addr))
		return "this is no address (names are not looked up): write a port, address:port, "
		       "[v6]:port or unix:/path";
	if (colon == text.len)
		return "an address needs a port, as in 127.0.0.1:80";
	return parse_port(&a->v4.sin_port, slice_after(text, colon + 1));
}

static bool
is_number(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	return text.len > 0;
}

const char *
address_parse(struct address *a, struct slice text)
{
	memset(a, 0, sizeof *a);
	if (is_number(text))
		return parse_dual(a, text);
	if (slice_starts(text, unix_prefix))
		return parse_unix(a, slice_after(text, unix_prefix.len));
	if (slice_starts(text, SLICE("[")))
		return parse_v6(a, text);
	return parse_v4(a, text);
}

/* The IPv4 address, also one that came over an IPv6 socket, or NULL. */
static const void *
as_v4(const struct address *a)
{
	if (a->any.sa_family == AF_INET)
		return &a->v4.sin_addr;
	if (a->any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr))
		return &a->v6.sin6_addr.s6_addr[12];
	return NULL;
}

/* A peer of a unix socket mostly has no name; an abstract one begins with NUL and is shown without.
 */
static size_t
format_unix(const struct address *a, char out[ADDRESS_TEXT_SIZE])
{
	size_t offset = offsetof(struct sockaddr_un, sun_path);
	size_t cap = a->len > offset ? a->len - offset : 0;

	return (size_t)snprintf(out, ADDRESS_TEXT_SIZE, "unix:%.*s",
				(int)strnlen(a->local.sun_path, cap), a->local.sun_path);
}

size_t
address_format_host(const struct address *a, char out[ADDRESS_TEXT_SIZE])
{
	const void *v4 = as_v4(a);

	out[0] = '\0';
	if (v4)
		inet_ntop(AF_INET, v4, out, ADDRESS_TEXT_SIZE);
	else if (a->any.sa_family == AF_INET6)
		inet_ntop(AF_INET6, &a->v6.sin6_addr, out, ADDRESS_TEXT_SIZE);
	else
		return (size_t)snprintf(out, ADDRESS_TEXT_SIZE, "unix:");
	return strlen(out);
}

size_t
address_format(const struct address *a, char out[ADDRESS_TEXT_SIZE])
{
	char host[INET6_ADDRSTRLEN];

	if (as_v4(a)) {
		inet_ntop(AF_INET, as_v4(a), host, sizeof host);
		return (size_t)snprintf(out, ADDRESS_TEXT_SIZE, "%s:%u", host, address_port(a));
	}
	if (a->any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &a->v6.sin6_addr, host, sizeof host);
		return (size_t)snprintf(out, ADDRESS_TEXT_SIZE, "[%s]:%u", host, address_port(a));
	}
	return format_unix(a, out);
}

unsigned
address_port(const struct address *a)
{
	switch (a->any.sa_family) {
	case AF_INET:
		return ntohs(a->v4.sin_port);
	case AF_INET6:
		return ntohs(a->v6.sin6_port);
	default:
		return 0;
	}
}

bool
address_equal(const struct address *a, const struct address *b)
{
	if (a->any.sa_family != b->any.sa_family || address_port(a) != address_port(b))
		return false;
	switch (a->any.sa_family) {
	case AF_INET:
		return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
	case AF_INET6:
		return memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof a->v6.sin6_addr) == 0;
	default:
		return a->len == b->len && memcmp(&a->local, &b->local, a->len) == 0;
	}
}

bool
address_is_any(const struct address *a)
{
	switch (a->any.sa_family) {
	case AF_INET:
		return a->v4.sin_addr.s_addr == INADDR_ANY;
	case AF_INET6:
		return IN6_IS_ADDR_UNSPECIFIED(&a->v6.sin6_addr);
	default:
		return false;
	}
}

bool
address_covers(const struct address *a, const struct address *b)
{
	if (!address_is_any(a) || b->any.sa_family == AF_UNIX)
		return address_equal(a, b);
	return address_port(a) == address_port(b) &&
	       (a->dual || a->any.sa_family == b->any.sa_family);
}
