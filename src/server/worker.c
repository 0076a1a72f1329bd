/* worker - see worker.h. */
#include "config.h"

#include "server/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/call.h"
#include "base/clock.h"
#include "log/error_log.h"
#include "server/helpers.h"
#include "server/http1.h"
#include "server/http2.h"
#include "server/shared.h"

enum {
	EVENTS_PER_TURN = 256,
	TAKE_PER_TURN = 16, /* new sockets; the rest in the next turn */
	LOG_FLUSH_MS = 1000,
	COMPLAIN_EVERY_MS = 10000,
};

struct worker *
worker_new(struct pool *pool, unsigned index)
{
	struct worker *w = aligned_alloc(_Alignof(struct worker), sizeof *w);

	if (!w)
		return NULL;
	*w = (struct worker){ .pool = pool,
			      .counters = shared_worker(pool->slot, index),
			      .index = index };
	list_init(&w->idle);
	list_init(&w->busy);
	list_init(&w->ready);
	list_init(&w->dead);
	list_init(&w->handshakes);
	w->log_flush_ms = INT64_MAX;
	w->lost_logged_ms = INT64_MIN / 2;
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	w->order_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->store = store_new(pool->config, &pool->cache);
	w->access_log = access_log_new(pool->access_targets, pool->config->access_log_count);
	if (w->epoll_fd == -1 || w->order_fd == -1 || !w->store || !w->access_log) {
		int error = errno;

		worker_free(w);
		errno = error;
		return NULL;
	}
	return w;
}

void
worker_free(struct worker *w)
{
	if (!w)
		return;
	if (w->epoll_fd != -1)
		close(w->epoll_fd);
	if (w->order_fd != -1)
		close(w->order_fd);
	http1_free_spares(w);
	http2_free_stock(w);
	store_free(w->store);
	access_log_free(w->access_log);
	free(w);
}

void
worker_order(struct worker *w, unsigned orders)
{
	const uint64_t one = 1;
	ssize_t n;

	atomic_fetch_or_explicit(&w->orders, orders, memory_order_release);
	n = write(w->order_fd, &one, sizeof one);
	(void)n; /* a full eventfd wakes as well */
}

void
worker_shed(struct worker *w)
{
	atomic_fetch_add_explicit(&w->shed_wanted, 1, memory_order_relaxed);
	worker_order(w, ORDER_SHED);
}

void
worker_run_again(struct worker *w, struct conn *c)
{
	if (list_empty(&c->ready))
		list_append(&w->ready, &c->ready);
}

static void
read_clocks(struct worker *w)
{
	struct timespec now = clock_real();

	w->now_ms = clock_monotonic_ms();
	if (now.tv_sec != w->now.tv_sec)
		date_format(w->date, now.tv_sec);
	w->now = now;
}

static void
drain_list(struct link *list)
{
	struct link all, *l;

	list_move_all(&all, list);
	while ((l = list_first(&all))) {
		struct conn *c = LIST_OWNER(l, struct conn, link);

		list_remove(l);
		list_append(list, l);
		c->driver->drain(c);
	}
}

static void
retire_list(struct link *list)
{
	struct link all, *l;

	list_move_all(&all, list);
	while ((l = list_first(&all))) {
		struct conn *c = LIST_OWNER(l, struct conn, link);

		list_remove(l);
		list_append(list, l);
		if (c->driver->retire)
			c->driver->retire(c);
	}
}

static void
cut_list(struct link *list)
{
	struct link *l;

	while ((l = list_first(list)))
		conn_close(LIST_OWNER(l, struct conn, link), CLOSE_STOPPING);
}

static void
shed_idle(struct worker *w)
{
	unsigned n = atomic_exchange_explicit(&w->shed_wanted, 0, memory_order_relaxed);
	struct link *l;

	while (n-- > 0 && (l = list_first(&w->idle))) {
		conn_close(LIST_OWNER(l, struct conn, link), CLOSE_SHED);
		counter_add(&w->counters->count[COUNT_SHED], 1);
	}
}

static void
collect_jobs(struct worker *w)
{
	struct link done, *l;

	list_init(&done);
	helpers_collect(w->pool->helpers, w, &done);
	while ((l = list_first(&done))) {
		struct job *j = LIST_OWNER(l, struct job, link);
		struct conn *c = j->owner;

		list_remove(l);
		if (!c) {
			j->free(j); /* its connection is gone */
			continue;
		}
		j->state = JOB_DONE;
		c->driver->resume(c);
	}
}

static void
obey_orders(struct worker *w)
{
	unsigned orders;
	uint64_t count;
	ssize_t n = read(w->order_fd, &count, sizeof count);

	(void)n;
	orders = atomic_exchange_explicit(&w->orders, 0, memory_order_acquire);
	if (orders & ORDER_SHED)
		shed_idle(w);
	if (orders & ORDER_JOBS)
		collect_jobs(w);
	if (orders & (ORDER_DRAIN | ORDER_STOP | ORDER_RETIRE))
		w->draining = true;
	if (orders & ORDER_RETIRE)
		w->retiring = true;
	if (orders & (ORDER_DRAIN | ORDER_STOP))
		w->retiring = false;
	if (orders & ORDER_RETIRE) {
		retire_list(&w->idle);
		retire_list(&w->busy);
	}
	if (orders & ORDER_DRAIN) {
		drain_list(&w->idle);
		drain_list(&w->busy);
	}
	if (orders & ORDER_STOP) {
		w->stopping = true;
		cut_list(&w->idle);
		cut_list(&w->busy);
	}
}

static void
take_new(struct worker *w)
{
	struct handoff_item items[TAKE_PER_TURN];
	size_t n = handoff_take(w->pool->handoff, w->index, items, TAKE_PER_TURN);

	for (size_t i = 0; i < n; i++) {
		struct conn *c = conn_new(w, &items[i]);

		if (c && w->stopping)
			conn_close(c, CLOSE_STOPPING);
		if (!c || w->stopping)
			continue;
		conn_run(c);
		if (w->retiring && c->state != CONN_CLOSED && c->driver->retire)
			c->driver->retire(c);
		else if (w->draining && !w->retiring && c->state != CONN_CLOSED)
			c->driver->drain(c);
	}
}

/* Those that used up their share run once more; who does so again waits for the next turn. */
static void
run_ready(struct worker *w)
{
	struct link all, *l;

	list_move_all(&all, &w->ready);
	while ((l = list_first(&all))) {
		list_remove(l);
		conn_run(LIST_OWNER(l, struct conn, ready));
	}
}

static void
expire(struct worker *w)
{
	struct timer *t;

	while ((t = timer_take_due(&w->timers, w->now_ms))) {
		struct conn *c = LIST_OWNER(t, struct conn, timer);

		c->driver->expired(c);
	}
}

static void
bury(struct worker *w)
{
	struct link *l;

	while ((l = list_first(&w->dead))) {
		list_remove(l);
		free(LIST_OWNER(l, struct conn, link));
	}
}

/*
 * The error log may lie on the same full disk.  Then it is said later: while there are requests
 * there are lines to be flushed.
 */
static void
tell_lost(struct worker *w, unsigned long lost)
{
	uint64_t unsaid = error_log_lost();
	int error = access_log_error(w->access_log);

	if (lost == w->lost_said || w->now_ms - w->lost_logged_ms < COMPLAIN_EVERY_MS)
		return;
	error_log(LOG_LEVEL_ERROR,
		  "the access log lost %lu line%s, as they could not be written: %s; %lu of this "
		  "worker since the start",
		  lost - w->lost_said, lost - w->lost_said == 1 ? "" : "s",
		  error ? strerror(error) : "no room for all", lost);
	w->lost_logged_ms = w->now_ms;
	if (error_log_lost() == unsaid)
		w->lost_said = lost;
}

static void
write_log(struct worker *w)
{
	unsigned long lost;

	access_log_flush(w->access_log);
	lost = access_log_lost(w->access_log);
	counter_set(&w->counters->count[COUNT_LOG_LOST], lost);
	tell_lost(w, lost);
}

static void
flush_log(struct worker *w)
{
	if (!access_log_pending(w->access_log))
		return;
	if (w->log_flush_ms == INT64_MAX)
		w->log_flush_ms = w->now_ms + LOG_FLUSH_MS;
	if (w->now_ms < w->log_flush_ms)
		return;
	write_log(w);
	w->log_flush_ms = INT64_MAX;
}

/* How long nothing will be due; -1 = for ever. */
static int
wait_ms(const struct worker *w)
{
	int wait;

	if (!list_empty(&w->ready))
		return 0;
	wait = timer_wait_ms(&w->timers, w->now_ms);
	if (w->log_flush_ms != INT64_MAX) {
		int64_t due = w->log_flush_ms - w->now_ms;

		if (due < 0)
			due = 0;
		if (wait == -1 || due < wait)
			wait = (int)due;
	}
	return wait;
}

static int
watch(struct worker *w, int fd, uint32_t events, void *mark)
{
	struct epoll_event event = { .events = events, .data.ptr = mark };

	return epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static size_t
count_waiting(const struct worker *w)
{
	return handoff_waiting(w->pool->handoff, w->index);
}

/* New sockets are told of only while it sleeps; else it looks for them in every turn. */
static int
wait_for_events(struct worker *w, struct epoll_event *events)
{
	int wait = wait_ms(w), n;

	if (wait == 0 || !handoff_sleep(w->pool->handoff, w->index))
		return call_epoll_wait(w->epoll_fd, events, EVENTS_PER_TURN, 0);
	n = call_epoll_wait(w->epoll_fd, events, EVENTS_PER_TURN, wait);
	handoff_awake(w->pool->handoff, w->index);
	return n;
}

static bool
finished(const struct worker *w)
{
	return w->draining && w->conn_count == 0 && count_waiting(w) == 0;
}

static void
turn(struct worker *w)
{
	struct epoll_event events[EVENTS_PER_TURN];
	int n = wait_for_events(w, events);

	read_clocks(w);
	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr == &w->order_fd)
			obey_orders(w);
		else if (events[i].data.ptr != w->pool->handoff)
			conn_event(events[i].data.ptr, events[i].events);
	}
	if (count_waiting(w) > 0)
		take_new(w);
	run_ready(w);
	expire(w);
	flush_log(w);
	bury(w);
}

static void *
run(void *arg)
{
	struct worker *w = arg;

	read_clocks(w);
	timer_wheel_init(&w->timers, w->now_ms);
	while (!finished(w))
		turn(w);
	write_log(w);
	atomic_fetch_sub_explicit(&w->pool->running, 1, memory_order_release);
	handoff_room_tell(w->pool->handoff);
	return NULL;
}

int
worker_start(struct worker *w)
{
	struct handoff *h = w->pool->handoff;

	if (watch(w, w->order_fd, EPOLLIN, &w->order_fd) == -1 ||
	    watch(w, handoff_wake_fd(h, w->index), EPOLLIN | EPOLLET, h) == -1)
		return errno;
	return pthread_create(&w->thread, NULL, run, w);
}

void
worker_join(struct worker *w)
{
	pthread_join(w->thread, NULL);
}
