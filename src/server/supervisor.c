/*
 * supervisor - see supervisor.h.
 *
 * Of its generations at most one starts, at most one serves, and the others drain.  A start ends in
 * one of two ways: the new one says that it is ready, then the one before it is told to drain; or
 * it ends, or is killed when its time is over, and nothing has changed.  Whoever waits for the
 * answer is told which, and why.
 */
#include "config.h"

#include "server/supervisor.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "log/error_log.h"
#include "server/generation.h"
#include "server/notify.h"
#include "server/signals.h"
#include "server/supervisor_record.h"
#include "server/supervisor_succession.h"

enum { KILL_AFTER_MS = 10000 };

/* Words. */

void
supervisor_say(struct supervisor *s, int level, const char *words)
{
	const struct child *c = child_in_state(s, CHILD_STARTING);
	enum child_cause cause = c ? c->cause : CAUSE_CRASH;

	if (level < 0 && cause == CAUSE_FIRST) {
		fprintf(stderr, "%s\n", words); /* as it is: nothing is served yet */
		return;
	}
	if (level < 0)
		level = strncmp(words, "warning:", 8) == 0 ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR;
	error_log((enum error_level)level, "%s", words);
	if (cause == CAUSE_RELOAD)
		orders_say(s, level, words);
}

static const char *
plural(unsigned n)
{
	return n == 1 ? "" : "s";
}

void
supervisor_tell_manager(const struct supervisor *s)
{
	const struct child *c = child_in_state(s, CHILD_SERVING);

	if (c)
		notify_send("READY=1\nSTATUS=serving %u host%s on %s\nMAINPID=%ld", c->hosts,
			    plural(c->hosts), c->addresses, (long)getpid());
	else
		notify_send("READY=1\nSTATUS=the server has crashed and will be started again");
}

/* Starting. */

static void
begin_reload(struct supervisor *s)
{
	s->reload_wanted = false;
	orders_begin_reload(s);
	s->respawn_ms = INT64_MAX; /* the new one takes its place */
	notify_send("RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=reloading",
		    (long long)clock_monotonic_ms() * 1000);
	if (child_start(s, CAUSE_RELOAD) == 0)
		return;
	orders_end_reload(s, false);
	supervisor_tell_manager(s);
	if (!child_in_state(s, CHILD_SERVING))
		life_plan_respawn(s, 0);
}

static void
say_reloaded(struct supervisor *s, const struct child *c)
{
	char words[64];

	snprintf(words, sizeof words, "reloaded: generation %u serves", c->generation);
	error_log(LOG_LEVEL_NOTICE, "%s", words);
	orders_say(s, LOG_LEVEL_NOTICE, words);
}

/* A reload has ended when nobody new is served by what was before. */
static void
look_at_taking_over(struct supervisor *s)
{
	const struct child *c = child_in_state(s, CHILD_SERVING);

	if (!s->taking_over)
		return;
	for (size_t i = 0; i < s->child_count; i++) {
		const struct child *old = s->children[i];

		if (old->state == CHILD_DRAINING && old->accepts && old->channel != -1)
			return;
	}
	s->taking_over = false;
	if (c)
		say_reloaded(s, c);
	orders_end_reload(s, c);
	supervisor_tell_manager(s);
	s->succession_due = succession_is_due(s);
}

static bool
is_obeyed(const struct supervisor *s)
{
	for (size_t i = 0; i < s->child_count; i++)
		if (s->children[i]->obey_ms != INT64_MAX)
			return false;
	return true;
}

/* When nobody waits for an answer, and nothing is still to be done, that would get lost. */
static void
look_at_succession(struct supervisor *s)
{
	if (!s->succession_due || s->stopping || s->taking_over || s->reopening ||
	    s->reload_wanted || child_in_state(s, CHILD_STARTING) ||
	    !child_in_state(s, CHILD_SERVING) || !is_obeyed(s) ||
	    control_due_ms(s->control) != INT64_MAX)
		return;
	s->succession_due = false;
	succession_run(s);
}

static void
reap(struct supervisor *s)
{
	pid_t pid;
	int how;

	while ((pid = waitpid(-1, &how, WNOHANG)) > 0)
		for (size_t i = 0; i < s->child_count; i++)
			if (s->children[i]->pid == pid) {
				life_end(s, s->children[i], how);
				break;
			}
}

/* Orders. */

void
supervisor_reopen_logs(struct supervisor *s)
{
	s->reopen_failed = false;
	for (size_t i = 0; i < s->child_count; i++) {
		struct child *c = s->children[i];

		/* one that starts waits for answers, and hears nothing else until it serves */
		if (c->state == CHILD_STARTING) {
			c->reopen_later = true;
			continue;
		}
		c->reopen_at = 0;
		child_reopen_logs(s, c);
	}
	error_log(LOG_LEVEL_NOTICE, "logs re-opened");
}

void
supervisor_stop(struct supervisor *s)
{
	bool again = s->stopping;

	if (!again) {
		notify_send("STOPPING=1\nSTATUS=stopping");
		keep_close_listeners(s);
	}
	s->stopping = true;
	s->respawn_ms = s->drain_ms = INT64_MAX;
	for (size_t i = 0; i < s->child_count; i++) {
		struct child *c = s->children[i];

		if (c->state == CHILD_STARTING)
			life_kill_start(s, c);
		else
			child_tell(c, again ? MESSAGE_CUT : MESSAGE_STOP,
				   again ? "a second signal came: connections are cut" : NULL);
	}
}

static void
read_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof info) == sizeof info)
		switch (info.ssi_signo) {
		case SIGCHLD:
			reap(s);
			break;
		case SIGHUP:
			s->reload_wanted = true;
			break;
		case SIGUSR1:
			supervisor_reopen_logs(s);
			break;
		default:
			supervisor_stop(s);
		}
}

/* The loop. */

static void
hear_children(struct supervisor *s, const struct pollfd *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < s->child_count; k++) {
			struct child *c = s->children[k];

			if (c->channel == -1 || c->channel != fds[i].fd || !fds[i].revents)
				continue;
			if (child_hear(s, c) && !s->stopping)
				life_accept(s, c);
			child_reopen_logs(s, c);
			break;
		}
}

/* When a generation has to be ready, or, when we stop, to be gone, to be waited for any longer. */
static int64_t
patience_ms(const struct supervisor *s, const struct child *c)
{
	if (c->state == CHILD_STARTING && c->cause != CAUSE_FIRST)
		return c->since_ms + START_MAX_MS;
	if (c->state == CHILD_KILLED && s->stopping)
		return c->since_ms + KILL_AFTER_MS;
	return INT64_MAX;
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int
wait_ms(const struct supervisor *s)
{
	int64_t until = sooner(s->respawn_ms, s->drain_ms), left;

	until = sooner(until, control_due_ms(s->control));
	for (size_t i = 0; i < s->child_count; i++) {
		const struct child *c = s->children[i];

		until = sooner(until, sooner(c->obey_ms, patience_ms(s, c)));
	}
	if (until == INT64_MAX)
		return -1;
	left = until - clock_monotonic_ms();
	return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

static void
wait_and_hear(struct supervisor *s)
{
	struct pollfd fds[2 + CHILDREN_MAX];
	size_t count = 0;

	fds[count++] = (struct pollfd){ .fd = s->signal_fd, .events = POLLIN };
	fds[count++] = (struct pollfd){ .fd = control_fd(s->control), .events = POLLIN };
	for (size_t i = 0; i < s->child_count; i++) {
		const struct child *c = s->children[i];
		bool full = c->reopen_at < c->log_count;

		fds[count++] = (struct pollfd){ .fd = c->channel,
						.events = full ? POLLIN | POLLOUT : POLLIN };
	}
	if (poll(fds, count, wait_ms(s)) <= 0)
		return;
	hear_children(s, fds + 2, count - 2);
	if (fds[0].revents)
		read_signals(s);
}

static void
end_disobedient(struct child *c)
{
	error_log(LOG_LEVEL_ERROR,
		  "generation %u (process %ld) does not do what it was told, and is killed",
		  c->generation, (long)c->pid);
	kill(c->pid, SIGKILL);
	c->obey_ms = INT64_MAX;
	if (c->channel != -1)
		child_leave(c); /* whatever becomes of it, nobody waits for it any more */
}

static void
keep_time(struct supervisor *s)
{
	int64_t now = clock_monotonic_ms();
	struct child *c = child_in_state(s, CHILD_STARTING);

	if (c && now >= patience_ms(s, c))
		life_kill_start(s, c);
	if (now >= s->drain_ms)
		life_drain_old(s);
	for (size_t i = 0; i < s->child_count; i++)
		if (now >= s->children[i]->obey_ms)
			end_disobedient(s->children[i]);
	if (now >= s->respawn_ms) {
		s->respawn_ms = INT64_MAX;
		if (child_start(s, CAUSE_CRASH) == -1)
			life_plan_respawn(s, 0);
	}
}

/* There is something to do, or somebody to wait for. */
static bool
goes_on(const struct supervisor *s)
{
	int64_t now = clock_monotonic_ms();

	for (size_t i = 0; i < s->child_count; i++)
		if (now < patience_ms(s, s->children[i]))
			return true;
	return !s->stopping;
}

static void
run(struct supervisor *s)
{
	while (goes_on(s)) {
		wait_and_hear(s);
		keep_time(s);
		look_at_taking_over(s);
		orders_run(s);
		if (s->reload_wanted && !s->stopping && !s->taking_over &&
		    !child_in_state(s, CHILD_STARTING))
			begin_reload(s);
		renewal_run(s);
		look_at_succession(s);
	}
	control_finish(s->control, CONTROL_STOP, s->status);
	control_run(s->control, clock_monotonic_ms());
}

/* Beginning and end. */

static int
open_signals(struct supervisor *s)
{
	static const int meant[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGCHLD };

	s->signal_fd = signals_open(meant, sizeof meant / sizeof *meant);
	return s->signal_fd == -1 ? -1 : 0;
}

/* Where this program lies, so that what lies there later is what runs then.  NULL with errno. */
static char *
find_program(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

	if (n == -1)
		return NULL;
	path[n] = '\0';
	return strdup(path);
}

static void
release(struct supervisor *s)
{
	while (s->child_count > 0)
		child_forget(s, s->children[0]);
	keep_free(s);
	error_log_open(STDERR_FILENO, LOG_LEVEL_NOTICE);
	if (s->error_fd != -1)
		close(s->error_fd);
	if (s->image_fd != -1)
		close(s->image_fd);
	if (s->signal_fd != -1)
		close(s->signal_fd);
	explicit_bzero(s->tickets, sizeof s->tickets);
	shared_free(s->shared);
	free(s->program);
}

/* 0, or GENERATION_FAILED. */
static int
begin(struct supervisor *s)
{
	s->own = holder_new();
	s->program = find_program();
	s->shared = shared_new();
	s->control = control_new(s->config_path);
	if (s->own && s->program && s->shared && s->control && open_signals(s) == 0)
		return child_start(s, CAUSE_FIRST) == 0 ? 0 : GENERATION_FAILED;
	error_log(LOG_LEVEL_ERROR, "the supervisor cannot start: %s", strerror(errno));
	return GENERATION_FAILED;
}

/* Takes the place of another program, in the same process. */
static int
succeed(struct supervisor *s)
{
	const struct child *c;

	if (!succession_take(s) || open_signals(s) == -1) {
		error_log(LOG_LEVEL_ERROR, "the supervisor cannot go on from what was before: %s",
			  strerror(errno));
		return GENERATION_FAILED;
	}
	c = child_in_state(s, CHILD_SERVING);
	if (c)
		life_follow_error_log(s, c);
	error_log(LOG_LEVEL_NOTICE, "the supervisor is %s %s now", PACKAGE_NAME, PACKAGE_VERSION);
	reap(s); /* whoever ended meanwhile */
	return 0;
}

int
supervisor_run(const struct supervisor_options *options)
{
	struct supervisor s = { .config_path = options->config_path,
				.detach = options->detach,
				.signal_fd = -1,
				.image_fd = -1,
				.error_fd = -1,
				.next_control = -1,
				.started_s = clock_real().tv_sec,
				.pidfile = PIDFILE_NONE,
				.next_pidfile = PIDFILE_NONE,
				.respawn_ms = INT64_MAX,
				.drain_ms = INT64_MAX };

	s.status = options->succeeds ? succeed(&s) : begin(&s);
	if (s.status == 0)
		run(&s);
	release(&s);
	return s.status;
}
