/* preface - see preface.h. */
#include "config.h"

#include "server/preface.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/slice.h"
#include "server/http1.h"
#include "server/http2.h"

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

static enum step
end(struct conn *c, enum close_reason reason)
{
	conn_close(c, reason);
	return STEP_CLOSED;
}

/* The state and its deadline are those of a head that is read: they stay. */
static enum step
go_on(struct conn *c, const struct driver *driver)
{
	c->driver = driver;
	return STEP_AGAIN;
}

static enum step
preface_step(struct conn *c)
{
	char bytes[sizeof preface - 1];
	ssize_t n;

	if (c->refusal != CONN_WELCOME)
		return go_on(c, &http1_driver);
	if (!c->readable)
		return STEP_WANT_READ;
	do
		n = recv(c->transport.fd, bytes, sizeof bytes, MSG_PEEK);
	while (n == -1 && errno == EINTR);
	if (n == -1 && errno != EAGAIN)
		return end(c, CLOSE_RESET);
	if (n == 0)
		return end(c, CLOSE_CLIENT);
	if (n > 0 && memcmp(bytes, preface, (size_t)n) != 0)
		return go_on(c, &http1_driver);
	if (n == sizeof bytes)
		return go_on(c, &http2_driver);
	if (n > 0 && c->transport.ended) /* no more of it comes */
		return go_on(c, &http1_driver);
	c->readable = false;
	return STEP_WANT_READ;
}

static void
expired(struct conn *c)
{
	conn_close(c, CLOSE_HEAD_TIMEOUT);
}

static void
drain(struct conn *c)
{
	conn_close(c, CLOSE_STOPPING);
}

static void
nothing(struct conn *c)
{
	(void)c; /* no job is waited for, and there is no record */
}

const struct driver preface_driver = {
	.step = preface_step,
	.expired = expired,
	.resume = nothing,
	.drain = drain,
	.detach = nothing,
};
