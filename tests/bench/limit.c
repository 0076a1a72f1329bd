/*
 * limit - what an answer costs at the very least: one recv, one send, a share of one epoll_wait.
 *
 * The yardstick of make bench.  It puts the same bytes on the wire as tinyhttpd does, in the fewest
 * system calls, and does nothing else: no parsing, no files looked up, no dates, no log.  Every
 * request has the same length, so that counting bytes is counting requests, and what is answered
 * stands in a plan, one line an answer:
 *
 *     HEADS OFFSET LENGTH BODY OFFSET LENGTH
 *
 * The head as it is sent is that part of the file HEADS, what follows is that part of the file
 * BODY. A small answer is one piece of memory and one send, requests that arrived together are
 * answered together; the body of a large one goes by sendfile.  Where there are several answers,
 * four digits at a fixed place in the request say which: the one look that is taken at a request.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	EVENTS = 256,
	COPIES = 64,	       /* answers that one send can carry */
	COPIES_SIZE = 1 << 20, /* if they are no larger together */
	RECEIVE_SIZE = 1 << 16,
	NO_INDEX = -1,
};

struct answer {
	char *bytes; /* the head, and the body unless it is a file; all that, copies times */
	size_t size; /* of one copy */
	unsigned copies;
	int fd;	      /* -1 = there is no file */
	off_t offset; /* of the body in it */
	size_t length;
};

/* Found by its descriptor; all that a connection needs. */
struct conn {
	uint32_t have; /* bytes of a request that is not whole */
	uint32_t owed; /* answers */
	uint32_t answer;
	uint64_t at; /* this much of the first one has been sent */
};

static struct answer *answers;
static size_t answer_count;
static struct conn *conns;
static size_t conn_max;

static size_t request_length;
static long index_at = NO_INDEX;
static size_t file_from = SIZE_MAX; /* bodies of that size are sent as files */
static size_t slice = SIZE_MAX;	    /* of a file in one call */
static bool one_request;	    /* a connection */

static void
die(const char *what)
{
	fprintf(stderr, "limit: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Part of a file. */
struct part {
	char path[256];
	long long offset, length;
};

static int
part_open(const struct part *p)
{
	int fd = open(p->path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		die(p->path);
	return fd;
}

static void
part_read(const struct part *p, char *into)
{
	int fd = part_open(p);

	if (pread(fd, into, (size_t)p->length, p->offset) != p->length)
		die(p->path);
	close(fd);
}

static struct answer
answer_load(const struct part *head, const struct part *body)
{
	bool file = (size_t)body->length >= file_from;
	struct answer a = { .fd = file ? part_open(body) : -1,
			    .size = (size_t)(head->length + (file ? 0 : body->length)),
			    .copies = 1,
			    .offset = body->offset,
			    .length = (size_t)body->length };

	if (!file && index_at == NO_INDEX && a.size * COPIES <= COPIES_SIZE)
		a.copies = COPIES;
	a.bytes = malloc(a.size * a.copies);
	if (!a.bytes)
		die("malloc");
	part_read(head, a.bytes);
	if (!file)
		part_read(body, a.bytes + head->length);
	for (unsigned i = 1; i < a.copies; i++)
		memcpy(a.bytes + i * a.size, a.bytes, a.size);
	return a;
}

static void
plan_read(const char *path)
{
	FILE *plan = fopen(path, "re");
	struct part head, body;

	if (!plan)
		die(path);
	while (fscanf(plan, "%255s %lld %lld %255s %lld %lld", head.path, &head.offset,
		      &head.length, body.path, &body.offset, &body.length) == 6) {
		answers = realloc(answers, (answer_count + 1) * sizeof *answers);
		if (!answers)
			die("realloc");
		answers[answer_count++] = answer_load(&head, &body);
	}
	fclose(plan);
	errno = ENODATA;
	if (answer_count == 0)
		die(path);
}

/* True once nothing is owed; false when the socket takes no more now, or never again. */
static bool
send_memory(int fd, struct conn *c, const struct answer *a)
{
	while (c->owed > 0) {
		uint32_t together = c->owed < a->copies ? c->owed : a->copies;
		ssize_t n = send(fd, a->bytes + c->at, together * a->size - c->at, MSG_NOSIGNAL);

		if (n == -1)
			return false;
		c->at += (uint64_t)n;
		c->owed -= (uint32_t)(c->at / a->size);
		c->at %= a->size;
	}
	return true;
}

static bool
send_file(int fd, struct conn *c, const struct answer *a)
{
	while (c->owed > 0) {
		ssize_t n;

		if (c->at < a->size) {
			n = send(fd, a->bytes + c->at, a->size - c->at, MSG_NOSIGNAL | MSG_MORE);
		} else {
			size_t done = c->at - a->size, left = a->length - done;
			off_t offset = a->offset + (off_t)done;

			n = sendfile(fd, a->fd, &offset, left < slice ? left : slice);
			if (n == 0)
				errno = EIO; /* the file has become shorter */
		}
		if (n <= 0)
			return false;
		c->at += (uint64_t)n;
		if (c->at == a->size + a->length) {
			c->owed--;
			c->at = 0;
		}
	}
	return true;
}

static bool
answer(int fd, struct conn *c)
{
	const struct answer *a = &answers[c->answer];

	return a->fd == -1 ? send_memory(fd, c, a) : send_file(fd, c, a);
}

static uint32_t
which(const char *request)
{
	const char *s = request + index_at;
	uint32_t index = 0;

	for (int i = 0; i < 4; i++)
		index = index * 10 + (uint32_t)(s[i] - '0');
	return index < answer_count ? index : 0;
}

/* False when the connection is over. */
static bool
receive(int fd, struct conn *c)
{
	static char buf[RECEIVE_SIZE];
	ssize_t n = recv(fd, buf, sizeof buf, 0);

	if (n <= 0)
		return n == -1 && errno == EAGAIN;
	if (index_at != NO_INDEX && (size_t)n == request_length)
		c->answer = which(buf);
	c->have += (uint32_t)n;
	c->owed += c->have / (uint32_t)request_length;
	c->have %= (uint32_t)request_length;
	return true;
}

/* False when the connection is over. */
static bool
answer_owed(int fd, struct conn *c)
{
	if (c->owed == 0)
		return true;
	return answer(fd, c) ? !one_request : errno == EAGAIN;
}

/* Edge-triggered, but an event names all that the socket is ready for: nothing is missed. */
static void
conn_event(int fd, uint32_t events)
{
	struct conn *c = &conns[fd];

	if (!answer_owed(fd, c) || (c->owed == 0 && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) &&
				    (!receive(fd, c) || !answer_owed(fd, c))))
		close(fd);
}

/*
 * A connection of one request is never waited for: the kernel hands it over when the request is
 * there (TCP_DEFER_ACCEPT), so that accept, recv, send and close are all there is.
 */
static void
accept_all(int listener, int epoll_fd)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) != -1) {
		struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET,
					     .data.fd = fd };

		if ((size_t)fd >= conn_max) {
			close(fd);
			continue;
		}
		conns[fd] = (struct conn){ 0 };
		if ((one_request && (!receive(fd, &conns[fd]) || !answer_owed(fd, &conns[fd]))) ||
		    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1)
			close(fd);
	}
}

static int
listen_on(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons(port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;

	if (fd == -1)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (one_request)
		setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) == -1 || listen(fd, 4096) == -1)
		die("listen");
	return fd;
}

static void
room_for_connections(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		die("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	conn_max = limit.rlim_max < 1 << 20 ? limit.rlim_max : 1 << 20;
	conns = calloc(conn_max, sizeof *conns);
	if (!conns)
		die("calloc");
}

static void
serve(int listener)
{
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN, .data.fd = listener }, events[EVENTS];

	if (epoll_fd == -1 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event) == -1)
		die("epoll");
	for (;;) {
		int n = epoll_wait(epoll_fd, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listener)
				accept_all(listener, epoll_fd);
			else
				conn_event(events[i].data.fd, events[i].events);
		}
	}
}

static void
usage(void)
{
	fputs("usage: limit -p PORT -l REQUEST-LENGTH [-f BYTES] [-s SLICE] [-i OFFSET] [-1] PLAN\n"
	      "  -f  send bodies of that size by sendfile      -s  at most so much in one call\n"
	      "  -i  four digits there say which answer        -1  one request a connection\n",
	      stderr);
	exit(2);
}

int
main(int argc, char **argv)
{
	uint16_t port = 0;
	int option;

	while ((option = getopt(argc, argv, "p:l:f:s:i:1")) != -1) {
		switch (option) {
		case 'p':
			port = (uint16_t)atoi(optarg);
			break;
		case 'l':
			request_length = strtoul(optarg, NULL, 10);
			break;
		case 'f':
			file_from = strtoul(optarg, NULL, 10);
			break;
		case 's':
			slice = strtoul(optarg, NULL, 10);
			break;
		case 'i':
			index_at = strtol(optarg, NULL, 10);
			break;
		case '1':
			one_request = true;
			break;
		default:
			usage();
		}
	}
	if (optind != argc - 1 || port == 0 || request_length == 0 ||
	    (index_at != NO_INDEX && (size_t)index_at + 4 > request_length))
		usage();
	signal(SIGPIPE, SIG_IGN);
	room_for_connections();
	plan_read(argv[optind]);
	serve(listen_on(port));
}
