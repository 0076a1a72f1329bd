/* transport - see transport.h: plain sockets. */
#include "config.h"

#include "server/transport.h"

#include <errno.h>
#include <stdint.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/call.h"

enum { ROOM_UNKNOWN = 16 * 1024 };

static ssize_t
plain_receive(struct transport *t, char *out, size_t cap)
{
	ssize_t n;

	do
		n = call_recv(t->fd, out, cap, 0);
	while (n == -1 && errno == EINTR);
	return n;
}

static ssize_t
plain_send(struct transport *t, const char *bytes, size_t len, enum transport_more more)
{
	ssize_t n;

	do
		n = call_send(t->fd, bytes, len,
			      MSG_NOSIGNAL | (more == TRANSPORT_NOW ? 0 : MSG_MORE));
	while (n == -1 && errno == EINTR);
	return n;
}

static ssize_t
plain_send_two(struct transport *t, const char *first, size_t first_len, const char *second,
	       size_t second_len)
{
	struct iovec parts[2] = { { (char *)(uintptr_t)first, first_len },
				  { (char *)(uintptr_t)second, second_len } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n;

	do
		n = sendmsg(t->fd, &message, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n;
}

static ssize_t
plain_send_file(struct transport *t, int fd, off_t *at, size_t len)
{
	ssize_t n;

	do
		n = sendfile(t->fd, fd, at, len);
	while (n == -1 && errno == EINTR);
	return n;
}

static void
plain_finish(struct transport *t)
{
	shutdown(t->fd, SHUT_WR);
}

static void
plain_close(struct transport *t)
{
	if (t->fd != -1)
		close(t->fd);
	t->fd = -1;
}

size_t
transport_unsent(const struct transport *t)
{
	int n = 0;

	return ioctl(t->fd, SIOCOUTQ, &n) == 0 && n > 0 ? (size_t)n : 0;
}

void
transport_limit_unsent(struct transport *t, size_t bytes)
{
	int most = (int)bytes;

	if (setsockopt(t->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof most) == 0)
		t->unsent_most = bytes;
}

/* What packets take is counted, which is more than their bytes: a third is for that.  *empty: the
 * client has acknowledged all. */
static size_t
room_in_memory(int fd, bool *empty)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 }, used;
	socklen_t len = sizeof info;

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len) == -1)
		return ROOM_UNKNOWN; /* before Linux 4.12 */
	used = info[SK_MEMINFO_WMEM_QUEUED];
	if (used < info[SK_MEMINFO_WMEM_ALLOC]) /* of unix sockets */
		used = info[SK_MEMINFO_WMEM_ALLOC];
	*empty = used == 0;
	return info[SK_MEMINFO_SNDBUF] > used ? (info[SK_MEMINFO_SNDBUF] - used) / 3 * 2 : 0;
}

size_t
transport_backlog(const struct transport *t)
{
	int n = 0;

	return ioctl(t->fd, SIOCOUTQNSD, &n) == 0 && n > 0 ? (size_t)n : 0;
}

static size_t
room_below_limit(const struct transport *t)
{
	size_t backlog = transport_backlog(t);

	return backlog < t->unsent_most ? t->unsent_most - backlog : 0;
}

size_t
transport_room(struct transport *t)
{
	bool empty = false;
	size_t limited;

	t->room = room_in_memory(t->fd, &empty);
	if (t->unsent_most > 0 && t->room > 0) {
		limited = empty ? t->unsent_most : room_below_limit(t);
		if (limited < t->room)
			t->room = limited;
	}
	return t->room;
}

bool
transport_is_full(const struct transport *t)
{
	struct pollfd p = { .fd = t->fd, .events = POLLOUT };

	return poll(&p, 1, 0) == 0;
}

const struct transport_ops transport_plain = {
	.receive = plain_receive,
	.send = plain_send,
	.send_two = plain_send_two,
	.send_file = plain_send_file,
	.finish = plain_finish,
	.close = plain_close,
};

void
transport_init_plain(struct transport *t, int fd)
{
	*t = (struct transport){ .ops = &transport_plain, .fd = fd };
}
