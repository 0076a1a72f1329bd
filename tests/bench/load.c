/*
 * load - the load of make bench where wrk cannot produce it, and the counts that must be exact.
 *
 *     load run    requests for so many seconds, or so many of them: kept alive, pipelined, each on
 *                 a new connection, or at a fixed rate
 *     load idle   connections that have had one answer each and then say nothing
 *
 * Requests come from a file, one behind the other, each ending in an empty line; a connection walks
 * through them in turn, each from a place of its own.  Every response must have the expected status
 * and say where it ends.  No request is begun after the end, and those under way are waited for:
 * what is counted is what the server did.  The result is one line of JSON.
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
	BATCH_MAX = 1 << 16,
	DEPTH_MAX = 64,
	RECEIVE_SIZE = 1 << 18,
	IDLE_LOT = 128,
	STALL_MS = 5000, /* nothing has come for so long: given up */
};

struct conn {
	int fd;
	unsigned owed; /* responses */
	size_t next;   /* request */
	bool connecting;
	bool shaking_hands;
	struct load_tls *tls; /* NULL = in the clear */
	struct response response;
	int64_t due_ns; /* when the request under way should have been sent */
};

/* What is asked for. */
static struct load_requests requests;
static uint16_t port;
static unsigned conn_count = 64, depth = 1;
static struct response_wanted wanted = { .status = 200 };
static double seconds = 3;
static uint64_t most = UINT64_MAX; /* requests */
static unsigned rate;		   /* a second; 0 = as fast as they are answered */
static bool one_request;	   /* a connection */
static bool lazy;		   /* never sooner than that behind the answer before */
static bool tls, resume;	   /* and with sessions taken up again */
static bool held;		   /* a connection asks again when it is told, not by itself */

/* What came of it. */
static uint64_t begun, answered, received, reconnects, errors;
static const char *complaint = "";
static int64_t begin_ns, end_ns;
static int64_t *latencies; /* NULL = nobody wants to know */

static int epoll_fd;
static struct conn *conns;

/* Connections that are held, the longest waiting first. */
static struct conn **waiting;
static size_t waiting_first, waiting_count;

/* ---- connections */

static void
conn_open(struct conn *c)
{
	c->fd = load_connect(epoll_fd, port, c);
	c->connecting = true;
	c->shaking_hands = tls;
	c->tls = tls ? load_tls_new(c->fd) : NULL;
	if (tls && !c->tls)
		load_die("TLS");
	c->owed = 0;
	response_reset(&c->response);
}

/* However short the time is, there is a request for each connection. */
static bool
time_is_left(void)
{
	return begun < most && (begun < conn_count || load_now_ns() < end_ns);
}

static void
conn_end(struct conn *c)
{
	load_tls_free(c->tls);
	c->tls = NULL;
	close(c->fd);
	c->fd = -1;
}

static void
conn_fail(struct conn *c, const char *what)
{
	errors++;
	complaint = what;
	conn_end(c);
}

/* The next requests of a connection in one piece; its size. */
static size_t
batch_fill(char *batch, const struct conn *c, unsigned count)
{
	size_t size = 0;

	for (unsigned i = 0; i < count; i++) {
		const struct load_request *r = &requests.each[(c->next + i) % requests.count];

		memcpy(batch + size, r->bytes, r->size);
		size += r->size;
	}
	return size;
}

/* As many requests as are under way at a time. */
static void
conn_send(struct conn *c)
{
	static char batch[BATCH_MAX];
	unsigned count = depth < most - begun ? depth : (unsigned)(most - begun);
	size_t size = batch_fill(batch, c, count);
	ssize_t sent = c->tls ? load_tls_send(c->tls, batch, size)
			      : send(c->fd, batch, size, MSG_NOSIGNAL);

	if (sent != (ssize_t)size) {
		conn_fail(c, "a request could not be sent");
		return;
	}
	c->next = (c->next + count) % requests.count;
	c->owed += count;
	begun += count;
}

static void
conn_wait(struct conn *c)
{
	waiting[(waiting_first + waiting_count++) % conn_count] = c;
}

/* What a connection does that has nothing under way. */
static void
conn_next(struct conn *c)
{
	if (held)
		conn_wait(c);
	else if (time_is_left())
		conn_send(c);
	else
		conn_end(c);
}

static void
response_done(struct conn *c)
{
	if (latencies)
		latencies[answered] = load_now_ns() - c->due_ns;
	answered++;
	c->owed--;
	if (c->owed == 0 && !one_request) /* else the end is what comes next */
		conn_next(c);
}

static void
conn_take(struct conn *c, const char *bytes, size_t size)
{
	while (size > 0 && c->fd != -1) {
		bool whole = false;
		size_t take;

		if (c->owed == 0) {
			conn_fail(c, "more bytes than were asked for");
			return;
		}
		take = response_take(&c->response, &wanted, bytes, size, &whole);
		if (take == 0) {
			conn_fail(c, "an unexpected status, or a body without an end");
			return;
		}
		if (whole)
			response_done(c);
		bytes += take;
		size -= take;
	}
}

static void
conn_over(struct conn *c)
{
	if (c->owed > 0) {
		conn_fail(c, "the server closed in the middle");
		return;
	}
	conn_end(c);
	if (!one_request)
		reconnects++;
	if (!held && time_is_left())
		conn_open(c);
}

/* to_end: it is known that there is more than a short receive shows. */
static void
conn_receive(struct conn *c, bool to_end)
{
	static char buf[RECEIVE_SIZE];

	while (c->fd != -1) {
		ssize_t n = c->tls ? load_tls_recv(c->tls, buf, sizeof buf)
				   : recv(c->fd, buf, sizeof buf, 0);

		if (n == -1 && errno == EAGAIN)
			return;
		if (n == -1) {
			conn_fail(c, strerror(errno));
		} else if (n == 0) {
			conn_over(c);
			return;
		} else {
			received += (uint64_t)n;
			conn_take(c, buf, (size_t)n);
			if ((size_t)n < sizeof buf && !to_end && !c->tls)
				return; /* what comes next is another event */
		}
	}
}

static void
conn_shake_hands(struct conn *c)
{
	int done = load_tls_handshake(c->tls);

	if (done == -1)
		conn_fail(c, "a TLS handshake failed");
	if (done != 1)
		return;
	c->shaking_hands = false;
	conn_next(c);
}

static void
conn_event(struct conn *c, uint32_t events)
{
	if (c->fd == -1)
		return;
	if (!c->connecting && c->shaking_hands) {
		conn_shake_hands(c);
	} else if (!c->connecting) {
		if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			conn_receive(c, one_request || (events & EPOLLRDHUP));
	} else if (events & (EPOLLERR | EPOLLHUP)) {
		conn_fail(c, "a connection was refused");
	} else if (events & EPOLLOUT) {
		c->connecting = false;
		if (c->tls)
			conn_shake_hands(c);
		else
			conn_next(c);
	}
}

/* Events for at most that long; how many. */
static int
turn(int timeout_ms)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(epoll_fd, events, EVENTS, timeout_ms);

	for (int i = 0; i < n; i++)
		conn_event(events[i].data.ptr, events[i].events);
	return n;
}

static void
stalled(void)
{
	if (errors++ == 0)
		complaint = "no answer came any more";
}

static void
conns_make(void)
{
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	conns = calloc(conn_count, sizeof *conns);
	waiting = calloc(conn_count, sizeof *waiting);
	if (epoll_fd == -1 || !conns || !waiting)
		load_die("epoll_create1");
	for (unsigned i = 0; i < conn_count; i++) {
		conns[i].fd = -1;
		conns[i].next = i * requests.count / conn_count;
	}
}

/* Those connections, each waiting for its turn. */
static void
conns_hold(unsigned first, unsigned count)
{
	size_t before = waiting_count;

	for (unsigned i = first; i < first + count; i++)
		conn_open(&conns[i]);
	while (waiting_count < before + count && errors == 0)
		if (turn(STALL_MS) <= 0)
			stalled();
}

/* ---- run */

static bool
under_way(void)
{
	for (unsigned i = 0; i < conn_count; i++)
		if (conns[i].fd != -1)
			return true;
	return false;
}

static void
run_closed(void)
{
	for (unsigned i = 0; i < conn_count; i++)
		conn_open(&conns[i]);
	while (under_way()) {
		if (turn(STALL_MS) <= 0) {
			stalled();
			return;
		}
	}
}

/*
 * Requests leave when their time has come, not when the one before has been answered, and their
 * latency counts from that time: a server that halts is not spared what queued meanwhile.  The
 * processor is not given up, since to be woken takes longer than most answers.
 */
static void
run_paced(void)
{
	int64_t period_ns = INT64_C(1000000000) / rate, last_ns;
	uint64_t total = (uint64_t)(seconds * rate);

	latencies = calloc(total + 1, sizeof *latencies);
	if (!latencies)
		load_die("calloc");
	conns_hold(0, conn_count);
	begin_ns = last_ns = load_now_ns();
	while (answered + errors < total) {
		int64_t now = load_now_ns();

		while (begun < total && waiting_count > 0 &&
		       begin_ns + (int64_t)begun * period_ns <= now &&
		       (!lazy || now - last_ns >= period_ns)) {
			struct conn *c = waiting[waiting_first];

			waiting_first = (waiting_first + 1) % conn_count;
			waiting_count--;
			c->due_ns = begin_ns + (int64_t)begun * period_ns;
			conn_send(c);
		}
		if (turn(0) > 0)
			last_ns = now;
		if (now - last_ns > STALL_MS * INT64_C(1000000)) {
			stalled();
			return;
		}
	}
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double
quantile_us(double q)
{
	uint64_t at = (uint64_t)(q * (double)answered);

	if (answered == 0)
		return 0;
	return (double)latencies[at < answered ? at : answered - 1] / 1000;
}

static void
print_results(int64_t over_ns)
{
	printf("{\"requests\": %llu, \"bytes\": %llu, \"seconds\": %.6f, \"reconnects\": %llu, "
	       "\"errors\": %llu, \"complaint\": \"%s\"",
	       (unsigned long long)answered, (unsigned long long)received,
	       (double)(over_ns - begin_ns) / 1e9, (unsigned long long)reconnects,
	       (unsigned long long)errors, complaint);
	if (latencies) {
		qsort(latencies, answered, sizeof *latencies, compare);
		printf(", \"p50\": %.1f, \"p99\": %.1f, \"p99.9\": %.1f", quantile_us(0.5),
		       quantile_us(0.99), quantile_us(0.999));
	}
	if (tls)
		printf(", \"handshakes\": %llu, \"resumed\": %llu",
		       (unsigned long long)load_tls_handshakes,
		       (unsigned long long)load_tls_resumed);
	printf("}\n");
	fflush(stdout);
}

static int
run(void)
{
	held = rate > 0;
	conns_make();
	begin_ns = load_now_ns();
	end_ns = begin_ns + (int64_t)(seconds * 1e9);
	if (rate > 0)
		run_paced();
	else
		run_closed();
	print_results(load_now_ns());
	return errors > 0;
}

/* ---- idle */

/* In lots: more at once than fit into the server's backlog would be tried again in a second. */
static void
idle_lot(unsigned first, unsigned count)
{
	conns_hold(first, count);
	for (unsigned i = first; i < first + count && errors == 0; i++) {
		waiting_count--;
		conn_send(waiting[waiting_first++]);
	}
	while (answered < first + count && errors == 0)
		if (turn(STALL_MS) <= 0)
			stalled();
	waiting_first = waiting_count = 0;
}

static int
idle(void)
{
	held = true;
	conns_make();
	begin_ns = load_now_ns();
	for (unsigned i = 0; i < conn_count && errors == 0; i += IDLE_LOT)
		idle_lot(i, conn_count - i < IDLE_LOT ? conn_count - i : IDLE_LOT);
	print_results(load_now_ns());
	if (errors == 0)
		while (getchar() != EOF)
			;
	return errors > 0;
}

/* ---- the command line */

static void
usage(void)
{
	fputs("usage: load run -p PORT [-c CONNECTIONS] [-t SECONDS] [-n REQUESTS] [-d DEPTH]\n"
	      "                [-r RATE [-z]] [-1] [-T | -R] [-s STATUS] REQUESTS\n"
	      "       load idle -p PORT -c CONNECTIONS [-s STATUS] REQUESTS\n"
	      "  -d  requests sent together     -r  requests a second\n"
	      "  -1  one request a connection   -s  what every response must have\n"
	      "  -T  over TLS                   -R  and with sessions taken up again\n"
	      "  -z  the server has all the time between to fall asleep\n",
	      stderr);
	exit(2);
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int option;

	optind = 2;
	while ((option = getopt(argc, argv, "p:c:t:n:d:r:1s:zTR")) != -1) {
		switch (option) {
		case 'p':
			port = (uint16_t)atoi(optarg);
			break;
		case 'c':
			conn_count = (unsigned)atoi(optarg);
			break;
		case 't':
			seconds = strtod(optarg, NULL);
			break;
		case 'n':
			most = strtoull(optarg, NULL, 10);
			break;
		case 'd':
			depth = (unsigned)atoi(optarg);
			break;
		case 'r':
			rate = (unsigned)atoi(optarg);
			break;
		case '1':
			one_request = true;
			break;
		case 'z':
			lazy = true;
			break;
		case 'T':
		case 'R':
			tls = true;
			resume = resume || option == 'R';
			break;
		case 's':
			wanted.status = (unsigned)atoi(optarg);
			break;
		default:
			usage();
		}
	}
	if (optind != argc - 1 || port == 0 || conn_count == 0 || depth == 0 || depth > DEPTH_MAX)
		usage();
	signal(SIGPIPE, SIG_IGN);
	load_make_room();
	requests = load_requests_read(argv[optind], BATCH_MAX / depth);
	errno = ENOSYS;
	if (tls && !load_tls_init(resume, "bench.example"))
		load_die("TLS");
	if (strcmp(what, "run") == 0)
		return run();
	if (strcmp(what, "idle") == 0)
		return idle();
	usage();
}
