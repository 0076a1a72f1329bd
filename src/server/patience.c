/* patience - see patience.h. */
#include "config.h"

#include "server/patience.h"

void
patience_start(struct patience *p, uint64_t rate, uint64_t most_ms, int64_t now_ms)
{
	*p = (struct patience){ .rate = rate, .most_ms = (int64_t)most_ms };
	patience_renew(p, now_ms);
}

void
patience_renew(struct patience *p, int64_t now_ms)
{
	p->until_ms = p->rate > 0 ? now_ms + p->most_ms : INT64_MAX;
	p->rest = 0;
}

void
patience_note(struct patience *p, uint64_t bytes, int64_t now_ms)
{
	if (p->rate == 0)
		return;
	p->rest += bytes * 1000;
	p->until_ms += (int64_t)(p->rest / p->rate);
	p->rest %= p->rate;
	if (p->until_ms > now_ms + p->most_ms)
		patience_renew(p, now_ms);
}
