/* channel - see channel.h. */
#include "config.h"

#include "server/channel.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "log/error_log.h"
#include "server/shared.h"

#define CHANNEL_NONE ((struct channel){ .fd = -1, .image_fd = -1, .shared_fd = -1 })

static int diverted = -1; /* where lines of the error log go */

static const char *
take_tickets(struct channel *c, const struct message *m)
{
	if (m->len > sizeof c->tickets)
		return "the supervisor sent keys that are too long";
	memcpy(c->tickets, m->text, m->len);
	c->tickets_len = m->len;
	return NULL;
}

/* One thing that is told before the start.  *started behind the last.  NULL, or words. */
static const char *
hear(struct channel *c, struct message *m, bool *started)
{
	switch (m->kind) {
	case MESSAGE_HELLO:
		return NULL;
	case MESSAGE_IMAGE:
		c->image_fd = m->fd;
		c->from_image = m->number == 1;
		m->fd = -1;
		return NULL;
	case MESSAGE_SHARED:
		c->shared_fd = m->fd;
		c->slot = (unsigned)m->number % SHARED_SLOTS;
		m->fd = -1;
		return NULL;
	case MESSAGE_TICKETS:
		return take_tickets(c, m);
	case MESSAGE_START:
		c->generation = (unsigned)m->number;
		c->detach = strcmp(m->text, "detach") == 0;
		*started = true;
		return NULL;
	default:
		return "the supervisor said something else than how to start";
	}
}

static void
say(int fd, int level, struct slice text)
{
	struct message m = { .kind = MESSAGE_SAY, .number = level, .fd = -1 };

	message_set_text(&m, text);
	message_send(fd, &m);
}

static const char *
refuse_version(struct channel *c, unsigned theirs)
{
	char words[160];

	snprintf(words, sizeof words,
		 "the supervisor that runs speaks version %u, this program version %u: restart "
		 "instead of reloading\n",
		 theirs, (unsigned)MESSAGE_VERSION);
	say(c->fd, -1, slice_of(words));
	return "the supervisor speaks another version";
}

static const char alone[] = "only a supervisor can start this";

const char *
channel_open(struct channel *c, int fd)
{
	const char *words = NULL;
	bool started = false;

	*c = CHANNEL_NONE;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		return alone;
	c->fd = fd;
	while (!words && !started) {
		struct message m;
		uint16_t version = 0;

		switch (message_receive(fd, FROM_SUPERVISOR, &m, &version)) {
		case MESSAGE_OK:
			if (m.kind == MESSAGE_HELLO && m.number != MESSAGE_VERSION)
				words = refuse_version(c, (unsigned)m.number);
			else
				words = hear(c, &m, &started);
			if (m.fd != -1)
				close(m.fd);
			break;
		case MESSAGE_VERSION_DIFFERS:
			words = refuse_version(c, version);
			break;
		default:
			words = alone;
		}
	}
	if (words)
		channel_close(c);
	return words;
}

static void
close_and_forget(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

void
channel_close(struct channel *c)
{
	explicit_bzero(c->tickets, sizeof c->tickets);
	close_and_forget(&c->image_fd);
	close_and_forget(&c->shared_fd);
	close_and_forget(&c->fd);
}

static void
divert(enum error_level level, const char *words)
{
	say(diverted, (int)level, slice_of(words));
}

void
channel_divert_log(struct channel *c)
{
	diverted = c->fd;
	error_log_divert(divert);
}

void
channel_say(struct channel *c, struct slice text)
{
	while (text.len > 0) {
		struct slice part = slice_head(text, MESSAGE_TEXT);
		size_t end = slice_find_last(part, '\n');

		if (part.len < text.len && end < part.len)
			part.len = end + 1;
		say(c->fd, -1, part);
		text = slice_after(text, part.len);
	}
}

int
channel_ready(struct channel *c, int level, const char *words, int image_fd)
{
	struct message m = { .kind = MESSAGE_READY, .number = level, .fd = image_fd };

	message_set_text(&m, slice_of(words));
	return message_send(c->fd, &m) == -1 || fcntl(c->fd, F_SETFL, O_NONBLOCK) == -1 ? -1 : 0;
}

int
channel_keep_tickets(struct channel *c, const unsigned char *keys, size_t len)
{
	struct message m = { .kind = MESSAGE_KEPT_TICKETS, .fd = -1 };
	int result;

	message_set_text(&m, slice_from((const char *)keys, len));
	result = message_send(c->fd, &m);
	explicit_bzero(m.text, len);
	return result;
}

enum message_result
channel_next(struct channel *c, struct message *m)
{
	uint16_t version;

	return message_receive(c->fd, FROM_SUPERVISOR, m, &version);
}

void
channel_confirm(struct channel *c, enum message_kind kind)
{
	struct message m = { .kind = kind, .fd = -1 };

	message_send(c->fd, &m);
}
