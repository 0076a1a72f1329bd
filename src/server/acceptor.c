/*
 * acceptor - see acceptor.h.
 *
 * Listeners are level-triggered, and one look at one takes one connection: an accept4(2) that finds
 * nothing makes and unmakes a socket, and costs more than the next epoll_wait(2).  Whenever a
 * connection cannot be taken care of, the listeners are set aside (epoll asks for no events of
 * them) and the kernel's backlog holds the rest, until there is room or, for want of descriptors,
 * until a moment has passed.  A socket that was accepted and did not fit into the queue is held
 * here and goes first.
 */
#include "config.h"

#include "server/acceptor.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/call.h"
#include "base/clock.h"
#include "content/real_ip.h"
#include "log/error_log.h"
#include "server/per_ip.h"
#include "server/shared.h"

enum {
	NOT_YET_MS = 5, /* until the supervisor has a new socket listen */
	RETRY_MS = 200, /* after descriptors, memory or connections ran out */
	COMPLAIN_EVERY_MS = 10000,
};

struct acceptor {
	struct pool *pool;
	struct worker **workers;
	unsigned worker_count;
	const int *listeners;
	size_t listener_count;
	unsigned max_connections;
	int epoll_fd, control_fd;
	bool stopped;
	bool paused;
	int64_t retry_ms;	  /* when paused: try again then; INT64_MAX = when told */
	struct handoff_item held; /* fd -1 = none */
	bool held_admitted;	  /* only the queue had no room for it */
	int64_t complained_ms;
	int64_t too_many_said_ms;	    /* when the log was told of an address with too many */
	uint64_t too_many_said;		    /* how many had been refused by then */
	struct acceptor_counters *counters; /* in the pool's slot */
};

static int
watch(struct acceptor *a, int fd, const void *mark)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = (void *)(uintptr_t)mark };

	return epoll_ctl(a->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

struct acceptor *
acceptor_new(struct pool *pool, struct worker **workers, unsigned worker_count,
	     const int *listeners, size_t listener_count, unsigned max_connections, int control_fd)
{
	struct acceptor *a = calloc(1, sizeof *a);

	if (!a)
		return NULL;
	*a = (struct acceptor){ .pool = pool,
				.counters = shared_acceptor(pool->slot),
				.workers = workers,
				.worker_count = worker_count,
				.listeners = listeners,
				.listener_count = listener_count,
				.max_connections = max_connections,
				.control_fd = control_fd,
				.held.fd = -1,
				.complained_ms = INT64_MIN / 2,
				.too_many_said_ms = INT64_MIN / 2 };
	a->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (a->epoll_fd == -1 || watch(a, control_fd, &a->control_fd) == -1 ||
	    watch(a, handoff_room_fd(pool->handoff), pool->handoff) == -1)
		goto fail;
	for (size_t i = 0; i < listener_count; i++)
		if (watch(a, listeners[i], &listeners[i]) == -1)
			goto fail;
	return a;
fail:
	acceptor_free(a);
	return NULL;
}

void
acceptor_free(struct acceptor *a)
{
	int error = errno;

	if (!a)
		return;
	if (a->held.fd != -1)
		close(a->held.fd);
	if (a->epoll_fd != -1)
		close(a->epoll_fd);
	free(a);
	errno = error;
}

static void
count(struct acceptor *a, enum acceptor_counter what)
{
	counter_add(&a->counters->count[what], 1);
}

static void
listen_for(struct acceptor *a, uint32_t events)
{
	for (size_t i = 0; i < a->listener_count; i++) {
		struct epoll_event event = { .events = events,
					     .data.ptr = (void *)(uintptr_t)&a->listeners[i] };

		epoll_ctl(a->epoll_fd, EPOLL_CTL_MOD, a->listeners[i], &event);
	}
}

/* Sets the listeners aside (edge-triggered, as an error of one is told even so) until the pool
 * tells of room, or until retry_ms. */
static void
pause_until(struct acceptor *a, int64_t retry_ms)
{
	if (!a->paused)
		listen_for(a, EPOLLET);
	a->paused = true;
	a->retry_ms = retry_ms;
}

static void
resume(struct acceptor *a)
{
	if (!a->paused || a->stopped)
		return;
	a->paused = false;
	atomic_store(&a->pool->acceptor_waits, false);
	listen_for(a, EPOLLIN);
}

void
acceptor_stop(struct acceptor *a)
{
	if (a->stopped)
		return;
	a->stopped = true;
	for (size_t i = 0; i < a->listener_count; i++)
		epoll_ctl(a->epoll_fd, EPOLL_CTL_DEL, a->listeners[i], NULL);
	if (a->held.fd != -1) /* accepted before the stop, so it is served */
		handoff_push_last(a->pool->handoff, &a->held);
	a->held.fd = -1;
}

uint64_t
acceptor_live(const struct acceptor *a)
{
	return counter_get(&a->counters->count[ACCEPT_TAKEN]) - handoff_ended(a->pool->handoff);
}

/*
 * The same without those that are being turned away: they take nobody's place.  count_closed()
 * takes one off `refusing` first, so this is too much for a moment and never too little.
 */
static uint64_t
count_served(const struct acceptor *a)
{
	uint64_t live = acceptor_live(a), refusing = atomic_load(&a->pool->refusing);

	return live > refusing ? live - refusing : 0;
}

/* The worker with the most idle connections that nobody asked for yet, or NULL. */
static struct worker *
most_idle(const struct acceptor *a)
{
	struct worker *best = NULL;
	long most = 0;

	for (unsigned i = 0; i < a->worker_count; i++) {
		struct worker *w = a->workers[i];
		long idle = (long)atomic_load_explicit(&w->counters->idle, memory_order_relaxed) -
			    (long)atomic_load_explicit(&w->shed_wanted, memory_order_relaxed);

		if (idle > most) {
			most = idle;
			best = w;
		}
	}
	return best;
}

enum admission { ADMIT, REFUSE, WAIT };

/* For every worker to see; so it is written only when there is something new to see. */
static void
tell_crowd(struct acceptor *a, uint64_t served)
{
	unsigned percent = (unsigned)(served * 100 / a->max_connections);

	if (atomic_load_explicit(&a->pool->crowd, memory_order_relaxed) != percent)
		atomic_store_explicit(&a->pool->crowd, percent, memory_order_relaxed);
}

/* May the connection just accepted stay?  Makes room for it where an idle one can go. */
static enum admission
admit(struct acceptor *a)
{
	uint64_t served = count_served(a);
	struct worker *w;

	tell_crowd(a, served);
	if (served <= a->max_connections)
		return ADMIT;
	w = most_idle(a);
	if (w) {
		worker_shed(w);
		return ADMIT;
	}
	if (atomic_load(&a->pool->refusing) < a->pool->refusing_most)
		return REFUSE;
	/* said first and looked at again, so that an ending in between is not missed */
	atomic_store(&a->pool->acceptor_waits, true);
	if (count_served(a) > a->max_connections)
		return WAIT;
	atomic_store(&a->pool->acceptor_waits, false);
	return ADMIT;
}

static void
run_out(struct acceptor *a, int error)
{
	int64_t now = clock_monotonic_ms();
	struct worker *w = most_idle(a);

	count(a, ACCEPT_NO_DESCRIPTORS);
	if (w)
		worker_shed(w);
	if (now - a->complained_ms >= COMPLAIN_EVERY_MS) {
		a->complained_ms = now;
		error_log(LOG_LEVEL_ERROR,
			  "cannot accept connections: %s; trying again every %d ms",
			  strerror(error), RETRY_MS);
	}
	pause_until(a, now + RETRY_MS);
}

/* Does this error concern one connection only, so that the next may be accepted? (accept(2)) */
static bool
is_passing(int error)
{
	return error == EINTR || error == ECONNABORTED || error == EPROTO || error == EPERM ||
	       error == ENETDOWN || error == ENOPROTOOPT || error == EHOSTDOWN ||
	       error == EHOSTUNREACH || error == ENETUNREACH || error == ENONET;
}

/*
 * Hands the accepted socket over, or holds it and sets the listeners aside until there is room.
 * False when it is held.
 */
static bool
hand_over(struct acceptor *a, struct handoff_item item, bool admitted)
{
	enum admission admission = item.refuse ? REFUSE : admitted ? ADMIT : admit(a);

	if (admission == REFUSE && !item.refuse) {
		item.refuse = true;
		count(a, ACCEPT_REFUSED);
		atomic_fetch_add(&a->pool->refusing, 1);
	}
	if (admission != WAIT && handoff_push(a->pool->handoff, &item))
		return true;
	if (admission != WAIT)
		count(a, ACCEPT_QUEUE_FULL);
	a->held = item;
	a->held_admitted = admission == ADMIT;
	/* nobody tells of connections that fall idle, so those are looked for */
	pause_until(a, admission == WAIT ? clock_monotonic_ms() + RETRY_MS : INT64_MAX);
	return false;
}

static void
note_too_many(struct acceptor *a, const struct ip *ip)
{
	int64_t now = clock_monotonic_ms();
	char text[ADDRESS_TEXT_SIZE];
	uint64_t too_many;

	count(a, ACCEPT_TOO_MANY);
	if (now - a->too_many_said_ms < COMPLAIN_EVERY_MS)
		return;
	too_many = counter_get(&a->counters->count[ACCEPT_TOO_MANY]);
	ip_format(ip, text);
	error_log(LOG_LEVEL_NOTICE,
		  "max_connections_per_ip is reached by %s; refused %llu since this was last said",
		  text, (unsigned long long)(too_many - a->too_many_said));
	a->too_many_said_ms = now;
	a->too_many_said = too_many;
}

/*
 * Counts the connection for its address, or marks it to be refused.  False when there are many of
 * those already: it was closed without a word, so that one address cannot hold up the others.
 * Proxies that are trusted may have any number, since they ask for others.
 */
static bool
take_place(struct acceptor *a, struct handoff_item *item, const struct address *peer)
{
	struct ip ip;

	if (!a->pool->per_ip)
		return true;
	ip = ip_of_address(peer);
	if (real_ip_trusted(&a->pool->config->server, &ip) ||
	    per_ip_take(a->pool->per_ip, &ip, &item->place))
		return true;
	note_too_many(a, &ip);
	if (atomic_load(&a->pool->refusing) >= a->pool->refusing_most / 2) {
		close(item->fd);
		return false;
	}
	item->refuse = item->too_many = true;
	count(a, ACCEPT_REFUSED);
	atomic_fetch_add(&a->pool->refusing, 1);
	return true;
}

/* One connection of the listener, if there is one still. */
static void
accept_one(struct acceptor *a, size_t listener)
{
	struct handoff_item item = { .listener = (uint16_t)listener };
	struct address peer = { .len = sizeof peer.local };

	item.fd =
		accept4(a->listeners[listener], &peer.any, &peer.len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (item.fd == -1) {
		if (errno == EINVAL)
			pause_until(a, clock_monotonic_ms() + NOT_YET_MS);
		else if (errno != EAGAIN && !is_passing(errno))
			run_out(a, errno);
		return;
	}
	if (!take_place(a, &item, &peer))
		return;
	count(a, ACCEPT_TAKEN);
	memcpy(&item.peer, &peer.any, sizeof item.peer);
	hand_over(a, item, false);
}

/* There may be room again: first for the socket that is held. */
static void
try_again(struct acceptor *a)
{
	struct handoff_item held = a->held;

	a->held.fd = -1;
	if (held.fd != -1 && !hand_over(a, held, a->held_admitted))
		return;
	resume(a);
}

static int
wait_ms(const struct acceptor *a, int64_t until_ms)
{
	int64_t until = a->paused && a->retry_ms < until_ms ? a->retry_ms : until_ms, left;

	if (until == INT64_MAX)
		return -1;
	left = until - clock_monotonic_ms();
	return left <= 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

/*
 * A thread that wakes interrupts the one that runs: on a processor that both share, each new
 * connection would cost the worker two changes of thread.  One of SCHED_BATCH waits its turn, and
 * then finds many.  Where a processor is idle it runs there at once, as before.
 */
void
acceptor_give_way(void)
{
	const struct sched_param none = { 0 };

	if (sched_setscheduler(0, SCHED_BATCH, &none) == -1)
		error_log(LOG_LEVEL_INFO, "the acceptor runs as other threads do: %s",
			  strerror(errno));
}

enum acceptor_news
acceptor_run(struct acceptor *a, int64_t until_ms)
{
	for (;;) {
		struct epoll_event events[16];
		int n = call_epoll_wait(a->epoll_fd, events, 16, wait_ms(a, until_ms));
		bool control = false, room = false;

		for (int i = 0; i < n; i++) {
			const void *mark = events[i].data.ptr;

			if (mark == &a->control_fd)
				control = true;
			else if (mark == a->pool->handoff)
				room = true;
			else if (!a->paused && !a->stopped)
				accept_one(a, (size_t)((const int *)mark - a->listeners));
		}
		if (room) {
			handoff_room_clear(a->pool->handoff);
			try_again(a);
		}
		if (a->paused && clock_monotonic_ms() >= a->retry_ms)
			try_again(a);
		handoff_wake(a->pool->handoff);
		if (control)
			return ACCEPTOR_CONTROL;
		if (room && a->stopped)
			return ACCEPTOR_WORKER_LEFT;
		if (until_ms != INT64_MAX && clock_monotonic_ms() >= until_ms)
			return ACCEPTOR_TIME;
	}
}
