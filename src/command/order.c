/*
 * order - see order.h.
 *
 * No time limit: a reload takes as long as its configuration needs to be read, and a stop as long
 * as `grace` gives those in flight.  A server that dies meanwhile closes the connection.
 */
#include "config.h"

#include "command/order.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "config/config.h"
#include "config/glance.h"

enum { NO_STATUS = -1, FAILED = 1 };

/* The answer as it comes in. */
struct answer {
	int fd;
	FILE *out; /* where the line being read goes; NULL = it has not begun */
	bool is_status;
	int status; /* NO_STATUS = not told yet */
};

/* The server's process, to wait for its end; -1 where the kernel cannot say (before 5.3), or that
 * process cannot be seen from here. */
static int
open_process(int fd)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof peer;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == -1 || peer.pid <= 0)
		return -1;
	return (int)syscall(SYS_pidfd_open, peer.pid, 0);
}

static void
take_byte(struct answer *a, char c)
{
	if (!a->out) {
		a->is_status = c == CONTROL_STATUS_IS;
		a->out = c == CONTROL_COMPLAIN ? stderr : stdout;
		if (a->is_status)
			a->status = 0;
		return;
	}
	if (!a->is_status)
		putc(c, a->out);
	else if (c >= '0' && c <= '9' && a->status < 100)
		a->status = 10 * a->status + (c - '0');
	if (c == '\n')
		a->out = NULL;
}

/* One that refuses before it has heard this has answered, too. */
static void
send_request(int fd, enum control_command command, const char *config_path)
{
	char line[PATH_MAX + 32];
	int n = snprintf(line, sizeof line, "%s %s\n", control_word(command),
			 config_path ? config_path : "");

	if (n > 0 && (size_t)n < sizeof line)
		send(fd, line, (size_t)n, MSG_NOSIGNAL);
	else
		shutdown(fd, SHUT_WR);
}

/* To the end of the connection. */
static void
read_answer(struct answer *a)
{
	char bytes[4096];
	ssize_t n;

	do {
		n = recv(a->fd, bytes, sizeof bytes, 0);
		for (ssize_t i = 0; i < n; i++)
			take_byte(a, bytes[i]);
		(void)fflush(stdout);
	} while (n > 0 || (n == -1 && errno == EINTR));
}

static int
connect_to(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd, error;

	if (strlen(path) >= sizeof a.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.strcpy): measured above */
	strcpy(a.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static int
complain_unreachable(const char *path, int error)
{
	fprintf(stderr, PACKAGE_NAME ": no server answers at %s: %s\n", path, strerror(error));
	if (error == EACCES)
		fputs("Only root and who started the server may ask it.\n", stderr);
	else
		fputs("Does it run, and with this configuration (-c FILE)?  Where `control` was "
		      "changed since it was started,\nor with -1 or by `serve`, it hears signals "
		      "only: see tinyhttpd(8).\n",
		      stderr);
	return FAILED;
}

int
order_server_at(const char *path, const char *config_path, enum control_command command,
		bool until_gone)
{
	struct answer a = { .fd = connect_to(path), .status = NO_STATUS };
	struct pollfd process = { .fd = -1, .events = POLLIN };

	if (a.fd == -1)
		return complain_unreachable(path, errno);
	if (until_gone)
		process.fd = open_process(a.fd);
	send_request(a.fd, command, config_path);
	read_answer(&a);
	close(a.fd);
	if (a.status != NO_STATUS && a.status != FAILED && process.fd != -1)
		while (poll(&process, 1, -1) == -1 && errno == EINTR)
			;
	if (process.fd != -1)
		close(process.fd);
	if (a.status == NO_STATUS) {
		fputs(PACKAGE_NAME ": the server left before its answer was complete\n", stderr);
		return FAILED;
	}
	if (fflush(stdout) != 0) {
		perror("standard output");
		return FAILED;
	}
	return a.status;
}

/* As the server knows it: absolute, but with the links that are in it.  NULL when out of memory. */
static char *
absolute(const char *path)
{
	char *directory, *all = NULL;

	if (*path == '/')
		return strdup(path);
	directory = getcwd(NULL, 0);
	if (directory && asprintf(&all, "%s/%s", directory, path) == -1)
		all = NULL;
	free(directory);
	return all;
}

int
order_server(const char *config_path, enum control_command command, bool until_gone)
{
	char path[PATH_MAX], *config = absolute(config_path ? config_path : config_default_path());
	int status = FAILED;

	if (!config) {
		fputs(PACKAGE_NAME ": out of memory\n", stderr);
		return FAILED;
	}
	config_glance(config, "control", path, sizeof path);
	if (*path)
		status = order_server_at(path, config, command, until_gone);
	else
		fprintf(stderr,
			PACKAGE_NAME ": %s says control = off, so the server hears signals only: "
				     "see tinyhttpd(8)\n",
			config);
	free(config);
	return status;
}
