/*
 * ticket_keys - the keys that session tickets are sealed with.
 *
 * Whoever has them can read what was recorded of resumed TLS 1.2 sessions, so they live in memory
 * only and not for long: a new one is made each lifetime, the one before it opens the
 * tickets that are still good, and is then forgotten.  Keys that the configuration brings
 * (`ticket_keys`) stay as they are.  All of it can be taken out as bytes and put into another
 * process, so that tickets outlive a reload.  One for all workers: any thread, under a lock that is
 * held for a few instructions.
 */
#ifndef SERVER_TICKET_KEYS_H
#define SERVER_TICKET_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum {
	TICKET_NAME_SIZE = 16,
	TICKET_SECRET_SIZE = 32,
	TICKET_STATE_SIZE = 24 + 2 * (TICKET_NAME_SIZE + 2 * TICKET_SECRET_SIZE),
};

struct ticket_key {
	unsigned char name[TICKET_NAME_SIZE]; /* stands in the ticket, for everybody to see */
	unsigned char hmac[TICKET_SECRET_SIZE], aes[TICKET_SECRET_SIZE];
};

struct ticket_keys;

/*
 * Keys that change each lifetime; or, where fixed is not NULL, those: count > 0 files of 80 bytes,
 * the first of which seals.  NULL with errno set.
 */
struct ticket_keys *ticket_keys_new(uint64_t lifetime_ms, const struct slice *fixed, size_t count,
				    int64_t now_ms);

/* Wipes them.  NULL is allowed. */
void ticket_keys_free(struct ticket_keys *);

/* The key to seal with now (monotonic milliseconds).  False when no key can be made. */
bool ticket_keys_seal(struct ticket_keys *, int64_t now_ms, struct ticket_key *);

/* The key of that name.  *old: the ticket should be replaced by one of the key in use. */
bool ticket_keys_open(struct ticket_keys *, int64_t now_ms,
		      const unsigned char name[TICKET_NAME_SIZE], struct ticket_key *, bool *old);

/* Makes a new key when it is time to; ticket_keys_seal() and ticket_keys_open() do so as well. */
void ticket_keys_turn(struct ticket_keys *, int64_t now_ms);

/* When it will be time to; INT64_MAX = never. */
int64_t ticket_keys_due_ms(struct ticket_keys *);

/* As bytes, for another process on this machine, until it starts anew.  Nothing of fixed keys: the
 * length is TICKET_STATE_SIZE, or 0. */
size_t ticket_keys_export(struct ticket_keys *, unsigned char out[TICKET_STATE_SIZE]);

/* Goes on with what another process exported.  False, and nothing changes, when it is none of that,
 * is of the future, or when the keys are fixed. */
bool ticket_keys_import(struct ticket_keys *, const unsigned char *state, size_t len,
			int64_t now_ms);

#endif
