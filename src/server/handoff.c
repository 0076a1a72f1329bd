/*
 * handoff - see handoff.h.
 *
 * No wake-up can be lost, because both sides write first and read then, in an order that all
 * threads see alike (sequentially consistent atomics): the acceptor moves the tail and looks
 * whether the worker sleeps, the worker says that it sleeps and looks at the tail.  Room is told of
 * in the same manner.  HACKING says what else was measured.
 */
#include "config.h"

#include "server/handoff.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/call.h"

enum { CACHE_LINE = 64 };

/*
 * Three cache lines, each with one thread that writes it.  What the acceptor looks at for every
 * lane is not on the line that a worker writes in every turn of its loop.
 */
struct lane { /* NOLINT(clang-analyzer-optin.performance.Padding): that is the point */
	_Atomic uint64_t tail; /* the acceptor's: so many were pushed */
	uint64_t cap;	       /* of the queue; items has room for one more */
	struct handoff_item *items;
	int wake_fd;
	bool given; /* something since the last wake-up */

	_Alignas(CACHE_LINE) _Atomic uint64_t head; /* the worker's: so many were taken */
	_Atomic uint64_t ended;			    /* ... and so many of those have ended */

	_Alignas(CACHE_LINE) _Atomic bool asleep; /* the worker's; the acceptor lowers it when it
						     wakes the worker */
} __attribute__((aligned(2 * CACHE_LINE)));

struct handoff {
	int room_fd;
	unsigned lane_count;
	struct handoff_item *items;
	_Atomic bool starved; /* a push failed since room was last told */
	struct lane lanes[];
};

/* The share of the queue that a lane has. */
static size_t
share(size_t cap, unsigned workers, unsigned i)
{
	size_t n = cap / workers + (i < cap % workers);

	return n > 0 ? n : 1;
}

static int
open_fds(struct handoff *h)
{
	h->room_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (h->room_fd == -1)
		return -1;
	for (unsigned i = 0; i < h->lane_count; i++) {
		h->lanes[i].wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (h->lanes[i].wake_fd == -1)
			return -1;
	}
	return 0;
}

struct handoff *
handoff_new(size_t cap, unsigned workers)
{
	size_t size = sizeof(struct handoff) + workers * sizeof(struct lane);
	struct handoff *h = aligned_alloc(_Alignof(struct lane), size);
	struct handoff_item *items;

	if (!h)
		return NULL;
	*h = (struct handoff){ .room_fd = -1, .lane_count = workers };
	items = h->items = calloc((cap > workers ? cap : workers) + workers, sizeof *items);
	for (unsigned i = 0; i < workers; i++) {
		h->lanes[i] = (struct lane){ .cap = share(cap, workers, i), .wake_fd = -1 };
		h->lanes[i].items = items;
		if (items)
			items += h->lanes[i].cap + 1;
	}
	if (!items || open_fds(h) == -1) {
		int error = errno;

		handoff_free(h);
		errno = error;
		return NULL;
	}
	return h;
}

static struct handoff_item *
slot(const struct lane *l, uint64_t n)
{
	return &l->items[n % (l->cap + 1)];
}

void
handoff_free(struct handoff *h)
{
	struct handoff_item item;

	if (!h)
		return;
	for (unsigned i = 0; i < h->lane_count; i++) {
		while (handoff_take(h, i, &item, 1) == 1)
			close(item.fd);
		if (h->lanes[i].wake_fd != -1)
			close(h->lanes[i].wake_fd);
	}
	if (h->room_fd != -1)
		close(h->room_fd);
	free(h->items);
	free(h);
}

/* An eventfd that is full already says what it should. */
static void
signal_fd(int fd)
{
	const uint64_t one = 1;
	ssize_t n = call_write(fd, &one, sizeof one);

	(void)n;
}

static uint64_t
waiting(const struct lane *l)
{
	return atomic_load(&l->tail) - atomic_load(&l->head);
}

/* Connections that the worker has, or will have. */
static uint64_t
load(const struct lane *l)
{
	return atomic_load_explicit(&l->tail, memory_order_relaxed) -
	       atomic_load_explicit(&l->ended, memory_order_relaxed);
}

/*
 * The worker with the fewest connections that has room, the first of several; NULL = none has.  So
 * long-lived ones are spread evenly, and a few that come and go keep one worker awake and not all.
 */
static struct lane *
choose(struct handoff *h)
{
	struct lane *best = NULL;

	for (unsigned i = 0; i < h->lane_count; i++) {
		struct lane *l = &h->lanes[i];

		if (waiting(l) < l->cap && (!best || load(l) < load(best)))
			best = l;
	}
	return best;
}

static void
append(struct lane *l, const struct handoff_item *item)
{
	uint64_t tail = atomic_load_explicit(&l->tail, memory_order_relaxed);

	*slot(l, tail) = *item;
	atomic_store(&l->tail, tail + 1);
	l->given = true;
}

bool
handoff_push(struct handoff *h, const struct handoff_item *item)
{
	struct lane *l = choose(h);

	if (!l) {
		atomic_store(&h->starved, true);
		l = choose(h); /* what was taken in between told nobody */
	}
	if (!l)
		return false;
	append(l, item);
	return true;
}

void
handoff_push_last(struct handoff *h, const struct handoff_item *item)
{
	struct lane *l = choose(h);

	append(l ? l : &h->lanes[0], item);
	handoff_wake(h);
}

void
handoff_wake(struct handoff *h)
{
	for (unsigned i = 0; i < h->lane_count; i++) {
		struct lane *l = &h->lanes[i];

		if (l->given && atomic_load(&l->asleep) && atomic_exchange(&l->asleep, false))
			signal_fd(l->wake_fd);
		l->given = false;
	}
}

size_t
handoff_take(struct handoff *h, unsigned worker, struct handoff_item *out, size_t max)
{
	struct lane *l = &h->lanes[worker];
	uint64_t head = atomic_load_explicit(&l->head, memory_order_relaxed);
	size_t n = (size_t)waiting(l);

	if (n > max)
		n = max;
	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		out[i] = *slot(l, head + i);
	atomic_store(&l->head, head + n);
	if (atomic_load(&h->starved) && atomic_exchange(&h->starved, false))
		signal_fd(h->room_fd);
	return n;
}

size_t
handoff_waiting(const struct handoff *h, unsigned worker)
{
	return (size_t)waiting(&h->lanes[worker]);
}

bool
handoff_sleep(struct handoff *h, unsigned worker)
{
	struct lane *l = &h->lanes[worker];

	atomic_store(&l->asleep, true);
	if (waiting(l) == 0)
		return true;
	handoff_awake(h, worker);
	return false;
}

void
handoff_awake(struct handoff *h, unsigned worker)
{
	atomic_store_explicit(&h->lanes[worker].asleep, false, memory_order_relaxed);
}

void
handoff_end(struct handoff *h, unsigned worker)
{
	atomic_fetch_add(&h->lanes[worker].ended, 1);
}

uint64_t
handoff_ended(const struct handoff *h)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < h->lane_count; i++)
		sum += atomic_load(&h->lanes[i].ended);
	return sum;
}

int
handoff_wake_fd(const struct handoff *h, unsigned worker)
{
	return h->lanes[worker].wake_fd;
}

int
handoff_room_fd(const struct handoff *h)
{
	return h->room_fd;
}

void
handoff_room_clear(struct handoff *h)
{
	uint64_t count;
	ssize_t n = read(h->room_fd, &count, sizeof count);

	(void)n;
}

void
handoff_room_tell(struct handoff *h)
{
	signal_fd(h->room_fd);
}
