/*
 * buckets - token buckets for very many keys in memory of a fixed size, shared by threads.
 *
 * A bucket holds some tokens and is full at first; each take() uses one, and they come back one by
 * one.  Which keys there are is nobody's business: a bucket that is full again is forgotten.
 * Any thread.
 */
#ifndef BASE_BUCKETS_H
#define BASE_BUCKETS_H

#include <stdbool.h>
#include <stdint.h>

struct bucket_size {
	uint64_t interval_us; /* until a token is back */
	uint64_t tokens;      /* when full; interval_us * tokens must stay below 2^62 */
};

struct buckets;

/* Room for some 57000 buckets, in a megabyte.  NULL with errno ENOMEM. */
struct buckets *buckets_new(void);

/* Nobody may use it any more.  NULL is allowed. */
void buckets_free(struct buckets *);

/*
 * Takes a token out of the bucket of that key, which should be a good hash.  0, or after how many
 * microseconds there will be one.  now_us is monotonic; threads may be a little apart.
 */
uint64_t buckets_take(struct buckets *, uint64_t key, const struct bucket_size *, uint64_t now_us);

#endif
