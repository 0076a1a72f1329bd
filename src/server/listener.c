/* listener - see listener.h. */
#include "config.h"

#include "server/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SOCKET_FLAGS = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	FOR_ALL = 0666, /* whoever may reach the directory, as on a port */
	FOR_OWNER = 0600,
	BESIDE = -1,
};

/*
 * Who connects over TCP is accepted when the first bytes are there, as in HTTP and TLS it is the
 * client who speaks first: by then the request can be answered at once, and nobody has to wait for
 * it.  The kernel takes a time and makes it one of its own; who says nothing is let in then, after
 * a second.  A socket that came with such a time keeps it, and one that cannot have any does
 * without.
 */
static void
await_bytes(int fd)
{
	const int at_most_s = 1;
	int already_s = 0;
	socklen_t len = sizeof already_s;

	if (getsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &already_s, &len) == 0 && already_s == 0)
		setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &at_most_s, sizeof at_most_s);
}

/* Accepted sockets inherit these. */
static int
set_tcp_options(int fd, const struct address *a)
{
	const int on = 1;
	int v6only = !a->dual;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == -1)
		return -1;
	await_bytes(fd);
	if (a->any.sa_family != AF_INET6)
		return 0;
	return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only);
}

static int
close_keeping_errno(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
	return -1;
}

/*
 * Of a unix socket the file is made with its mode: a chmod(2) would follow a link that the
 * directory's owner put in its place meanwhile.
 */
static int
bind_to(int fd, const struct address *a, mode_t mode)
{
	mode_t before = umask(0777 & ~mode);
	int result = bind(fd, &a->any, a->len);

	umask(before);
	return result;
}

/* backlog: BESIDE = it does not listen yet, but is bound beside others. */
static int
open_at(const struct address *a, int backlog, mode_t mode)
{
	int fd = socket(a->any.sa_family, SOCKET_FLAGS, 0);

	if (fd == -1)
		return -1;
	if (a->any.sa_family != AF_UNIX && set_tcp_options(fd, a) == -1)
		return close_keeping_errno(fd);
	if (backlog == BESIDE)
		listener_share(fd, true);
	if (bind_to(fd, a, mode) == -1 || (backlog != BESIDE && listen(fd, backlog) == -1))
		return close_keeping_errno(fd);
	return fd;
}

/* A socket file that nobody answers on is left over from a server that died.  False with errno. */
static bool
remove_stale(const struct address *a)
{
	struct stat st;
	bool stale;
	int fd;

	errno = EADDRINUSE;
	if (lstat(a->local.sun_path, &st) == -1)
		return false;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return false;
	}
	fd = socket(AF_UNIX, SOCKET_FLAGS, 0);
	if (fd == -1)
		return false;
	stale = connect(fd, &a->any, a->len) == -1 && errno == ECONNREFUSED;
	close(fd);
	errno = EADDRINUSE;
	return stale && unlink(a->local.sun_path) == 0;
}

static int
open_local(const struct address *a, unsigned backlog, mode_t mode)
{
	int fd = open_at(a, (int)backlog, mode);

	if (fd == -1 && errno == EADDRINUSE && remove_stale(a))
		fd = open_at(a, (int)backlog, mode);
	return fd;
}

int
listener_open_private(const struct address *a, unsigned backlog)
{
	return open_local(a, backlog, FOR_OWNER);
}

static int
open_port(const struct address *a, int backlog)
{
	struct address v4 = { .v4 = { .sin_family = AF_INET }, .len = sizeof v4.v4 };
	int fd = open_at(a, backlog, 0);

	if (fd != -1 || !a->dual || (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL))
		return fd;
	v4.v4.sin_port = a->v6.sin6_port; /* a machine without IPv6 */
	return open_at(&v4, backlog, 0);
}

int
listener_open(const struct address *a, unsigned backlog)
{
	if (a->any.sa_family == AF_UNIX)
		return open_local(a, backlog, FOR_ALL);
	return open_port(a, (int)backlog);
}

int
listener_bind_beside(const struct address *a)
{
	return open_port(a, BESIDE);
}

void
listener_share(int fd, bool shared)
{
	const int value = shared;

	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &value, sizeof value);
}

/* What the kernel runs on each segment that comes to the socket: SYN is the second bit of byte 13
 * (RFC 9293 3.1).  Accepted sockets inherit it, and none of those gets a SYN. */
void
listener_begin_none(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x02, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	const struct sock_fprog program = { .len = sizeof code / sizeof *code, .filter = code };

	setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

void
listener_adopt(int fd)
{
	const int on = 1;

	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* not for unix sockets */
	await_bytes(fd);
}

int
listener_address(int fd, struct address *a)
{
	*a = (struct address){ .len = sizeof a->local };
	return getsockname(fd, &a->any, &a->len);
}

bool
listener_matches(const struct address *bound, const struct address *wanted)
{
	if (address_equal(bound, wanted))
		return true;
	return wanted->dual && address_is_any(bound) && address_port(bound) == address_port(wanted);
}

const char *
listener_explain(int error)
{
	switch (error) {
	case EADDRINUSE:
		return "another program has it already; as root, `ss -ltnp` shows which";
	case EEXIST:
		return "what has that name is no socket, and is left alone";
	case EACCES:
	case EPERM:
		return "ports below 1024 and foreign directories need root; start the server as "
		       "root, it gives its rights up at once";
	case EADDRNOTAVAIL:
		return "this machine does not have that address";
	case EAFNOSUPPORT:
		return "this machine does not speak that address family";
	case ENOENT:
		return "the directory of the socket does not exist";
	default:
		return "the socket could not be opened";
	}
}
