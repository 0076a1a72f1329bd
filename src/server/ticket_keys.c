/* ticket_keys - see ticket_keys.h. */
#include "config.h"

#include "server/ticket_keys.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

struct ticket_keys {
	pthread_mutex_t lock;
	uint64_t lifetime_ms; /* 0 = fixed: they never change */
	int64_t made_ms;      /* the first one; monotonic, so that no clock that is set harms it */
	size_t count;
	struct ticket_key keys[]; /* the first seals, all open; two unless they are fixed */
};

/* How exported keys begin; another layout has another word. */
static const char magic[8] = "tickets1";

static bool
make_key(struct ticket_key *k)
{
	return getrandom(k, sizeof *k, 0) == (ssize_t)sizeof *k;
}

static void
wipe(void *p, size_t len)
{
	explicit_bzero(p, len);
}

struct ticket_keys *
ticket_keys_new(uint64_t lifetime_ms, const struct slice *fixed, size_t count, int64_t now_ms)
{
	size_t room = fixed ? count : 2;
	struct ticket_keys *t = calloc(1, sizeof *t + room * sizeof *t->keys);

	if (!t)
		return NULL;
	for (size_t i = 0; fixed && i < count; i++)
		memcpy(&t->keys[i], fixed[i].p, sizeof t->keys[i]);
	t->count = fixed ? count : 1;
	t->lifetime_ms = fixed ? 0 : lifetime_ms;
	t->made_ms = now_ms;
	pthread_mutex_init(&t->lock, NULL);
	if (!fixed && !make_key(&t->keys[0])) {
		ticket_keys_free(t);
		return NULL;
	}
	return t;
}

void
ticket_keys_free(struct ticket_keys *t)
{
	if (!t)
		return;
	wipe(t->keys, t->count * sizeof *t->keys);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/* Under the lock.  Of two lifetimes nothing is left: those tickets have ended anyway. */
static bool
rotate(struct ticket_keys *t, int64_t now_ms)
{
	int64_t age = now_ms - t->made_ms;

	if (t->lifetime_ms == 0 || age < (int64_t)t->lifetime_ms)
		return true;
	t->count = 1;
	if (age < 2 * (int64_t)t->lifetime_ms) {
		t->keys[1] = t->keys[0];
		t->count = 2;
	} else {
		wipe(&t->keys[1], sizeof t->keys[1]);
	}
	t->made_ms = now_ms;
	return make_key(&t->keys[0]);
}

bool
ticket_keys_seal(struct ticket_keys *t, int64_t now_ms, struct ticket_key *out)
{
	bool good;

	pthread_mutex_lock(&t->lock);
	good = rotate(t, now_ms);
	*out = t->keys[0];
	pthread_mutex_unlock(&t->lock);
	return good;
}

bool
ticket_keys_open(struct ticket_keys *t, int64_t now_ms, const unsigned char name[TICKET_NAME_SIZE],
		 struct ticket_key *out, bool *old)
{
	bool found = false;

	pthread_mutex_lock(&t->lock);
	if (rotate(t, now_ms))
		for (size_t i = 0; i < t->count && !found; i++) {
			found = memcmp(t->keys[i].name, name, TICKET_NAME_SIZE) == 0;
			*out = t->keys[i];
			*old = i > 0;
		}
	pthread_mutex_unlock(&t->lock);
	return found;
}

void
ticket_keys_turn(struct ticket_keys *t, int64_t now_ms)
{
	pthread_mutex_lock(&t->lock);
	rotate(t, now_ms);
	pthread_mutex_unlock(&t->lock);
}

int64_t
ticket_keys_due_ms(struct ticket_keys *t)
{
	int64_t due = INT64_MAX;

	pthread_mutex_lock(&t->lock);
	if (t->lifetime_ms > 0)
		due = t->made_ms + (int64_t)t->lifetime_ms;
	pthread_mutex_unlock(&t->lock);
	return due;
}

size_t
ticket_keys_export(struct ticket_keys *t, unsigned char out[TICKET_STATE_SIZE])
{
	size_t len = 0;

	pthread_mutex_lock(&t->lock);
	if (t->lifetime_ms > 0) {
		memset(out, 0, TICKET_STATE_SIZE);
		memcpy(out, magic, sizeof magic);
		memcpy(out + sizeof magic, &t->made_ms, sizeof t->made_ms);
		out[16] = (unsigned char)t->count;
		memcpy(out + 24, t->keys, t->count * sizeof *t->keys);
		len = TICKET_STATE_SIZE;
	}
	pthread_mutex_unlock(&t->lock);
	return len;
}

bool
ticket_keys_import(struct ticket_keys *t, const unsigned char *state, size_t len, int64_t now_ms)
{
	int64_t made_ms;

	if (t->lifetime_ms == 0 || len != TICKET_STATE_SIZE ||
	    memcmp(state, magic, sizeof magic) != 0 || state[16] < 1 || state[16] > 2)
		return false; /* a key of zeros, above all, would open what anybody seals */
	memcpy(&made_ms, state + sizeof magic, sizeof made_ms);
	if (made_ms < 0 || made_ms > now_ms)
		return false; /* it would be good for ever, and who told it may know it */
	pthread_mutex_lock(&t->lock);
	t->made_ms = made_ms;
	memcpy(t->keys, state + 24, 2 * sizeof *t->keys);
	t->count = state[16];
	pthread_mutex_unlock(&t->lock);
	return true;
}
