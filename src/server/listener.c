/* listener - see listener.h. */
#include "config.h"

#include "server/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SOCKET_FLAGS = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	FOR_ALL = 0666, /* whoever may reach the directory, as on a port */
	FOR_OWNER = 0600,
};

/* Accepted sockets inherit these. */
static int
set_tcp_options(int fd, const struct address *a)
{
	const int on = 1;
	int v6only = !a->dual;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == -1)
		return -1;
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

static int
open_at(const struct address *a, unsigned backlog, mode_t mode)
{
	int fd = socket(a->any.sa_family, SOCKET_FLAGS, 0);

	if (fd == -1)
		return -1;
	if (a->any.sa_family != AF_UNIX && set_tcp_options(fd, a) == -1)
		return close_keeping_errno(fd);
	if (bind_to(fd, a, mode) == -1 || listen(fd, (int)backlog) == -1)
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
	int fd = open_at(a, backlog, mode);

	if (fd == -1 && errno == EADDRINUSE && remove_stale(a))
		fd = open_at(a, backlog, mode);
	return fd;
}

int
listener_open_private(const struct address *a, unsigned backlog)
{
	return open_local(a, backlog, FOR_OWNER);
}

int
listener_open(const struct address *a, unsigned backlog)
{
	struct address v4 = { .v4 = { .sin_family = AF_INET }, .len = sizeof v4.v4 };
	int fd;

	if (a->any.sa_family == AF_UNIX)
		return open_local(a, backlog, FOR_ALL);
	fd = open_at(a, backlog, 0);
	if (fd != -1 || !a->dual || (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL))
		return fd;
	v4.v4.sin_port = a->v6.sin6_port; /* a machine without IPv6 */
	return open_at(&v4, backlog, 0);
}

void
listener_adopt(int fd)
{
	const int on = 1;

	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* not for unix sockets */
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
