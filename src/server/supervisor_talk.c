/*
 * supervisor_talk - what generations say, and what they are answered.
 *
 * Only one that starts may ask for anything: it has read nothing yet but the configuration.
 * Once it serves it has met clients, and may tell which ticket keys it uses, and ask to be
 * replaced by its like, and no more; so whoever takes it over gets no file and no socket of root's.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/error_log.h"
#include "server/supervisor_record.h"

enum { HEAR_AT_ONCE = 256 }; /* then others have their turn */

static void
answer_listener(struct supervisor *s, struct child *c, const struct message *m)
{
	const char *words = NULL;
	struct address wanted;
	int fd = -1;

	errno = EINVAL;
	if (message_get_address(m, &wanted) && m->number >= 0)
		fd = keep_listener(s, &wanted, (unsigned)m->number, &words);
	child_answer(c, fd == -1 ? errno : 0, words, fd);
}

/* Remembers the log, to open it anew.  False when out of memory. */
static bool
note_log(struct child *c, const struct message *m)
{
	struct child_log *more = reallocarray(c->logs, c->log_count + 1, sizeof *more);

	if (!more)
		return false;
	c->logs = more;
	more[c->log_count] = (struct child_log){ .path = strdup(m->text),
						 .owner = (uid_t)m->number,
						 .is_error = m->kind == MESSAGE_ERROR_LOG };
	if (!more[c->log_count].path)
		return false;
	c->reopen_at = ++c->log_count;
	return true;
}

static void
answer_log(struct supervisor *s, struct child *c, const struct message *m)
{
	int fd = -1, error = 0;

	if (m->len > 0) {
		fd = holder_log(s->own, m->text, (uid_t)m->number, HOLDER_ACCESS_LOG);
		error = fd == -1 ? errno : 0;
	}
	if (error == 0 && !note_log(c, m))
		error = ENOMEM;
	child_answer(c, error, NULL, error ? -1 : fd);
	if (m->kind == MESSAGE_ERROR_LOG && !error && c->error_fd == -1)
		c->error_fd = fd;
	else if (fd != -1)
		close(fd);
}

static void
answer_pidfile(struct supervisor *s, struct child *c, const struct message *m)
{
	char words[32] = "";
	pid_t other = 0;
	int error = 0;

	if (keep_pidfile(s, m->text, &other) == -1) {
		error = errno;
		snprintf(words, sizeof words, "%ld", (long)other);
	}
	child_answer(c, error, words, -1);
}

static void
answer_control(struct supervisor *s, struct child *c, const struct message *m)
{
	int error = keep_control(s, m->text) == 0 ? 0 : errno;

	child_answer(c, error, error ? control_explain(error) : NULL, -1);
}

static void
answer_unclaimed(struct supervisor *s, struct child *c, const struct message *m)
{
	struct message answer = { .kind = MESSAGE_ANSWER, .fd = -1 };
	size_t at = m->number > 0 ? (size_t)m->number : 0;
	struct address a;

	if (!holder_next_unclaimed(s->own, &at, &a)) {
		child_answer(c, ENOENT, NULL, -1);
		return;
	}
	message_set_address(&answer, &a);
	message_send(c->channel, &answer);
}

/* Text that is printed as it is: what is wrong with a configuration. */
static void
pass_text(struct supervisor *s, const struct message *m)
{
	struct slice rest = slice_from(m->text, m->len);

	while (rest.len > 0) {
		struct slice line = slice_head(rest, slice_find(rest, '\n'));
		char words[MESSAGE_TEXT + 1];

		snprintf(words, sizeof words, "%.*s", SLICE_FMT(line));
		supervisor_say(s, -1, words);
		rest = slice_after(rest, line.len + 1);
	}
}

static bool
take_ready(struct child *c, struct message *m)
{
	char *rest;

	c->layout = (unsigned)strtoul(m->text, &rest, 10);
	c->hosts = (unsigned)strtoul(rest, &rest, 10);
	snprintf(c->addresses, sizeof c->addresses, "%s", *rest == ' ' ? rest + 1 : rest);
	c->error_level =
		m->number >= 0 && m->number < ERROR_LEVEL_COUNT ? m->number : LOG_LEVEL_NOTICE;
	c->image_fd = m->fd;
	m->fd = -1;
	c->accepts = true;
	return true;
}

static void
keep_tickets(struct supervisor *s, const struct message *m)
{
	if (m->len > sizeof s->tickets)
		return;
	memcpy(s->tickets, m->text, m->len);
	s->tickets_len = m->len;
}

/* False when it may not say that. */
static bool
hear_serving(struct supervisor *s, struct child *c, const struct message *m)
{
	switch (m->kind) {
	case MESSAGE_KEPT_TICKETS:
		if (c->state == CHILD_SERVING)
			keep_tickets(s, m);
		return true;
	case MESSAGE_RETIRED:
		c->accepts = false;
		if (!c->cut)
			c->obey_ms = INT64_MAX;
		return true;
	case MESSAGE_LOG_TAKEN:
		if (c->logs_unsure > 0)
			c->logs_unsure--;
		return true;
	case MESSAGE_RENEW:
		s->renewal_wanted |= c->state == CHILD_SERVING;
		return true;
	default:
		return false;
	}
}

static bool
hear_starting(struct supervisor *s, struct child *c, struct message *m, bool *ready)
{
	switch (m->kind) {
	case MESSAGE_SAY:
		if (m->number >= 0)
			supervisor_say(s, m->number, m->text);
		else
			pass_text(s, m);
		return true;
	case MESSAGE_LISTENER:
		answer_listener(s, c, m);
		return true;
	case MESSAGE_ACCESS_LOG:
	case MESSAGE_ERROR_LOG:
		answer_log(s, c, m);
		return true;
	case MESSAGE_PIDFILE:
		answer_pidfile(s, c, m);
		return true;
	case MESSAGE_CONTROL:
		answer_control(s, c, m);
		return true;
	case MESSAGE_UNCLAIMED:
		answer_unclaimed(s, c, m);
		return true;
	case MESSAGE_READY:
		*ready = take_ready(c, m);
		return true;
	case MESSAGE_RENEW: /* it comes again */
		return true;
	default:
		return false;
	}
}

void
child_leave(struct child *c)
{
	close(c->channel);
	c->channel = -1;
}

static void
refuse(struct child *c, const char *words)
{
	error_log(LOG_LEVEL_ERROR, "generation %u (process %ld) %s, and is killed", c->generation,
		  (long)c->pid, words);
	kill(c->pid, SIGKILL);
	child_leave(c);
}

bool
child_hear(struct supervisor *s, struct child *c)
{
	for (int i = 0; i < HEAR_AT_ONCE && c->channel != -1; i++) {
		struct message m;
		uint16_t version = 0;
		bool ready = false, good;

		switch (message_receive(c->channel, FROM_GENERATION, &m, &version)) {
		case MESSAGE_OK:
			good = c->state == CHILD_STARTING ? hear_starting(s, c, &m, &ready)
							  : hear_serving(s, c, &m);
			if (m.fd != -1)
				close(m.fd);
			if (!good)
				refuse(c, "said what it may not say");
			if (ready)
				return true;
			break;
		case MESSAGE_NONE:
			return false;
		case MESSAGE_END: /* SIGCHLD tells more */
			child_leave(c);
			return false;
		case MESSAGE_VERSION_DIFFERS:
			refuse(c, "speaks another version");
			return false;
		case MESSAGE_BAD:
			refuse(c, "sent what is no message");
			return false;
		}
	}
	return false;
}
