/*
 * file_cache - see file_cache.h.
 *
 * SIEVE (Zhang et al., NSDI 2024): entries stand in the order in which they came.  A hit sets a
 * flag and moves nothing.  Whoever needs room walks a hand from the oldest to the newest: what was
 * used since the hand last came by is spared, and its flag cleared; the first that was not goes.
 * So the files of a scan go soon, whatever is asked for again stays, and a hit costs one store.
 */
#include "config.h"

#include "content/file_cache.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "content/document.h"

enum {
	LEAST_SLOTS = 64,
	MOST_SLOTS = 65536,
	CONTENT_SHARE = 8, /* one content has at most this part of the bytes */
};

struct file_cache {
	struct file_cache_limits most, now;
	struct file_cache_counts counts;
	struct link queue; /* oldest first */
	struct link *hand; /* the next to be looked at; &queue = the oldest */
	size_t slot_mask;
	struct file_entry *slots[];
};

static struct file_entry *
entry_of(struct link *l)
{
	return LIST_OWNER(l, struct file_entry, queue);
}

struct file_cache *
file_cache_new(const struct file_cache_limits *most)
{
	size_t slots = LEAST_SLOTS;
	struct file_cache *c;

	while (slots < most->entries && slots < MOST_SLOTS)
		slots *= 2;
	c = calloc(1, sizeof *c + slots * sizeof(struct file_entry *));
	if (!c)
		return NULL;
	c->most = *most;
	c->slot_mask = slots - 1;
	list_init(&c->queue);
	c->hand = &c->queue;
	return c;
}

static uint64_t
hash_key(const struct file_key *key)
{
	uint64_t whose = (uint64_t)(uintptr_t)key->site * 31 +
			 (uint64_t)(uintptr_t)key->prefix * 7 + (uint64_t)(uintptr_t)key->glob * 3 +
			 key->rewritten;

	return hash_bytes(key->path) ^ whose >> 3;
}

static bool
same_key(const struct file_key *a, const struct file_key *b)
{
	return a->site == b->site && a->prefix == b->prefix && a->glob == b->glob &&
	       a->rewritten == b->rewritten && slice_equal(a->path, b->path);
}

struct file_entry *
file_cache_find(struct file_cache *c, const struct file_key *key)
{
	uint64_t hash = hash_key(key);

	for (struct file_entry *e = c->slots[hash & c->slot_mask]; e; e = e->next) {
		__builtin_prefetch(&e->document); /* while the first line comes */
		__builtin_prefetch(e->bytes_of_key);
		if (e->hash != hash || !same_key(&e->key, key))
			continue;
		e->used = true;
		document_prefetch(e->document[CODING_IDENTITY]);
		return e;
	}
	return NULL;
}

struct file_entry *
file_entry_new(const struct file_key *key)
{
	struct file_entry *e = calloc(1, sizeof *e + key->path.len);

	if (!e)
		return NULL;
	e->key = *key;
	if (key->path.len > 0)
		memcpy(e->bytes_of_key, key->path.p, key->path.len);
	e->key.path = slice_from(e->bytes_of_key, key->path.len);
	e->hash = hash_key(key);
	e->bytes = sizeof *e + key->path.len;
	list_init(&e->queue);
	return e;
}

static void
free_entry(struct file_entry *e)
{
	for (int i = 0; i < CODING_COUNT; i++) {
		if (!e->document[i])
			continue;
		e->document[i]->entry = NULL;
		document_release(e->document[i]);
	}
	free(e->path_bytes);
	free(e);
}

static void
unlink_entry(struct file_cache *c, struct file_entry *e)
{
	struct file_entry **at = &c->slots[e->hash & c->slot_mask];

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	if (c->hand == &e->queue)
		c->hand = e->queue.next;
	list_remove(&e->queue);
	c->now.entries--;
	c->now.bytes -= e->bytes;
	c->now.descriptors -= e->descriptors;
	e->kept = false;
}

void
file_cache_drop(struct file_cache *c, struct file_entry *e)
{
	if (!e)
		return;
	if (e->kept)
		unlink_entry(c, e);
	free_entry(e);
}

void
file_entry_pin(struct file_entry *e)
{
	e->pinned = true;
}

void
file_entry_release(struct file_entry *e)
{
	if (!e)
		return;
	e->pinned = false;
	if (!e->kept)
		free_entry(e);
}

void
file_cache_free(struct file_cache *c)
{
	struct link *l;

	while (c && (l = list_first(&c->queue)))
		file_cache_drop(c, entry_of(l));
	free(c);
}

/* The next to go, but not that one; NULL when there is no other. */
static struct file_entry *
choose(struct file_cache *c, const struct file_entry *spared, bool with_descriptor)
{
	/* Two rounds at most: the first clears every flag. */
	for (size_t left = 2 * c->now.entries + 2; left > 0; left--) {
		struct file_entry *e;

		if (c->hand == &c->queue)
			c->hand = c->queue.next;
		if (c->hand == &c->queue)
			return NULL;
		e = entry_of(c->hand);
		c->hand = c->hand->next;
		if (e == spared || e->pinned || (with_descriptor && e->descriptors == 0))
			continue;
		if (!e->used)
			return e;
		e->used = false;
	}
	return NULL;
}

static void
push_out(struct file_cache *c, struct file_entry *e)
{
	c->counts.pushed++;
	file_cache_drop(c, e);
}

static void
make_room(struct file_cache *c, const struct file_entry *spared)
{
	struct file_entry *e;

	while ((c->now.entries > c->most.entries || c->now.bytes > c->most.bytes) &&
	       (e = choose(c, spared, false)))
		push_out(c, e);
	while (c->now.descriptors > c->most.descriptors && (e = choose(c, spared, true)))
		push_out(c, e);
}

void
file_cache_keep(struct file_cache *c, struct file_entry *e)
{
	struct file_entry **slot = &c->slots[e->hash & c->slot_mask];

	if (c->most.entries == 0 || e->bytes > c->most.bytes)
		return;
	file_cache_drop(c, file_cache_find(c, &e->key));
	e->next = *slot;
	*slot = e;
	e->kept = true;
	e->used = false;
	list_append(&c->queue, &e->queue);
	c->now.entries++;
	c->now.bytes += e->bytes;
	c->now.descriptors += e->descriptors;
	make_room(c, e);
}

void
file_cache_charge(struct file_cache *c, struct file_entry *e, ptrdiff_t bytes,
		  ptrdiff_t descriptors)
{
	e->bytes += (size_t)bytes;
	e->descriptors += (size_t)descriptors;
	if (!e->kept)
		return;
	c->now.bytes += (size_t)bytes;
	c->now.descriptors += (size_t)descriptors;
	make_room(c, e);
}

bool
file_cache_give_descriptor(struct file_cache *c)
{
	int error = errno;
	struct file_entry *e = choose(c, NULL, true);

	if (e)
		push_out(c, e);
	errno = error;
	return e != NULL;
}

bool
file_cache_spares_descriptors(const struct file_cache *c)
{
	/* what is not kept is closed behind its answer */
	return c->most.entries == 0 || c->now.descriptors < c->most.descriptors / 2;
}

size_t
file_cache_content_max(const struct file_cache *c)
{
	return c->most.entries > 0 ? c->most.bytes / CONTENT_SHARE : 0;
}

void
file_cache_count(struct file_cache *c, bool known)
{
	if (known)
		c->counts.known++;
	else
		c->counts.looked++;
}

struct file_cache_counts
file_cache_counts(const struct file_cache *c)
{
	return c->counts;
}

struct file_cache_limits
file_cache_usage(const struct file_cache *c)
{
	return c->now;
}
