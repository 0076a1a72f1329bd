/* load_base - see load_base.h. */
#include "config.h"

#include "load_base.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum {
	FILE_SIZE = 1 << 20,
	SOURCES = 16, /* addresses that connections come from, for want of ports */
};

void
load_die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	exit(1);
}

int64_t
load_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

char *
load_read(const char *path, size_t *size)
{
	FILE *file = fopen(path, "re");
	char *bytes = malloc(FILE_SIZE);

	if (!file || !bytes)
		load_die(path);
	*size = fread(bytes, 1, FILE_SIZE - 1, file);
	bytes[*size] = '\0';
	fclose(file);
	return bytes;
}

struct load_requests
load_requests_read(const char *path, size_t max)
{
	struct load_requests all = { 0 };
	size_t size;
	char *end;

	for (char *s = load_read(path, &size); (end = strstr(s, "\r\n\r\n")); s = end + 4) {
		all.each = realloc(all.each, (all.count + 1) * sizeof *all.each);
		if (!all.each)
			load_die("realloc");
		all.each[all.count++] = (struct load_request){ s, (size_t)(end + 4 - s) };
		errno = EMSGSIZE;
		if ((size_t)(end + 4 - s) > max)
			load_die(path);
	}
	errno = ENODATA;
	if (all.count == 0)
		load_die(path);
	return all;
}

static struct sockaddr_in
loopback(uint16_t number, unsigned host)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(number),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK + host) };
}

int
load_connect(int epoll_fd, uint16_t port, void *p)
{
	static unsigned turn;
	struct sockaddr_in from = loopback(0, 1 + turn++ % SOURCES), to = loopback(port, 0);
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
				     .data.ptr = p };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;

	if (fd == -1)
		load_die("socket");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&from, sizeof from) == -1)
		load_die("bind");
	if (connect(fd, (struct sockaddr *)&to, sizeof to) == -1 && errno != EINPROGRESS)
		load_die("connect");
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1)
		load_die("epoll_ctl");
	return fd;
}

void
load_make_room(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}
