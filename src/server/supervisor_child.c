/* supervisor_child - how a supervisor starts its generations and tells them what to do. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "log/error_log.h"
#include "server/channel.h"
#include "server/supervisor_record.h"

enum { OBEY_MS = 10000 };

struct child *
child_in_state(const struct supervisor *s, enum child_state state)
{
	for (size_t i = 0; i < s->child_count; i++)
		if (s->children[i]->state == state)
			return s->children[i];
	return NULL;
}

/* In the child, where only what is safe behind fork(2) of one thread is left to do. */
static _Noreturn void
become_generation(const struct supervisor *s, int channel)
{
	char name[] = PACKAGE_NAME, c[] = "-c", command[] = "generation";
	char *argv[] = { name, c, (char *)(uintptr_t)s->config_path, command, NULL };
	struct message m = { .kind = MESSAGE_SAY, .number = LOG_LEVEL_ERROR, .fd = -1 };
	char words[512];

	if (channel == CHANNEL_NUMBER)
		fcntl(channel, F_SETFD, 0);
	else
		dup2(channel, CHANNEL_NUMBER);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): a child has no threads */
	unsetenv("NOTIFY_SOCKET"); /* only the supervisor speaks to the manager */
	execv(s->program, argv);
	snprintf(words, sizeof words, "%s cannot be executed: %s", s->program, strerror(errno));
	message_set_text(&m, slice_of(words));
	message_send(CHANNEL_NUMBER, &m);
	_exit(1);
}

static int
send_one(int channel, enum message_kind kind, int number, struct slice text, int fd)
{
	struct message m = { .kind = kind, .number = number, .fd = fd };

	message_set_text(&m, text);
	return message_send(channel, &m);
}

/* What it hears before it starts. */
static int
introduce(const struct supervisor *s, const struct child *c)
{
	bool from_image = c->cause == CAUSE_CRASH || c->cause == CAUSE_RENEWAL;
	bool detaching = s->detach->fd != -1;

	if (send_one(c->channel, MESSAGE_HELLO, MESSAGE_VERSION, SLICE_NONE, -1) == -1)
		return -1;
	if (s->image_fd != -1 &&
	    send_one(c->channel, MESSAGE_IMAGE, from_image, SLICE_NONE, s->image_fd) == -1)
		return -1;
	if (s->tickets_len > 0 &&
	    send_one(c->channel, MESSAGE_TICKETS, 0,
		     slice_from((const char *)s->tickets, s->tickets_len), -1) == -1)
		return -1;
	if (send_one(c->channel, MESSAGE_SHARED, (int)c->slot, SLICE_NONE, shared_fd(s->shared)) ==
	    -1)
		return -1;
	return send_one(c->channel, MESSAGE_START, (int)c->generation,
			detaching ? SLICE("detach") : SLICE_NONE, -1);
}

/* One that nobody counts in. */
static unsigned
find_slot(const struct supervisor *s)
{
	unsigned slot = 0;

	for (size_t i = 0; i < s->child_count; i++)
		if (s->children[i]->slot == slot) {
			slot++;
			i = (size_t)-1; /* from the beginning */
		}
	return slot;
}

static struct child *
new_child(struct supervisor *s, enum child_cause cause)
{
	struct child *c;

	if (s->child_count == CHILDREN_MAX) {
		errno = EAGAIN;
		return NULL;
	}
	c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	*c = (struct child){ .generation = s->generations + 1,
			     .slot = find_slot(s),
			     .pid = -1,
			     .channel = -1,
			     .state = CHILD_STARTING,
			     .cause = cause,
			     .since_ms = clock_monotonic_ms(),
			     .obey_ms = INT64_MAX,
			     .error_fd = -1,
			     .image_fd = -1 };
	s->children[s->child_count++] = c;
	return c;
}

/* 0, or -1 with errno. */
static int
launch(const struct supervisor *s, struct child *c)
{
	int fds[2];

	if (message_pair(fds) == -1)
		return -1;
	c->channel = fds[0];
	if (fcntl(c->channel, F_SETFL, O_NONBLOCK) == -1 || introduce(s, c) == -1 ||
	    (c->pid = fork()) == -1) {
		int error = errno;

		close(fds[1]);
		errno = error;
		return -1;
	}
	if (c->pid == 0)
		become_generation(s, fds[1]);
	close(fds[1]);
	return 0;
}

int
child_start(struct supervisor *s, enum child_cause cause)
{
	struct child *c = new_child(s, cause);
	char words[160];

	keep_begin(s);
	if (c && launch(s, c) == 0) {
		s->generations++;
		return 0;
	}
	snprintf(words, sizeof words, "a generation cannot be started: %s", strerror(errno));
	supervisor_say(s, LOG_LEVEL_ERROR, words);
	if (c)
		child_forget(s, c);
	return -1;
}

/* A generation that hears nothing has no right to stay; one whose end is closed is leaving. */
static void
check_sent(struct child *c, int result)
{
	if (result == 0 || errno == EPIPE || errno == ECONNRESET)
		return;
	error_log(LOG_LEVEL_ERROR, "generation %u cannot be told anything: %s", c->generation,
		  strerror(errno));
	kill(c->pid, SIGKILL);
}

/* A stop has an end that only the generation knows, `grace`; the others are done at once. */
static void
expect(struct child *c, enum message_kind kind)
{
	if (c->cut || c->state == CHILD_KILLED)
		return;
	c->cut = kind == MESSAGE_CUT;
	c->obey_ms = kind == MESSAGE_STOP ? INT64_MAX : clock_monotonic_ms() + OBEY_MS;
}

void
child_tell(struct child *c, enum message_kind kind, const char *text)
{
	expect(c, kind);
	if (c->channel != -1)
		check_sent(c, send_one(c->channel, kind, 0, slice_of(text), -1));
	else if (kind == MESSAGE_CUT)
		kill(c->pid, SIGKILL);
}

void
child_answer(struct child *c, int number, const char *text, int fd)
{
	check_sent(c, send_one(c->channel, MESSAGE_ANSWER, number, slice_of(text), fd));
}

/* Our own error log is that of the generation that serves. */
static void
follow(struct child *c, const struct child_log *log, int fd)
{
	if (log->is_error && c->error_fd != -1)
		dup3(fd, c->error_fd, O_CLOEXEC);
}

/* False when the channel is full: later again. */
static bool
reopen_one(struct supervisor *s, struct child *c, size_t at)
{
	const struct child_log *log = &c->logs[at];
	char words[512];
	bool later = false;
	int fd;

	if (*log->path == '\0')
		return true;
	fd = holder_log(s->own, log->path, log->owner, HOLDER_ACCESS_LOG);
	if (fd == -1) {
		snprintf(words, sizeof words, "log %s: %s", log->path, strerror(errno));
		error_log(LOG_LEVEL_ERROR, "%s", words);
		control_complain(s->control, CONTROL_REOPEN, words);
		s->reopen_failed = true;
		return true;
	}
	if (send_one(c->channel, MESSAGE_LOG, (int)at, SLICE_NONE, fd) == 0) {
		c->logs_unsure++;
		follow(c, log, fd);
	} else if (errno == EAGAIN) {
		later = true;
	}
	close(fd);
	return !later;
}

void
child_reopen_logs(struct supervisor *s, struct child *c)
{
	while (c->channel != -1 && c->reopen_at < c->log_count && reopen_one(s, c, c->reopen_at))
		c->reopen_at++;
}

void
child_forget(struct supervisor *s, struct child *c)
{
	size_t at = 0;

	while (s->children[at] != c)
		at++;
	s->child_count--;
	memmove(&s->children[at], &s->children[at + 1],
		(s->child_count - at) * sizeof(struct child *));
	shared_release(s->shared, c->slot);
	for (size_t i = 0; i < c->log_count; i++)
		free(c->logs[i].path);
	free(c->logs);
	if (c->channel != -1)
		close(c->channel);
	if (c->error_fd != -1)
		close(c->error_fd);
	if (c->image_fd != -1)
		close(c->image_fd);
	free(c);
}
