/*
 * per_ip - see per_ip.h.
 *
 * A hash table of chains, whose links only the acceptor touches.  Others know an entry by its
 * address and only count it down.  An entry that has come to 0 is nobody's but the acceptor's: it
 * goes back to the spare ones when a look passes by, or when there are none left and all are swept.
 * There are twice as many entries as connections, so that a sweep finds at least half of them.
 */
#include "config.h"

#include "server/per_ip.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/hash.h"

struct per_ip_entry {
	struct per_ip_entry *next;
	struct ip network;
	_Atomic unsigned count;
};

struct per_ip {
	unsigned limit;
	size_t slots; /* a power of two */
	struct per_ip_entry **slot;
	struct per_ip_entry *spare;
	struct per_ip_entry entries[];
};

struct per_ip *
per_ip_new(unsigned limit, size_t connections)
{
	size_t count = 2 * connections, slots = 64;
	struct per_ip *p = calloc(1, sizeof *p + count * sizeof *p->entries);

	while (slots < count)
		slots *= 2;
	if (p)
		p->slot = calloc(slots, sizeof(struct per_ip_entry *));
	if (!p || !p->slot) {
		free(p);
		return NULL;
	}
	p->limit = limit;
	p->slots = slots;
	for (size_t i = 0; i < count; i++) {
		p->entries[i].next = p->spare;
		p->spare = &p->entries[i];
	}
	return p;
}

void
per_ip_free(struct per_ip *p)
{
	if (!p)
		return;
	free(p->slot);
	free(p);
}

static unsigned
count_of(const struct per_ip_entry *e)
{
	return atomic_load_explicit(&e->count, memory_order_acquire);
}

/* The entry of that network in the chain, or NULL; what nobody uses any more leaves the chain. */
static struct per_ip_entry *
walk(struct per_ip *p, struct per_ip_entry **link, const struct ip *network)
{
	struct per_ip_entry *e;

	/* cppcheck-suppress uninitvar ; a chain begins in p->slot, which is cleared memory */
	while ((e = *link)) {
		if (network && ip_equal(&e->network, network))
			return e;
		if (count_of(e) == 0) {
			*link = e->next;
			e->next = p->spare;
			p->spare = e;
		} else {
			link = &e->next;
		}
	}
	return NULL;
}

static struct per_ip_entry *
add(struct per_ip *p, struct per_ip_entry **link, const struct ip *network)
{
	struct per_ip_entry *e;

	for (size_t i = 0; !p->spare && i < p->slots; i++)
		walk(p, &p->slot[i], NULL);
	e = p->spare;
	if (!e)
		return NULL;
	p->spare = e->next;
	e->network = *network;
	e->next = *link;
	*link = e;
	return e;
}

bool
per_ip_take(struct per_ip *p, const struct ip *ip, struct per_ip_entry **entry)
{
	struct ip network = *ip;
	struct per_ip_entry **link, *e;

	*entry = NULL;
	if (ip->family == IP_NONE)
		return true;
	memset(network.bytes + 8, 0, sizeof network.bytes - 8);
	link = &p->slot[hash_bytes(slice_from((const char *)network.bytes, 8)) & (p->slots - 1)];
	e = walk(p, link, &network);
	if (!e)
		e = add(p, link, &network);
	if (!e)
		return true;
	if (count_of(e) >= p->limit)
		return false;
	atomic_fetch_add_explicit(&e->count, 1, memory_order_relaxed);
	*entry = e;
	return true;
}

void
per_ip_give(struct per_ip_entry *e)
{
	if (e)
		atomic_fetch_sub_explicit(&e->count, 1, memory_order_release);
}
