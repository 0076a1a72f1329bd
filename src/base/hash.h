/*
 * hash - short keys to table slots.
 *
 * SipHash-1-3 keyed once per process from getrandom(2), so that a client who chooses the keys
 * cannot choose the slots.  Any thread once hash_seed() was called; without it the key is zero.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/slice.h"

/* Draws the key.  At start, before any table is filled and any thread exists. */
void hash_seed(void);

uint64_t hash_bytes(struct slice);

/* The same for keys that compare equal under slice_equal_nocase(). */
uint64_t hash_bytes_nocase(struct slice);

#endif
