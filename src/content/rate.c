/* rate - see rate.h. */
#include "config.h"

#include "content/rate.h"

#include "base/hash.h"

/* Each line of the configuration has buckets of its own. */
static uint64_t
key_of(const struct set_limit_requests *limit, const struct ip *client)
{
	struct {
		uint64_t index;
		uint32_t family;
		unsigned char network[8];
		uint32_t unused; /* no bytes that nobody set */
	} who = { .index = limit->index, .family = client->family };
	uint64_t key;

	memcpy(who.network, client->bytes, sizeof who.network);
	key = hash_bytes(slice_from((const char *)&who, sizeof who));
	return key ? key : 1; /* 0 is the key of buckets that are not used */
}

uint64_t
rate_take(struct buckets *b, const struct set_limit_requests *limit, const struct ip *client,
	  int64_t now_ms)
{
	struct bucket_size size = { .tokens = limit->burst };
	uint64_t wait;

	/* rounded up: never more than was said */
	size.interval_us = (limit->period_ms * 1000 + limit->number - 1) / limit->number;
	wait = buckets_take(b, key_of(limit, client), &size, (uint64_t)now_ms * 1000);
	return (wait + 999999) / 1000000;
}
