/*
 * supervisor_renewal - a generation takes over because a root is out of reach of the one before.
 *
 * Nothing changes but the walls: it starts from what was last read, as after a crash, so that a
 * file that somebody is editing stays what it is, a draft.  Who asks may have been taken over, or
 * the owner of a site switches its root back and forth: so there is a pause between two, which
 * doubles until nobody has asked for a while, and no download is ever cut for it.
 */
#include "config.h"

#include "base/clock.h"
#include "log/error_log.h"
#include "server/supervisor_record.h"

enum {
	PAUSE_FIRST_MS = 500,
	PAUSE_MAX_MS = 60000,
	DRAINING_LEFT = DRAINING_MAX / 2, /* the other half is for reloads */
};

static size_t
count_draining(const struct supervisor *s)
{
	size_t draining = 0;

	for (size_t i = 0; i < s->child_count; i++)
		draining += s->children[i]->state == CHILD_DRAINING;
	return draining;
}

static bool
is_possible(const struct supervisor *s)
{
	return !s->stopping && !s->taking_over && !s->reload_wanted && s->image_fd != -1 &&
	       child_in_state(s, CHILD_SERVING) && !child_in_state(s, CHILD_STARTING);
}

static void
plan_next(struct supervisor *s, int64_t now)
{
	if (s->renewal_pause_ms == 0 || now - s->renewal_ms >= PAUSE_MAX_MS)
		s->renewal_pause_ms = PAUSE_FIRST_MS;
	else if (s->renewal_pause_ms < PAUSE_MAX_MS / 2)
		s->renewal_pause_ms *= 2;
	else
		s->renewal_pause_ms = PAUSE_MAX_MS;
	s->renewal_ms = now + s->renewal_pause_ms;
}

void
renewal_run(struct supervisor *s)
{
	int64_t now = clock_monotonic_ms();
	bool wanted = s->renewal_wanted;

	s->renewal_wanted = false; /* for as long as it is needed it is asked for again */
	if (!wanted || now < s->renewal_ms || !is_possible(s))
		return;
	plan_next(s, now);
	if (count_draining(s) < DRAINING_LEFT)
		child_start(s, CAUSE_RENEWAL);
	else
		error_log(LOG_LEVEL_WARN,
			  "no other generation takes over for a root: %d drain still, and none is "
			  "cut for that",
			  DRAINING_LEFT);
}

void
renewal_say_end(const struct supervisor *s, const struct child *c, bool good)
{
	if (good)
		error_log(LOG_LEVEL_NOTICE,
			  "generation %u serves: what it was told is as before, its sandbox is new",
			  c->generation);
	else
		error_log(LOG_LEVEL_ERROR,
			  "the sandbox stays as it is; not tried again for %lld ms",
			  (long long)s->renewal_pause_ms);
}
