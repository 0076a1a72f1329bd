/* cidr - see cidr.h. */
#include "config.h"

#include "base/cidr.h"

#include <arpa/inet.h>
#include <stdio.h>

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

static unsigned
bits_of(enum ip_family family)
{
	return family == IP_V4 ? 32 : 128;
}

static struct ip
from_v6(const unsigned char bytes[16])
{
	struct ip ip = { .family = IP_V6 };

	if (memcmp(bytes, mapped, sizeof mapped) == 0) {
		ip.family = IP_V4;
		memcpy(ip.bytes, bytes + sizeof mapped, 4);
	} else {
		memcpy(ip.bytes, bytes, 16);
	}
	return ip;
}

struct ip
ip_of_address(const struct address *a)
{
	struct ip ip = { .family = IP_NONE };

	if (a->any.sa_family == AF_INET6)
		return from_v6(a->v6.sin6_addr.s6_addr);
	if (a->any.sa_family == AF_INET) {
		ip.family = IP_V4;
		memcpy(ip.bytes, &a->v4.sin_addr, 4);
	}
	return ip;
}

bool
ip_parse(struct ip *ip, struct slice text)
{
	char copy[INET6_ADDRSTRLEN];
	unsigned char bytes[16];

	*ip = (struct ip){ .family = IP_NONE };
	if (text.len == 0 || text.len >= sizeof copy || memchr(text.p, '\0', text.len))
		return false;
	memcpy(copy, text.p, text.len);
	copy[text.len] = '\0';
	if (inet_pton(AF_INET, copy, ip->bytes) == 1) {
		ip->family = IP_V4;
		return true;
	}
	if (inet_pton(AF_INET6, copy, bytes) != 1)
		return false;
	*ip = from_v6(bytes);
	return true;
}

/* As inet_ntop(3), which goes the long way of printf(3): this is written into each line of a log.
 */
static size_t
format_v4(const unsigned char bytes[4], char *out)
{
	char *at = out;

	for (int i = 0; i < 4; i++) {
		unsigned n = bytes[i];

		if (i > 0)
			*at++ = '.';
		if (n >= 100)
			*at++ = (char)('0' + n / 100);
		if (n >= 10)
			*at++ = (char)('0' + n / 10 % 10);
		*at++ = (char)('0' + n % 10);
	}
	*at = '\0';
	return (size_t)(at - out);
}

size_t
ip_format(const struct ip *ip, char out[ADDRESS_TEXT_SIZE])
{
	if (ip->family == IP_NONE)
		return (size_t)snprintf(out, ADDRESS_TEXT_SIZE, "unix:");
	if (ip->family == IP_V4)
		return format_v4(ip->bytes, out);
	out[0] = '\0';
	inet_ntop(AF_INET6, ip->bytes, out, ADDRESS_TEXT_SIZE);
	return strlen(out);
}

bool
ip_equal(const struct ip *a, const struct ip *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* Are the first bits of both the same? */
static bool
same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned rest = bits % 8, whole = bits / 8;

	return memcmp(a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

/* A network has no bits behind its prefix: 10.0.0.1/8 is a slip of the pen. */
static bool
has_bits_behind(const struct cidr *c)
{
	struct ip clean = { .family = c->network.family };

	memcpy(clean.bytes, c->network.bytes, (c->prefix + 7) / 8);
	if (c->prefix % 8 != 0)
		clean.bytes[c->prefix / 8] &= (unsigned char)(0xff << (8 - c->prefix % 8));
	return !ip_equal(&clean, &c->network);
}

const char *
cidr_parse(struct cidr *c, struct slice text)
{
	size_t slash = slice_find(text, '/');
	struct slice address = slice_head(text, slash);
	bool as_v6 = slice_find(address, ':') < address.len; /* as it is written */
	unsigned most = as_v6 ? 128 : 32;
	uint64_t prefix = most;

	*c = (struct cidr){ .kind = CIDR_NETWORK };
	if (slice_equal_nocase(text, SLICE("all"))) {
		c->kind = CIDR_ALL;
		return NULL;
	}
	if (slice_equal_nocase(text, SLICE("unix"))) {
		c->kind = CIDR_UNIX;
		return NULL;
	}
	if (!ip_parse(&c->network, address))
		return "this is no address or network, like 192.0.2.1, 192.0.2.0/24 or "
		       "2001:db8::/32";
	if (slash < text.len && !slice_to_number(slice_after(text, slash + 1), most, &prefix))
		return as_v6 ? "behind the '/' stands a number from 0 to 128"
			     : "behind the '/' stands a number from 0 to 32";
	if (as_v6 && c->network.family == IP_V4) {
		if (prefix < 96)
			return "IPv4 addresses are written as such, like 192.0.2.0/24";
		prefix -= 96;
	}
	c->prefix = (unsigned)prefix;
	if (has_bits_behind(c))
		return "the address has bits behind the prefix: write the network, like "
		       "192.0.2.0/24, or the address alone";
	return NULL;
}

int
cidr_match(const struct cidr *c, const struct ip *ip)
{
	if (c->kind == CIDR_ALL)
		return 0;
	if (c->kind == CIDR_UNIX)
		return ip->family == IP_NONE ? (int)bits_of(IP_V6) + 1 : -1;
	if (ip->family != c->network.family || !same_bits(ip->bytes, c->network.bytes, c->prefix))
		return -1;
	return (int)c->prefix + 1;
}
