/* pace - see pace.h. */
#include "config.h"

#include "server/pace.h"

enum {
	PIECES = 8, /* a second */
	FILL_MS =
		500, /* what is not used in that time is lost: a client that stalls gets no gush */
};

/* The least that is worth sending, in thousandths. */
static int64_t
piece(const struct pace *p, uint64_t left)
{
	uint64_t n = p->rate / PIECES;

	if (n == 0)
		n = 1;
	return (int64_t)(n < left ? n : left) * 1000;
}

void
pace_start(struct pace *p, uint64_t rate, uint64_t after, int64_t now_ms)
{
	*p = (struct pace){ .rate = rate, .then_ms = now_ms };
	p->budget = (int64_t)after * 1000 + piece(p, UINT64_MAX);
}

static void
fill(struct pace *p, int64_t now_ms)
{
	int64_t past = now_ms - p->then_ms;
	int64_t most = piece(p, UINT64_MAX) + (int64_t)p->rate * FILL_MS;

	p->then_ms = now_ms;
	if (past > 3600000)
		past = 3600000;
	if (p->budget >= most) /* of `after` something is left */
		return;
	p->budget += past * (int64_t)p->rate;
	if (p->budget > most)
		p->budget = most;
}

uint64_t
pace_allowed(struct pace *p, uint64_t left, int64_t now_ms)
{
	if (p->rate == 0)
		return UINT64_MAX;
	fill(p, now_ms);
	return p->budget < piece(p, left) ? 0 : (uint64_t)p->budget / 1000;
}

int64_t
pace_wait_ms(const struct pace *p, uint64_t left)
{
	int64_t rate = (int64_t)p->rate;

	return (piece(p, left) - p->budget + rate - 1) / rate;
}

void
pace_spend(struct pace *p, uint64_t bytes)
{
	p->budget -= (int64_t)bytes * 1000;
}
