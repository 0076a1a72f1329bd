/* message - see message.h. */
#include "config.h"

#include "server/message.h"

#include <errno.h>
#include <stddef.h>
#include <sys/uio.h>
#include <unistd.h>

/* "thd" and a byte that is no letter: what other programs send does not begin so. */
enum { MAGIC = 0x01646874 };

struct head {
	uint32_t magic;
	uint16_t version, kind;
	int32_t number;
	uint32_t len;
};

static const struct {
	const char *word;
	enum message_sender sender;
} kinds[] = {
#define MESSAGE(enumerator, word, sender) [enumerator] = { word, sender },
#include "server/message.def"
#undef MESSAGE
};

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(8 * sizeof(int))]; /* room for more than is allowed, to close them */
};

int
message_pair(int fds[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds);
}

void
message_set_text(struct message *m, struct slice text)
{
	m->len = text.len < MESSAGE_TEXT ? text.len : MESSAGE_TEXT;
	if (m->len > 0)
		memcpy(m->text, text.p, m->len);
	m->text[m->len] = '\0';
}

void
message_set_address(struct message *m, const struct address *a)
{
	m->len = sizeof *a;
	memcpy(m->text, a, sizeof *a);
}

bool
message_get_address(const struct message *m, struct address *out)
{
	struct address a;

	if (m->len != sizeof a)
		return false;
	memcpy(&a, m->text, sizeof a);
	switch (a.any.sa_family) {
	case AF_INET:
		a.len = sizeof a.v4;
		break;
	case AF_INET6:
		a.len = sizeof a.v6;
		break;
	case AF_UNIX:
		if (!memchr(a.local.sun_path, '\0', sizeof a.local.sun_path))
			return false;
		a.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				    strlen(a.local.sun_path) + 1);
		break;
	default:
		return false;
	}
	*out = a;
	return true;
}

int
message_send(int channel, const struct message *m)
{
	struct head head = { .magic = MAGIC,
			     .version = MESSAGE_VERSION,
			     .kind = (uint16_t)m->kind,
			     .number = m->number,
			     .len = (uint32_t)m->len };
	struct iovec parts[] = { { &head, sizeof head }, { (void *)(uintptr_t)m->text, m->len } };
	struct msghdr hdr = { .msg_iov = parts, .msg_iovlen = 2 };
	union control control;
	ssize_t n;

	if (m->fd != -1) {
		memset(&control, 0, sizeof control);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof m->fd);
		memcpy(CMSG_DATA(&control.align), &m->fd, sizeof m->fd);
		hdr.msg_control = &control;
		hdr.msg_controllen = CMSG_SPACE(sizeof m->fd);
	}
	do
		n = sendmsg(channel, &hdr, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

/* The one descriptor that came, or -1; *excess when there were more, which are closed. */
static int
take_descriptor(struct msghdr *hdr, bool *excess)
{
	int kept = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(hdr); c; c = CMSG_NXTHDR(hdr, c)) {
		size_t count;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
			if (kept == -1) {
				kept = fd;
				continue;
			}
			*excess = true;
			close(fd);
		}
	}
	return kept;
}

/* Is this a whole message that the sender may send? */
static enum message_result
judge(const struct head *head, size_t n, enum message_sender sender, uint16_t *version)
{
	if (n < sizeof *head || head->magic != MAGIC || head->len != n - sizeof *head ||
	    head->len > MESSAGE_TEXT)
		return MESSAGE_BAD;
	if (head->kind > MESSAGE_HELLO && head->version != MESSAGE_VERSION) {
		*version = head->version;
		return MESSAGE_VERSION_DIFFERS;
	}
	if (head->kind >= MESSAGE_KIND_COUNT || kinds[head->kind].sender != sender)
		return MESSAGE_BAD;
	return MESSAGE_OK;
}

enum message_result
message_receive(int channel, enum message_sender sender, struct message *m, uint16_t *version)
{
	struct head head = { 0 };
	struct iovec parts[] = { { &head, sizeof head }, { m->text, MESSAGE_TEXT } };
	union control control;
	struct msghdr hdr = { .msg_iov = parts,
			      .msg_iovlen = 2,
			      .msg_control = &control,
			      .msg_controllen = sizeof control };
	enum message_result result = MESSAGE_BAD;
	bool excess = false;
	ssize_t n;

	m->fd = -1;
	do
		n = recvmsg(channel, &hdr, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno == EAGAIN ? MESSAGE_NONE : MESSAGE_END;
	if (n == 0)
		return MESSAGE_END;
	m->fd = take_descriptor(&hdr, &excess);
	if (!excess && !(hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		result = judge(&head, (size_t)n, sender, version);
	if (result != MESSAGE_OK) {
		if (m->fd != -1)
			close(m->fd);
		m->fd = -1;
		return result;
	}
	m->kind = (enum message_kind)head.kind;
	m->number = head.number;
	m->len = head.len;
	m->text[m->len] = '\0';
	return MESSAGE_OK;
}

const char *
message_word(enum message_kind kind)
{
	return kinds[kind].word;
}
