/*
 * conn - see conn.h.
 *
 * A socket is registered with epoll when it first has to wait for something: a client that asks
 * once is often answered and gone before.  It is registered edge-triggered, for reading; for
 * writing too once it did not take an answer whole, which most never see, and a registration for
 * both would begin with an event that says nothing.  What may be received or sent is remembered in
 * two flags.  A receive that gives less than was asked for has emptied the socket, so the flag
 * falls without another call that would only say EAGAIN (epoll(7)); the end of the client's bytes
 * comes as an event of its own and raises it again.
 */
#include "config.h"

#include "server/conn.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "server/handshake.h"
#include "server/http1.h"
#include "server/per_ip.h"
#include "server/preface.h"
#include "server/tls.h"
#include "server/worker.h"

enum {
	STEPS_PER_RUN = 64, /* then others have their turn */
	HEAVY_STEPS = 16,   /* what a heavy step counts for */
};

static const char *const state_words[] = {
#define CONN_STATE(enumerator, word) [enumerator] = word,
#include "server/conn_state.def"
#undef CONN_STATE
};

/* Counted first, then looked whether the acceptor waits for it; it does both the other way round.
 */
static void
count_closed(struct worker *w, enum close_reason reason, bool refused)
{
	if (refused)
		atomic_fetch_sub(&w->pool->refusing, 1);
	counter_add(&w->counters->closed[reason], 1);
	handoff_end(w->pool->handoff, w->index);
	if (atomic_load(&w->pool->acceptor_waits))
		handoff_room_tell(w->pool->handoff);
}

_Static_assert(sizeof(struct conn) < 300, "an idle connection is this record and no more");

static struct ip
peer_of(const struct handoff_item *item)
{
	struct address a = { .len = sizeof item->peer };

	memcpy(&a.v6, &item->peer, sizeof item->peer);
	return ip_of_address(&a);
}

static const struct driver *
first_driver(const struct listen_spec *l)
{
	return l->tls ? &handshake_driver : l->h2c ? &preface_driver : &http1_driver;
}

struct conn *
conn_new(struct worker *w, const struct handoff_item *item)
{
	struct conn *c = calloc(1, sizeof *c);

	counter_add(&w->counters->count[COUNT_CONNECTIONS], 1);
	if (!c) {
		per_ip_give(item->place);
		close(item->fd);
		count_closed(w, CLOSE_NO_MEMORY, item->refuse);
		return NULL;
	}
	transport_init_plain(&c->transport, item->fd);
	c->worker = w;
	c->driver = first_driver(&w->pool->config->server.listen[item->listener]);
	c->listener = item->listener;
	if (item->refuse)
		c->refusal = item->too_many ? CONN_TOO_MANY : CONN_NO_ROOM;
	c->place = item->place;
	c->peer = c->client = peer_of(item);
	/* the first request is often there already, and the socket can surely take an answer */
	c->readable = c->writable = true;
	c->state = CONN_READING_HEAD;
	timer_init(&c->timer);
	list_init(&c->ready);
	list_append(&w->busy, &c->link);
	w->conn_count++;
	conn_set_state(c, CONN_READING_HEAD,
		       w->now_ms + (int64_t)w->pool->config->server.head_timeout_ms);
	return c;
}

void
conn_set_state(struct conn *c, enum conn_state state, int64_t deadline_ms)
{
	struct worker *w = c->worker;
	bool idle = state == CONN_IDLE, was_idle = c->state == CONN_IDLE;

	if (idle != was_idle) {
		list_remove(&c->link);
		list_append(idle ? &w->idle : &w->busy, &c->link);
		atomic_store_explicit(&w->counters->idle,
				      atomic_load_explicit(&w->counters->idle,
							   memory_order_relaxed) +
					      (idle ? 1u : -1u),
				      memory_order_relaxed);
	}
	c->state = state;
	timer_set(&w->timers, &c->timer, deadline_ms);
}

/* Before it waits: what it waits for will be told, or it is closed. */
static void
watch(struct conn *c)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.ptr = c };
	int operation = c->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (c->watched && (c->writable || c->watched_out))
		return;
	c->watched = true;
	c->watched_out = !c->writable;
	if (c->watched_out)
		event.events |= EPOLLOUT;
	if (epoll_ctl(c->worker->epoll_fd, operation, c->transport.fd, &event) == -1)
		conn_close(c, CLOSE_NO_MEMORY);
}

/* What TLS itself has to say, such as tickets, is sent before the client is waited for.  False when
 * the connection is closed. */
static bool
push(struct conn *c)
{
	if (!c->writable || transport_push(&c->transport) == 0)
		return true;
	if (errno != EAGAIN) {
		conn_fail(c);
		return false;
	}
	c->writable = false;
	return true;
}

void
conn_run(struct conn *c)
{
	for (int i = 0; i < STEPS_PER_RUN; i++) {
		switch (c->driver->step(c)) {
		case STEP_AGAIN:
			break;
		case STEP_HEAVY:
			i += HEAVY_STEPS - 1;
			break;
		case STEP_WANT_READ:
			if (c->readable)
				break;
			if (c->transport.gathered && !push(c))
				return;
			watch(c);
			return;
		case STEP_WANT_WRITE:
			if (c->writable)
				break;
			watch(c);
			return;
		case STEP_WANT_TIME:
			watch(c);
			return;
		case STEP_CLOSED:
			return;
		}
	}
	worker_run_again(c->worker, c);
}

void
conn_event(struct conn *c, uint32_t events)
{
	if (c->state == CONN_CLOSED)
		return; /* an earlier event of this batch ended it */
	if (events & EPOLLERR) {
		conn_close(c, CLOSE_RESET);
		return;
	}
	/* EPOLLHUP: both directions are over, also when it was we who ended ours */
	if (events & (EPOLLRDHUP | EPOLLHUP))
		c->transport.ended = true;
	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP))
		c->readable = true;
	if (events & (EPOLLOUT | EPOLLHUP)) {
		c->writable = true;
		if (c->transport.crossed)
			c->readable = true;
	}
	conn_run(c);
}

enum step
conn_receive(struct conn *c, char *out, size_t cap, size_t *n)
{
	ssize_t got;

	if (!c->readable)
		return STEP_WANT_READ;
	got = transport_receive(&c->transport, out, cap);
	if (got == -1) {
		if (errno != EAGAIN) {
			conn_fail(c);
			return STEP_CLOSED;
		}
		if (c->transport.interrupted)
			return STEP_HEAVY;
		c->readable = false;
		if (c->transport.crossed)
			c->writable = false; /* which tells when to try again */
		return STEP_WANT_READ;
	}
	if ((size_t)got < cap && !c->transport.ended && !c->transport.interrupted)
		c->readable = false; /* emptied; the next bytes come with an event */
	counter_add(&c->worker->counters->count[COUNT_BYTES_RECEIVED], (uint64_t)got);
	*n = (size_t)got;
	return STEP_AGAIN;
}

/* Which endings the administrator may want to know of. */
static enum error_level
level_of(enum close_reason reason)
{
	switch (reason) {
	case CLOSE_BROKEN_BODY:
	case CLOSE_NO_MEMORY:
		return LOG_LEVEL_ERROR;
	case CLOSE_HEAD_TIMEOUT:
	case CLOSE_BODY_TIMEOUT:
	case CLOSE_SEND_TIMEOUT:
	case CLOSE_SLOW:
	case CLOSE_REFUSED:
	case CLOSE_HANDSHAKE_TIMEOUT:
	case CLOSE_HANDSHAKE_CROWD:
	case CLOSE_PROTOCOL:
	case CLOSE_FLOOD:
		return LOG_LEVEL_INFO;
	default:
		return LOG_LEVEL_DEBUG;
	}
}

void
conn_close(struct conn *c, enum close_reason reason)
{
	struct worker *w = c->worker;

	if (c->state == CONN_CLOSED)
		return;
	if (error_log_wants(level_of(reason)))
		conn_log(c, level_of(reason), "connection closed: %s", close_reason_words(reason));
	c->driver->detach(c);
	conn_set_state(c, CONN_CLOSED, INT64_MAX);
	timer_stop(&c->timer);
	per_ip_give(c->place);		/* before the client can see the end, and come again */
	transport_close(&c->transport); /* which also takes it out of epoll */
	list_remove(&c->ready);
	list_remove(&c->link);
	list_append(&w->dead, &c->link);
	w->conn_count--;
	count_closed(w, reason, conn_is_refused(c));
}

void
conn_fail(struct conn *c)
{
	bool tls = errno == EPROTO;

	if (tls)
		conn_log(c, LOG_LEVEL_INFO, "TLS: %s", tls_words(&c->transport));
	conn_close(c, tls ? CLOSE_TLS : CLOSE_RESET);
}

bool
conn_is_refused(const struct conn *c)
{
	return c->refusal == CONN_NO_ROOM || c->refusal == CONN_TOO_MANY;
}

void
conn_log(const struct conn *c, enum error_level level, const char *fmt, ...)
{
	char words[1024], client[ADDRESS_TEXT_SIZE], proxy[ADDRESS_TEXT_SIZE] = "";
	va_list ap;

	if (!error_log_wants(level))
		return;
	va_start(ap, fmt);
	vsnprintf(words, sizeof words, fmt, ap);
	va_end(ap);
	ip_format(&c->client, client);
	if (!ip_equal(&c->client, &c->peer))
		ip_format(&c->peer, proxy);
	error_log(level, "%s; client %s%s%s, %s", words, client, *proxy ? " through " : "", proxy,
		  state_words[c->state]);
}
