/* linger - see linger.h. */
#include "config.h"

#include "server/linger.h"

#include "server/http.h"

enum {
	IDLE_MS = 2000,
	TOTAL_MS = 10000,
	LATE_MS = 500,	  /* for who did not send in time */
	BYTES = 64 << 20, /* what is read of a client that does not stop sending */
	PIECE = 16 * 1024,
};

static int64_t
deadline(const struct conn *c)
{
	int64_t idle = http_after(c, IDLE_MS);

	return idle < c->linger_until_ms ? idle : c->linger_until_ms;
}

static void
end(struct conn *c)
{
	conn_close(c, c->linger_reason);
}

static enum step
linger_step(struct conn *c)
{
	char bytes[PIECE];
	size_t n = 0;
	enum step step = conn_receive(c, bytes, sizeof bytes, &n);

	if (step != STEP_AGAIN)
		return step;
	if (n == 0 || n > c->linger_left) {
		end(c);
		return STEP_CLOSED;
	}
	c->linger_left -= (uint32_t)n;
	timer_set(&c->worker->timers, &c->timer, deadline(c));
	return STEP_AGAIN;
}

static void
nothing(struct conn *c)
{
	(void)c; /* no job is waited for, a stop changes nothing, there is no record */
}

static const struct driver linger_driver = {
	.step = linger_step,
	.expired = end,
	.resume = nothing,
	.drain = nothing,
	.detach = nothing,
};

enum step
linger_begin(struct conn *c, bool late, enum close_reason reason)
{
	transport_finish(&c->transport);
	c->driver->detach(c);
	c->driver = &linger_driver;
	c->linger_left = BYTES;
	c->linger_reason = reason;
	c->linger_until_ms = http_after(c, late ? LATE_MS : TOTAL_MS);
	conn_set_state(c, CONN_LINGERING, deadline(c));
	return STEP_AGAIN;
}
