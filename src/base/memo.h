/*
 * memo - what was found out at some cost, remembered in memory of a fixed size, shared by threads.
 *
 * A key leads to a small value until its time is over or its place is needed for another.  Which
 * keys there are is nobody's business: whatever is forgotten can be found out again.  Any thread.
 */
#ifndef BASE_MEMO_H
#define BASE_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Compared as a whole: words that are not needed are 0. */
struct memo_key {
	uint64_t word[6];
};

enum { MEMO_VALUE_SIZE = 16 };

struct memo;

/* Room for that many, a power of two times four.  NULL with errno ENOMEM. */
struct memo *memo_new(size_t sets);

/* Nobody may use it any more.  NULL is allowed. */
void memo_free(struct memo *);

/* True when the key is known at that time (monotonic); its value is copied. */
bool memo_get(struct memo *, const struct memo_key *, int64_t now_ms,
	      unsigned char value[MEMO_VALUE_SIZE]);

/* Remembers the value, or the new one, until that time. */
void memo_put(struct memo *, const struct memo_key *, int64_t until_ms,
	      const unsigned char value[MEMO_VALUE_SIZE]);

#endif
