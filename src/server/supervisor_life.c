/*
 * supervisor_life - see supervisor_record.h: how a generation comes to serve, and how it ends.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "log/error_log.h"
#include "server/generation.h"
#include "server/supervisor_record.h"

enum {
	DELAY_FIRST_MS = 100,
	DELAY_MAX_MS = 30000,
	RAN_WELL_MS = 60000, /* then the next crash is like the first */
	HAND_OVER_MS = 500,  /* for handshakes that are under way */
};

static void __attribute__((format(printf, 3, 4)))
say(struct supervisor *s, int level, const char *fmt, ...)
{
	char words[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof words, fmt, ap);
	va_end(ap);
	supervisor_say(s, level, words);
}

void
life_follow_error_log(struct supervisor *s, const struct child *c)
{
	int before = s->error_fd, fd = c->error_fd;

	s->error_fd = -1;
	if (fd == -1)
		fd = s->error_fd = holder_log(s->own, "", HOLDER_NO_OWNER, HOLDER_ERROR_LOG);
	error_log_open(fd != -1 ? fd : STDERR_FILENO, (enum error_level)c->error_level);
	if (before != -1)
		close(before);
}

/* It ends and nobody serves in its place yet: what is written to stays open. */
static void
inherit_error_log(struct supervisor *s, struct child *c)
{
	if (c->state != CHILD_SERVING || c->error_fd == -1)
		return;
	s->error_fd = c->error_fd; /* it had none of its own */
	c->error_fd = -1;
}

/* Starting. */

void
life_plan_respawn(struct supervisor *s, int64_t ran_ms)
{
	if (ran_ms >= RAN_WELL_MS || s->delay_ms == 0)
		s->delay_ms = DELAY_FIRST_MS;
	else if (s->delay_ms < DELAY_MAX_MS / 2)
		s->delay_ms *= 2;
	else
		s->delay_ms = DELAY_MAX_MS;
	s->respawn_ms = clock_monotonic_ms() + s->delay_ms;
	s->crashes++;
	error_log(LOG_LEVEL_ERROR,
		  "the next one starts in %lld ms, from what the last one had read",
		  (long long)s->delay_ms);
}

/* Those that were told to leave are leaving. */
static void
limit_draining(struct supervisor *s)
{
	struct child *oldest = NULL;
	size_t draining = 0;

	for (size_t i = 0; i < s->child_count; i++) {
		struct child *c = s->children[i];

		if (c->state != CHILD_DRAINING || c->cut)
			continue;
		draining++;
		if (!oldest)
			oldest = c;
	}
	if (draining > DRAINING_MAX)
		child_tell(oldest, MESSAGE_CUT,
			   "too many generations drain: the oldest one is cut");
}

void
life_drain_old(struct supervisor *s)
{
	s->drain_ms = INT64_MAX;
	for (size_t i = 0; i < s->child_count; i++)
		if (s->children[i]->state == CHILD_DRAINING && s->children[i]->accepts)
			child_tell(s->children[i], MESSAGE_DRAIN, NULL);
}

void
life_accept(struct supervisor *s, struct child *c)
{
	struct child *old = child_in_state(s, CHILD_SERVING);
	int error;
	bool hands_over = keep_hand_over(s, &error);

	if (error != 0) {
		say(s, LOG_LEVEL_ERROR, "its sockets cannot listen: %s", strerror(error));
		kill(c->pid, SIGKILL);
		return;
	}
	keep_settle(s, true);
	c->state = CHILD_SERVING;
	if (c->reopen_later)
		c->reopen_at = 0;
	c->reopen_later = false;
	c->since_ms = clock_monotonic_ms();
	if (c->image_fd != -1) {
		if (s->image_fd != -1)
			close(s->image_fd);
		s->image_fd = c->image_fd;
		c->image_fd = -1;
	}
	if (c->cause == CAUSE_FIRST)
		detach_ready(s->detach);
	life_follow_error_log(s, c);
	if (c->cause == CAUSE_RENEWAL)
		renewal_say_end(s, c, true);
	s->taking_over = c->cause == CAUSE_RELOAD;
	if (old) {
		old->state = CHILD_DRAINING;
		if (hands_over)
			s->drain_ms = clock_monotonic_ms() + HAND_OVER_MS;
		else
			life_drain_old(s);
		limit_draining(s);
	}
	if (!s->taking_over)
		supervisor_tell_manager(s);
}

/* Ending. */

static void
describe_end(int how, char *words, size_t size)
{
	if (WIFSIGNALED(how))
		snprintf(words, size, "was ended by signal %d (%s)", WTERMSIG(how),
			 strsignal(WTERMSIG(how))); /* NOLINT(concurrency-mt-unsafe): no threads */
	else
		snprintf(words, size, "ended with status %d", WEXITSTATUS(how));
}

static void
end_of_start(struct supervisor *s, const struct child *c, int how, const char *words)
{
	bool explained = WIFEXITED(how) && WEXITSTATUS(how) == GENERATION_FAILED;

	keep_settle(s, false);
	if (s->stopping && c->cause == CAUSE_RELOAD)
		orders_end_reload(s, false);
	if (s->stopping)
		return;
	if (c->cause == CAUSE_FIRST) {
		s->status = WIFEXITED(how) ? WEXITSTATUS(how) : GENERATION_FAILED;
		s->stopping = true;
	}
	if (c->cause == CAUSE_FIRST && explained)
		return;
	if (!explained)
		say(s, LOG_LEVEL_ERROR, "generation %u %s before it was ready", c->generation,
		    words);
	if (c->cause == CAUSE_RELOAD) {
		say(s, LOG_LEVEL_ERROR, "the reload is refused: everything stays as it was");
		orders_end_reload(s, false);
		supervisor_tell_manager(s);
	}
	if (c->cause == CAUSE_RENEWAL)
		renewal_say_end(s, c, false);
	if (c->cause != CAUSE_FIRST && !child_in_state(s, CHILD_SERVING))
		life_plan_respawn(s, 0);
}

void
life_kill_start(struct supervisor *s, struct child *c)
{
	char words[64];

	snprintf(words, sizeof words, "was killed because %d s had passed", START_MAX_MS / 1000);
	kill(c->pid, SIGKILL);
	if (c->channel != -1)
		child_leave(c);
	end_of_start(s, c, SIGKILL, words);
	c->state = CHILD_KILLED;
	c->since_ms = clock_monotonic_ms();
}

static void
end_of_service(struct supervisor *s, const struct child *c, int how, const char *words)
{
	bool good = WIFEXITED(how) &&
		    (WEXITSTATUS(how) == GENERATION_STOPPED || WEXITSTATUS(how) == GENERATION_CUT);

	if (s->stopping && WIFEXITED(how) && WEXITSTATUS(how) > s->status)
		s->status = WEXITSTATUS(how);
	if (s->stopping && WIFSIGNALED(how))
		s->status = GENERATION_CUT;
	if (s->stopping || (c->state == CHILD_DRAINING && good))
		return;
	error_log(LOG_LEVEL_ERROR, "generation %u (process %ld) %s", c->generation, (long)c->pid,
		  words);
	if (c->state == CHILD_SERVING && !child_in_state(s, CHILD_STARTING))
		life_plan_respawn(s, clock_monotonic_ms() - c->since_ms);
}

void
life_end(struct supervisor *s, struct child *c, int how)
{
	char words[160];

	describe_end(how, words, sizeof words);
	child_hear(s, c); /* its last words */
	if (c->state == CHILD_STARTING)
		end_of_start(s, c, how, words);
	else if (c->state != CHILD_KILLED)
		end_of_service(s, c, how, words);
	inherit_error_log(s, c);
	child_forget(s, c);
}
