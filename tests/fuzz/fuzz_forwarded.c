/*
 * Who asks through proxies: each line of the input is one of X-Forwarded-For, read from its end;
 * and addresses and networks by themselves.
 *
 * The client is the last address that is not trusted, or the farthest that can be read; whoever
 * comes from elsewhere is believed nothing.
 */
#include "config.h"

#include <arpa/inet.h>

#include "content/real_ip.h"
#include "lines.h"

static const struct access_rule loopback = {
	.cidr = { CIDR_NETWORK, { IP_V4, { 127 } }, 8 },
};
static const struct access_rule trusted = {
	.next = &loopback,
	.cidr = { CIDR_NETWORK, { IP_V6, { 0x20, 0x01, 0x0d, 0xb8 } }, 32 },
};
static const struct server_config server = {
	.trusted_proxies = &trusted,
	.real_ip_header = { "X-Forwarded-For", 15 },
};

static bool
naive_trusted(const struct ip *ip)
{
	return ip->family == IP_V4
		       ? ip->bytes[0] == 127
		       : ip->family == IP_V6 && memcmp(ip->bytes, "\x20\x01\x0d\xb8", 4) == 0;
}

/* By the book of inet_pton(3).  A port may follow, and IPv6 may be in brackets. */
static bool
naive_parse(struct ip *ip, struct slice text)
{
	char copy[64] = "", *close, *port = NULL;
	unsigned char bytes[16];
	bool six;

	if (text.len >= sizeof copy || memchr(text.p, 0, text.len))
		return false;
	memcpy(copy, text.p, text.len);
	close = copy[0] == '[' ? strchr(copy, ']') : NULL;
	if (copy[0] == '[' && !close)
		return false;
	if (close) {
		port = close[1] ? close + 1 : NULL;
		*close = '\0';
		memmove(copy, copy + 1, strlen(copy));
		if (port && *port != ':')
			return false;
	} else if (strchr(copy, ':') && strchr(copy, ':') == strrchr(copy, ':')) {
		port = strchr(copy, ':');
	}
	if (port) {
		*port++ = '\0';
		if (!*port || strspn(port, "0123456789") != strlen(port) ||
		    strtoul(port, NULL, 10) > 65535)
			return false;
	}
	*ip = (struct ip){ .family = IP_V4 };
	if (inet_pton(AF_INET, copy, ip->bytes) == 1)
		return true;
	six = inet_pton(AF_INET6, copy, bytes) == 1;
	if (six && memcmp(bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0) {
		memcpy(ip->bytes, bytes + 12, 4);
	} else if (six) {
		ip->family = IP_V6;
		memcpy(ip->bytes, bytes, 16);
	}
	return six;
}

/* Backwards over all elements of all lines. */
static struct ip
naive_find(const struct lines *l, struct ip client)
{
	for (size_t i = l->request.field_count; i-- > 0;) {
		struct slice value = l->fields[i].value;
		size_t end = value.len;

		for (size_t at = value.len + 1; at-- > 0;) {
			struct slice one;
			struct ip ip;

			if (at > 0 && value.p[at - 1] != ',')
				continue;
			one = slice_trim(slice_from(value.p + at, end - at));
			end = at > 0 ? at - 1 : 0;
			if (one.len == 0)
				continue;
			if (!naive_trusted(&client) || !naive_parse(&ip, one))
				return client;
			client = ip;
		}
	}
	return client;
}

static void
check_network(struct slice text)
{
	char out[ADDRESS_TEXT_SIZE];
	struct cidr c;
	struct ip ip, again;

	if (ip_parse(&ip, text)) {
		require(ip_parse(&again, slice_from(out, ip_format(&ip, out))));
		require(ip_equal(&ip, &again));
	}
	if (cidr_parse(&c, text) || c.kind != CIDR_NETWORK)
		return;
	require(c.prefix <= (c.network.family == IP_V4 ? 32u : 128u));
	require(cidr_match(&c, &c.network) == (int)c.prefix + 1);
	for (unsigned bit = 0; bit < (c.network.family == IP_V4 ? 32u : 128u); bit++) {
		struct ip other = c.network;

		other.bytes[bit / 8] ^= (unsigned char)(0x80 >> bit % 8);
		require((cidr_match(&c, &other) != -1) == (bit >= c.prefix));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ip peers[] = { { IP_V4, { 127, 0, 0, 1 } }, { IP_V4, { 192, 0, 2, 1 } } };
	struct slice input = fuzz_slice(data, size), line;
	char *copy = fuzz_copy(input);
	struct lines l;

	input.p = copy;
	check_network(input);
	lines_init(&l);
	while (lines_next(&input, &line))
		if (!lines_add(&l, FIELD_OTHER, SLICE("x-forwarded-for"), line))
			goto out;
	for (size_t i = 0; i < 2; i++) {
		const struct access_rule *rule;
		struct ip client = real_ip_find(&server, &peers[i], &l.request, &rule);
		struct ip naive = naive_find(&l, peers[i]);

		require((rule != NULL) == naive_trusted(&peers[i]));
		require(ip_equal(&client, &naive));
	}
out:
	free(copy);
	return 0;
}
