/* handshake - see handshake.h. */
#include "config.h"

#include "server/handshake.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "server/http1.h"
#include "server/http2.h"
#include "server/tls.h"
#include "server/worker.h"

struct handshake {
	struct link link; /* in the worker's list, in the order in which they began */
	struct conn *conn;
};

unsigned
handshake_share(const struct config *c, unsigned workers)
{
	return (c->tls.max_handshakes + workers - 1) / workers;
}

static enum step
wait_for_bytes(struct conn *c)
{
	c->readable = false;
	return STEP_WANT_READ;
}

static enum step
end(struct conn *c, enum close_reason reason)
{
	conn_close(c, reason);
	return STEP_CLOSED;
}

static void
read_head(struct conn *c)
{
	struct worker *w = c->worker;

	conn_set_state(c, CONN_READING_HEAD,
		       w->now_ms + (int64_t)w->pool->config->server.head_timeout_ms);
}

/* RFC 9110 15.5.1: it would wait for an answer to what is no ClientHello. */
static enum step
begin_plain(struct conn *c)
{
	c->driver = &http1_driver;
	c->refusal = CONN_NO_TLS;
	read_head(c);
	return STEP_AGAIN;
}

static enum step
begin(struct conn *c)
{
	struct worker *w = c->worker;
	struct handshake *h = malloc(sizeof *h);
	struct link *oldest;

	if (!h || !tls_begin(&c->transport, w->pool->tls, c->listener)) {
		free(h);
		return end(c, CLOSE_NO_MEMORY);
	}
	oldest = list_first(&w->handshakes);
	if (oldest && w->handshake_count >= w->pool->handshakes_each)
		conn_close(LIST_OWNER(oldest, struct handshake, link)->conn, CLOSE_HANDSHAKE_CROWD);
	h->conn = c;
	list_append(&w->handshakes, &h->link);
	w->handshake_count++;
	c->protocol = h;
	return STEP_AGAIN;
}

/* Nothing is made for a client before it says something, and then its first byte tells which
 * language it speaks: a record of a handshake begins with 22 (RFC 8446 5.1), a method with a
 * letter. */
static enum step
look(struct conn *c)
{
	const struct worker *w = c->worker;
	char byte;
	ssize_t n;

	if (c->state != CONN_HANDSHAKE) /* it has just come */
		conn_set_state(c, CONN_HANDSHAKE,
			       w->now_ms + (int64_t)w->pool->config->server.handshake_timeout_ms);
	if (c->refusal != CONN_WELCOME) /* a page would cost a handshake */
		return end(c, CLOSE_REFUSED);
	if (!c->readable)
		return STEP_WANT_READ;
	do
		n = recv(c->transport.fd, &byte, 1, MSG_PEEK);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno == EAGAIN ? wait_for_bytes(c) : end(c, CLOSE_RESET);
	if (n == 0)
		return end(c, CLOSE_CLIENT);
	return byte >= 'A' && byte <= 'Z' ? begin_plain(c) : begin(c);
}

static void
leave(struct conn *c)
{
	struct handshake *h = c->protocol;

	if (!h)
		return;
	list_remove(&h->link);
	c->worker->handshake_count--;
	free(h);
	c->protocol = NULL;
}

/* Which protocol it is was agreed upon by ALPN. */
static enum step
go_on_with_http(struct conn *c)
{
	leave(c);
	c->tls_site = tls_site(&c->transport);
	c->driver = tls_is_http2(&c->transport) ? &http2_driver : &http1_driver;
	c->readable = c->writable = true; /* OpenSSL may have read the first request already */
	counter_add(&c->worker->counters->count[COUNT_HANDSHAKES], 1);
	read_head(c);
	return STEP_AGAIN;
}

static enum step
handshake_step(struct conn *c)
{
	if (!c->protocol)
		return look(c);
	switch (tls_handshake(&c->transport)) {
	case TLS_DONE:
		return go_on_with_http(c);
	case TLS_WANT_READ:
		return wait_for_bytes(c);
	case TLS_WANT_WRITE:
		c->writable = false;
		return STEP_WANT_WRITE;
	case TLS_GONE:
		return end(c, CLOSE_CLIENT);
	case TLS_FAILED:
		break;
	}
	conn_log(c, LOG_LEVEL_INFO, "TLS: %s", tls_words(&c->transport));
	return end(c, CLOSE_HANDSHAKE);
}

static void
expired(struct conn *c)
{
	conn_close(c, CLOSE_HANDSHAKE_TIMEOUT);
}

static void
drain(struct conn *c)
{
	conn_close(c, CLOSE_STOPPING);
}

static void
resume(struct conn *c)
{
	(void)c; /* no job is ever waited for */
}

const struct driver handshake_driver = {
	.step = handshake_step,
	.expired = expired,
	.resume = resume,
	.drain = drain,
	.detach = leave,
};
