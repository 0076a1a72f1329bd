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
#include <stdarg.h>
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

enum {
	DELAY_FIRST_MS = 100,
	DELAY_MAX_MS = 30000,
	RAN_WELL_MS = 60000, /* then the next crash is like the first */
	KILL_AFTER_MS = 10000,
	HAND_OVER_MS = 500,   /* for handshakes that are under way */
	START_MAX_MS = 60000, /* a folder that does not answer would hold up all reloads */
};

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

static const char *
plural(unsigned n)
{
	return n == 1 ? "" : "s";
}

static void
tell_manager_ready(const struct supervisor *s)
{
	const struct child *c = child_in_state(s, CHILD_SERVING);

	if (c)
		notify_send("READY=1\nSTATUS=serving %u host%s on %s\nMAINPID=%ld", c->hosts,
			    plural(c->hosts), c->addresses, (long)getpid());
	else
		notify_send("READY=1\nSTATUS=the server has crashed and will be started again");
}

/* What the error log of a generation is becomes ours. */
static void
follow_error_log(struct supervisor *s, const struct child *c)
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

/* Each time later, until one has run for a while. */
static void
plan_respawn(struct supervisor *s, int64_t ran_ms)
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
	tell_manager_ready(s);
	if (!child_in_state(s, CHILD_SERVING))
		plan_respawn(s, 0);
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

static void
say_reloaded(struct supervisor *s, const struct child *c)
{
	char words[64];

	snprintf(words, sizeof words, "reloaded: generation %u serves", c->generation);
	error_log(LOG_LEVEL_NOTICE, "%s", words);
	orders_say(s, LOG_LEVEL_NOTICE, words);
}

/* Those before the one that serves; whoever was told already hears nothing new. */
static void
drain_old(struct supervisor *s)
{
	s->drain_ms = INT64_MAX;
	for (size_t i = 0; i < s->child_count; i++)
		if (s->children[i]->state == CHILD_DRAINING && s->children[i]->accepts)
			child_tell(s->children[i], MESSAGE_DRAIN, NULL);
}

/* The one that starts serves now. */
static void
accept_child(struct supervisor *s, struct child *c)
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
	follow_error_log(s, c);
	if (c->cause == CAUSE_RENEWAL)
		renewal_say_end(s, c, true);
	s->taking_over = c->cause == CAUSE_RELOAD;
	if (old) {
		old->state = CHILD_DRAINING;
		s->drain_ms = clock_monotonic_ms() + HAND_OVER_MS;
		if (!hands_over)
			drain_old(s);
		limit_draining(s);
	}
	if (!s->taking_over)
		tell_manager_ready(s);
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
	tell_manager_ready(s);
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
		tell_manager_ready(s);
	}
	if (c->cause == CAUSE_RENEWAL)
		renewal_say_end(s, c, false);
	if (c->cause != CAUSE_FIRST && !child_in_state(s, CHILD_SERVING))
		plan_respawn(s, 0);
}

/*
 * A start that is not waited for any more.  What it waits for may keep the process from ending, a
 * file server that is gone say; so this is the end of the start, whenever that of the process is.
 */
static void
kill_start(struct supervisor *s, struct child *c)
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
		plan_respawn(s, clock_monotonic_ms() - c->since_ms);
}

static void
end_child(struct supervisor *s, struct child *c, int how)
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

static void
reap(struct supervisor *s)
{
	pid_t pid;
	int how;

	while ((pid = waitpid(-1, &how, WNOHANG)) > 0)
		for (size_t i = 0; i < s->child_count; i++)
			if (s->children[i]->pid == pid) {
				end_child(s, s->children[i], how);
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
			kill_start(s, c);
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
				accept_child(s, c);
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
		kill_start(s, c);
	if (now >= s->drain_ms)
		drain_old(s);
	for (size_t i = 0; i < s->child_count; i++)
		if (now >= s->children[i]->obey_ms)
			end_disobedient(s->children[i]);
	if (now >= s->respawn_ms) {
		s->respawn_ms = INT64_MAX;
		if (child_start(s, CAUSE_CRASH) == -1)
			plan_respawn(s, 0);
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
		follow_error_log(s, c);
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
