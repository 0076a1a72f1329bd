/*
 * holder_asking - a holder that asks the supervisor.
 *
 * A question and its answer, one after the other, before the generation is ready; the channel
 * waits.  A supervisor that has gone is EPIPE, one that answers with anything else EPROTO.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/holder_ways.h"
#include "server/message.h"

struct asking {
	struct holder holder;
	int channel;
	struct message m; /* question, then answer */
};

static struct asking *
asking_of(struct holder *h)
{
	return (struct asking *)h; /* its first member */
}

/* Sends the question in ->m, whose answer takes its place.  0, or -1 with errno. */
static int
ask(struct asking *a, enum message_kind kind, int32_t number)
{
	uint16_t version;
	enum message_result result;

	a->m.kind = kind;
	a->m.number = number;
	a->m.fd = -1;
	if (message_send(a->channel, &a->m) == -1)
		return -1;
	result = message_receive(a->channel, FROM_SUPERVISOR, &a->m, &version);
	if (result != MESSAGE_OK || a->m.kind != MESSAGE_ANSWER) {
		errno = result == MESSAGE_END ? EPIPE : EPROTO;
		return -1;
	}
	if (a->m.number == 0)
		return 0;
	snprintf(a->holder.words, sizeof a->holder.words, "%.*s", HOLDER_WORDS - 1, a->m.text);
	errno = a->m.number;
	return -1;
}

/* The descriptor of the answer. */
static int
take(struct asking *a)
{
	if (a->m.fd == -1)
		errno = EPROTO;
	return a->m.fd;
}

static int
asking_listener(struct holder *h, const struct address *wanted, unsigned backlog)
{
	struct asking *a = asking_of(h);

	message_set_address(&a->m, wanted);
	return ask(a, MESSAGE_LISTENER, (int32_t)backlog) == 0 ? take(a) : -1;
}

static void
asking_close_listener(struct holder *h, int fd)
{
	(void)h;
	close(fd);
}

static int
asking_log(struct holder *h, const char *path, uid_t owner, enum holder_log_kind kind)
{
	struct asking *a = asking_of(h);

	message_set_text(&a->m, slice_of(path));
	return ask(a, kind == HOLDER_ACCESS_LOG ? MESSAGE_ACCESS_LOG : MESSAGE_ERROR_LOG,
		   (int32_t)owner) == 0
		       ? take(a)
		       : -1;
}

/* So that the supervisor numbers the logs as they are numbered here. */
static void
asking_standard(struct holder *h, enum holder_log_kind kind)
{
	struct asking *a = asking_of(h);

	message_set_text(&a->m, SLICE_NONE);
	ask(a, kind == HOLDER_ACCESS_LOG ? MESSAGE_ACCESS_LOG : MESSAGE_ERROR_LOG, -1);
}

static int
asking_pidfile(struct holder *h, const char *path, pid_t *other)
{
	struct asking *a = asking_of(h);

	message_set_text(&a->m, slice_of(path));
	if (ask(a, MESSAGE_PIDFILE, 0) == 0)
		return 0;
	*other = (pid_t)atol(h->words); /* NOLINT(cert-err34-c): the supervisor wrote it */
	return -1;
}

static int
asking_control(struct holder *h, const char *path)
{
	struct asking *a = asking_of(h);

	message_set_text(&a->m, slice_of(path));
	return ask(a, MESSAGE_CONTROL, 0);
}

static bool
asking_next_unclaimed(struct holder *h, size_t *at, struct address *address)
{
	struct asking *a = asking_of(h);

	message_set_text(&a->m, SLICE_NONE);
	if (ask(a, MESSAGE_UNCLAIMED, (int32_t)*at) == -1)
		return false;
	++*at;
	if (!message_get_address(&a->m, address))
		*address = (struct address){ 0 };
	return true;
}

static void
asking_free(struct holder *h)
{
	free(asking_of(h));
}

static const struct holder_ways ways = {
	.listener = asking_listener,
	.close_listener = asking_close_listener,
	.log = asking_log,
	.standard = asking_standard,
	.pidfile = asking_pidfile,
	.control = asking_control,
	.next_unclaimed = asking_next_unclaimed,
	.free = asking_free,
};

struct holder *
holder_new_asking(int channel)
{
	struct asking *a = calloc(1, sizeof *a);

	if (!a)
		return NULL;
	a->holder.ways = &ways;
	a->channel = channel;
	return &a->holder;
}
