/* real_ip - see real_ip.h. */
#include "config.h"

#include "content/real_ip.h"

const struct access_rule *
real_ip_trusted(const struct server_config *s, const struct ip *ip)
{
	for (const struct access_rule *r = s->trusted_proxies; r; r = r->next)
		if (cidr_match(&r->cidr, ip) != -1)
			return r;
	return NULL;
}

/* Nothing, or a port behind a colon. */
static bool
is_port(struct slice text)
{
	uint64_t port;

	return text.len == 0 ||
	       (text.p[0] == ':' && slice_to_number(slice_after(text, 1), 65535, &port));
}

/* An address as proxies write it: alone, or with a port, "192.0.2.1:80", "[2001:db8::1]:80". */
static bool
parse_entry(struct ip *ip, struct slice text)
{
	size_t end = text.len, colon = slice_find(text, ':');

	if (slice_starts(text, SLICE("["))) {
		end = slice_find(text, ']');
		if (end == text.len || !is_port(slice_after(text, end + 1)))
			return false;
		return ip_parse(ip, slice_from(text.p + 1, end - 1));
	}
	if (colon == slice_find_last(text, ':')) /* one colon at most: not IPv6 */
		end = colon;
	return is_port(slice_after(text, end)) && ip_parse(ip, slice_head(text, end));
}

/* Cuts the last element off the end of a list. */
static struct slice
take_last(struct slice *list)
{
	size_t comma = slice_find_last(*list, ',');
	struct slice last = comma < list->len ? slice_after(*list, comma + 1) : *list;

	*list = comma < list->len ? slice_head(*list, comma) : SLICE_NONE;
	return slice_trim(last);
}

/* Follows one line of the field.  False when the client is found, or cannot be followed farther. */
static bool
follow(const struct server_config *s, struct slice list, struct ip *client)
{
	while (list.len > 0) {
		struct slice entry = take_last(&list);
		struct ip before;

		if (entry.len == 0)
			continue; /* RFC 9110 5.6.1: empty elements do not count */
		if (!parse_entry(&before, entry))
			return false;
		*client = before;
		if (!real_ip_trusted(s, client))
			return false;
	}
	return true;
}

struct ip
real_ip_find(const struct server_config *s, const struct ip *peer, const struct request *q,
	     const struct access_rule **trusted)
{
	struct ip client = *peer;

	*trusted = real_ip_trusted(s, peer);
	if (!*trusted)
		return client;
	for (size_t i = q->field_count; i-- > 0;) /* RFC 9110 5.3: several lines are one list */
		if (slice_equal_nocase(q->fields[i].name, s->real_ip_header) &&
		    !follow(s, q->fields[i].value, &client))
			break;
	return client;
}
