/*
 * steady - a load that goes on while something is done to the server, and counts what that loses.
 *
 *     steady -p PORT [-r RATE] [-c CONNECTIONS] [-b BODY] [-R NAME] REQUESTS
 *
 * So many requests a second: every other one on a new connection that says Connection: close, the
 * rest on connections that are kept and come anew only when an answer says Connection: close.  No
 * request is tried twice.  REQUESTS are as for load, without a Connection field.  For each line
 * that comes in it prints one of JSON, what it counted so far; at the end of its input no request
 * is begun any more, and the last line counts all:
 *
 *     lost      requests without a whole answer, or with none at all
 *     reset     of these, those whose connection was refused or reset
 *     wrong     answers that are not what was wanted, or with bytes behind them
 *     untold    kept connections that ended although no answer had said so
 *     rude      connections that were reset behind their last answer
 *     last_lost the monotonic time when the latest of the lost requests was begun; 0 = none
 *     slowest   milliseconds of the slowest new connection, from connect(2) to the whole answer
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load_base.h"
#include "load_tls.h"
#include "response.h"

enum {
	EVENTS = 256,
	REQUEST_MAX = 4096,
	RECEIVE_SIZE = 1 << 16,
	GIVEN_UP_MS = 30000, /* an answer that has not come by then is lost */
};

#define MS INT64_C(1000000)

enum state { FREE, CONNECTING, SHAKING_HANDS, IDLE, ASKED, ANSWERED };

struct conn {
	enum state state;
	int fd;
	bool kept;
	size_t next; /* request */
	struct load_tls *tls;
	struct response response;
	int64_t begin_ns; /* of connect(2) */
	int64_t asked_ns; /* when the request under way was begun */
};

static struct load_requests requests;
static struct response_wanted wanted = { .status = 200 };
static uint16_t port;
static unsigned conn_count = 128, rate = 2000;
static bool tls;

static int epoll_fd;
static struct conn *conns;
static bool over;
static int64_t start_ns;

static struct {
	unsigned long long begun, answered, fresh, lost, reset, wrong, untold, rude;
	int64_t last_lost_ns, slowest_ns;
} counted;

static void
conn_free(struct conn *c)
{
	load_tls_free(c->tls);
	c->tls = NULL;
	close(c->fd);
	c->fd = -1;
	c->state = FREE;
}

/* The request under way, if any, has no answer. */
static void
conn_lose(struct conn *c, bool reset)
{
	if (c->state == IDLE) {
		counted.untold++;
	} else if (c->state == ANSWERED) {
		counted.rude++;
	} else {
		counted.lost++;
		counted.reset += reset;
		if (c->asked_ns > counted.last_lost_ns)
			counted.last_lost_ns = c->asked_ns;
	}
	conn_free(c);
}

static void
conn_open(struct conn *c)
{
	c->begin_ns = load_now_ns();
	c->fd = load_connect(epoll_fd, port, c);
	c->tls = tls ? load_tls_new(c->fd) : NULL;
	if (tls && !c->tls)
		load_die("TLS");
	c->state = CONNECTING;
	response_reset(&c->response);
}

static void
conn_send(struct conn *c)
{
	static const char closing[] = "Connection: close\r\n\r\n";
	const struct load_request *r = &requests.each[c->next++ % requests.count];
	char bytes[REQUEST_MAX + sizeof closing];
	size_t size = r->size;
	ssize_t sent;

	memcpy(bytes, r->bytes, r->size);
	if (!c->kept) {
		memcpy(bytes + r->size - 2, closing, sizeof closing - 1);
		size += sizeof closing - 1 - 2;
	}
	c->state = ASKED;
	sent = c->tls ? load_tls_send(c->tls, bytes, size) : send(c->fd, bytes, size, MSG_NOSIGNAL);
	if (sent != (ssize_t)size)
		conn_lose(c, true);
}

static void
conn_answered(struct conn *c)
{
	int64_t took_ns = load_now_ns() - c->begin_ns;

	counted.answered++;
	if (!c->kept) {
		counted.fresh++;
		if (took_ns > counted.slowest_ns)
			counted.slowest_ns = took_ns;
	}
	c->state = c->kept && !c->response.last ? IDLE : ANSWERED;
}

static void
conn_take(struct conn *c, const char *bytes, size_t size)
{
	while (size > 0) {
		bool whole = false;
		size_t take = c->state == ASKED
				      ? response_take(&c->response, &wanted, bytes, size, &whole)
				      : 0;

		if (take == 0) {
			counted.wrong++;
			conn_free(c);
			return;
		}
		if (whole)
			conn_answered(c);
		bytes += take;
		size -= take;
	}
}

static void
conn_receive(struct conn *c)
{
	static char buf[RECEIVE_SIZE];

	while (c->state != FREE) {
		ssize_t n = c->tls ? load_tls_recv(c->tls, buf, sizeof buf)
				   : recv(c->fd, buf, sizeof buf, 0);

		if (n == -1 && errno == EAGAIN)
			return;
		if (n > 0)
			conn_take(c, buf, (size_t)n);
		else if (n == 0 && c->state == ANSWERED)
			conn_free(c);
		else
			conn_lose(c, n == -1);
	}
}

static void
conn_shake_hands(struct conn *c)
{
	int done = c->tls ? load_tls_handshake(c->tls) : 1;

	c->state = SHAKING_HANDS;
	if (done == -1)
		conn_lose(c, true);
	else if (done == 1)
		conn_send(c);
}

static void
conn_event(struct conn *c, uint32_t events)
{
	if (c->state == FREE)
		return;
	if (c->state == CONNECTING && (events & (EPOLLERR | EPOLLHUP)))
		conn_lose(c, true);
	else if (c->state == CONNECTING || c->state == SHAKING_HANDS)
		conn_shake_hands(c);
	if (c->state >= IDLE)
		conn_receive(c);
}

/* One that may ask now, each in turn; NULL: all of its kind wait for answers. */
static struct conn *
find_ready(bool kept)
{
	static unsigned turns[2];

	for (unsigned i = 0; i < conn_count / 2; i++) {
		struct conn *c = &conns[turns[kept]++ % (conn_count / 2) * 2 + kept];

		if (c->state == IDLE)
			conn_receive(c); /* it may have ended meanwhile */
		if (c->state == IDLE || c->state == FREE)
			return c;
	}
	return NULL;
}

/* Requests that are due, as many as connections are free for. */
static void
ask(int64_t now)
{
	while (!over && start_ns + (int64_t)counted.begun * 1000 * MS / rate <= now) {
		int64_t asked_ns = load_now_ns(); /* before the look whether it has ended */
		struct conn *c = find_ready(counted.begun % 2 == 1);

		if (!c)
			return;
		counted.begun++;
		c->asked_ns = asked_ns;
		if (c->state == IDLE)
			conn_send(c);
		else
			conn_open(c);
	}
}

static bool
is_under_way(const struct conn *c)
{
	return c->state != FREE && c->state != IDLE;
}

/* False when there is nothing left to wait for. */
static bool
give_up(int64_t now)
{
	bool left = false;

	for (unsigned i = 0; i < conn_count; i++) {
		if (is_under_way(&conns[i]) && now - conns[i].asked_ns > GIVEN_UP_MS * MS)
			conn_lose(&conns[i], false);
		left |= is_under_way(&conns[i]);
	}
	return left;
}

static void
print_counts(void)
{
	printf("{\"begun\": %llu, \"answered\": %llu, \"fresh\": %llu, \"lost\": %llu, "
	       "\"reset\": %llu, \"wrong\": %llu, \"untold\": %llu, \"rude\": %llu, "
	       "\"last_lost\": %.6f, \"slowest\": %.1f, \"seconds\": %.3f}\n",
	       counted.begun, counted.answered, counted.fresh, counted.lost, counted.reset,
	       counted.wrong, counted.untold, counted.rude, (double)counted.last_lost_ns / 1e9,
	       (double)counted.slowest_ns / 1e6, (double)(load_now_ns() - start_ns) / 1e9);
	fflush(stdout);
}

static void
hear(void)
{
	char words[64];
	ssize_t n = read(STDIN_FILENO, words, sizeof words);

	if (n > 0) {
		print_counts();
		return;
	}
	over = true;
	epoll_ctl(epoll_fd, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
}

static void
prepare(void)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	conns = calloc(conn_count, sizeof *conns);
	if (epoll_fd == -1 || !conns ||
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &event) == -1)
		load_die("epoll");
	for (unsigned i = 0; i < conn_count; i++)
		conns[i] = (struct conn){ .fd = -1, .kept = i % 2 == 1 };
}

static void
run(void)
{
	int64_t now = start_ns = load_now_ns();

	while (give_up(now) || !over) {
		struct epoll_event events[EVENTS];
		int n = epoll_wait(epoll_fd, events, EVENTS, 1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr)
				conn_event(events[i].data.ptr, events[i].events);
			else
				hear();
		}
		now = load_now_ns();
		ask(now);
	}
	print_counts();
}

static void
usage(void)
{
	fputs("usage: steady -p PORT [-r RATE] [-c CONNECTIONS] [-b BODY] [-R NAME] REQUESTS\n"
	      "  -b  what every answer must contain   -R  over TLS, sessions taken up again\n",
	      stderr);
	exit(2);
}

int
main(int argc, char **argv)
{
	const char *name = NULL;
	int option;

	while ((option = getopt(argc, argv, "p:r:c:b:R:")) != -1) {
		switch (option) {
		case 'p':
			port = (uint16_t)atoi(optarg);
			break;
		case 'r':
			rate = (unsigned)atoi(optarg);
			break;
		case 'c':
			conn_count = (unsigned)atoi(optarg);
			break;
		case 'b':
			wanted.body = load_read(optarg, &wanted.body_size);
			break;
		case 'R':
			name = optarg;
			break;
		default:
			usage();
		}
	}
	if (optind != argc - 1 || port == 0 || rate == 0 || conn_count < 2)
		usage();
	signal(SIGPIPE, SIG_IGN);
	load_make_room();
	requests = load_requests_read(argv[optind], REQUEST_MAX);
	tls = name;
	errno = ENOSYS;
	if (tls && !load_tls_init(true, name))
		load_die("TLS");
	prepare();
	run();
	return 0;
}
