/*
 * timer - see timer.h.
 *
 * A slot stands for one tick of every turn of the wheel.  A deadline beyond one turn goes into the
 * last slot of this turn and is moved on from there.
 */
#include "config.h"

#include "server/timer.h"

/* One slot less than a turn: what is moved on never lands in the slot at hand. */
enum { HORIZON = TIMER_SLOTS - 2 };

void
timer_wheel_init(struct timer_wheel *w, int64_t now_ms)
{
	*w = (struct timer_wheel){ .tick = now_ms / TIMER_TICK_MS };
	for (int i = 0; i < TIMER_SLOTS; i++)
		list_init(&w->slot[i]);
}

void
timer_init(struct timer *t)
{
	list_init(&t->link);
	t->deadline_ms = INT64_MAX;
}

/* The tick at whose end the deadline is past, within the present turn. */
static int64_t
tick_of(const struct timer_wheel *w, int64_t deadline_ms)
{
	int64_t tick = deadline_ms / TIMER_TICK_MS + 1;

	if (tick < w->tick)
		return w->tick;
	if (tick > w->tick + HORIZON)
		return w->tick + HORIZON;
	return tick;
}

/* Has it to be looked at before that tick?  The turn does not matter: a tick in use lies within it.
 */
static bool
is_before(int64_t deadline_ms, int64_t tick)
{
	return deadline_ms < (tick - 1) * TIMER_TICK_MS;
}

static void
place(struct timer_wheel *w, struct timer *t)
{
	unsigned slot;

	t->slot_tick = tick_of(w, t->deadline_ms);
	slot = (unsigned)(t->slot_tick % TIMER_SLOTS);
	list_remove(&t->link);
	list_append(&w->slot[slot], &t->link);
	w->used[slot / 64] |= UINT64_C(1) << slot % 64;
}

void
timer_set(struct timer_wheel *w, struct timer *t, int64_t deadline_ms)
{
	t->deadline_ms = deadline_ms;
	if (list_empty(&t->link) || is_before(deadline_ms, t->slot_tick))
		place(w, t);
}

void
timer_stop(struct timer *t)
{
	list_remove(&t->link);
	t->deadline_ms = INT64_MAX;
}

struct timer *
timer_take_due(struct timer_wheel *w, int64_t now_ms)
{
	int64_t now = now_ms / TIMER_TICK_MS;

	if (now - w->tick >= TIMER_SLOTS)
		w->tick = now - TIMER_SLOTS + 1; /* slept for more than a turn: each slot once */
	for (; w->tick <= now; w->tick++) {
		unsigned slot = (unsigned)(w->tick % TIMER_SLOTS);
		struct link *l;

		while ((l = list_first(&w->slot[slot]))) {
			struct timer *t = LIST_OWNER(l, struct timer, link);

			list_remove(&t->link);
			if (t->deadline_ms <= now_ms)
				return t;
			if (t->deadline_ms == INT64_MAX)
				continue;
			w->tick++; /* not back into the slot at hand */
			place(w, t);
			w->tick--;
		}
		w->used[slot / 64] &= ~(UINT64_C(1) << slot % 64);
	}
	return NULL;
}

int
timer_wait_ms(const struct timer_wheel *w, int64_t now_ms)
{
	for (int i = 0; i < TIMER_SLOTS; i++) {
		int64_t tick = w->tick + i;
		unsigned slot = (unsigned)(tick % TIMER_SLOTS);

		uint64_t rest = w->used[slot / 64] >> slot % 64;
		int64_t wait;

		if (rest == 0) {
			i += 63 - (int)(slot % 64); /* all of them empty: on to the next 64 */
			continue;
		}
		wait = (tick + __builtin_ctzll(rest)) * TIMER_TICK_MS - now_ms;
		return wait < 0 ? 0 : (int)wait;
	}
	return -1;
}
