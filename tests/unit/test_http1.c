/*
 * The HTTP/1 driver in a real worker, spoken to over socket pairs.  What stands in its counters
 * and in its log is looked at when its thread has left.  Linked with --wrap=malloc and
 * --wrap=calloc, so that memory can run out under it.
 */
#include "config.h"

#include "server/http1.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "http/date.h"
#include "server/helpers.h"
#include "server/shared.h"
#include "server/worker.h"
#include "site.h"

static _Atomic int allocations_left = -1; /* -1: as many as they like */

void *__real_malloc(size_t);
void *__wrap_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__wrap_calloc(size_t, size_t);

/* May this one be had?  Once one failed, all do. */
static bool
allow(void)
{
	int left = atomic_load(&allocations_left);

	if (left == 0) {
		errno = ENOMEM;
		return false;
	}
	if (left > 0)
		atomic_store(&allocations_left, left - 1);
	return true;
}

void *
__wrap_malloc(size_t size)
{
	return allow() ? __real_malloc(size) : NULL;
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return allow() ? __real_calloc(count, size) : NULL;
}

/* Seconds that the clock is ahead, so that files are old, for example. */
static _Atomic int ahead;

enum { LONG = 1000 };

struct timespec __real_clock_real(void);
struct timespec __wrap_clock_real(void);

struct timespec
__wrap_clock_real(void)
{
	struct timespec now = __real_clock_real();

	now.tv_sec += atomic_load(&ahead);
	return now;
}

enum { BIG = 3 << 20 };

/* A worker with a folder to serve. */
static struct {
	struct scratch scratch;
	struct config *config;
	struct access_target target;
	uint16_t port;
	struct shared *shared;
	struct pool pool;
	struct worker *worker;
	bool running;
	int send_buffer; /* of connections to come; 0 = as they are */
	bool by_sends;	 /* connections to come hand over each send on its own */
	bool cached;	 /* files are remembered */
	char log[4096];
} t;

static void
start(void)
{
	assert_int_equal(helpers_start(t.pool.helpers), 0);
	assert_int_equal(worker_start(t.worker), 0);
	t.running = true;
}

/* A worker for a configuration, which has a root and a log already. */
static void
begin(const char *more)
{
	static char big[BIG];
	char ini[4096];

	scratch_init(&t.scratch);
	scratch_dir(&t.scratch, "root");
	scratch_write(&t.scratch, "root/hello", SLICE("hello\n"));
	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (char)('a' + i % 251 % 26);
	scratch_write(&t.scratch, "root/big", slice_from(big, sizeof big));
	scratch_write(&t.scratch, "root/text.txt", slice_from(big, 20000));
	snprintf(
		ini, sizeof ini,
		"[log]\naccess = @/log \"%%r|%%s|%%b|%%X\"\n[server]\nlisten = 8080\nroot = @/root\n%s",
		more);
	t.config = site_load(&t.scratch, ini);
	assert_int_equal(t.config->access_log_count, 1);
	t.target = (struct access_target){ .fd = scratch_file(),
					   .format = t.config->access_logs[0].format };
	t.port = 8080;
	t.shared = shared_new_alone();
	assert_non_null(t.shared);
	t.pool = (struct pool){ .config = t.config,
				.access_targets = &t.target,
				.slot = shared_slot(t.shared, 0),
				.ports = &t.port,
				.running = 1 };
	if (t.cached)
		t.pool.cache = (struct file_cache_limits){ 16, 1 << 20, 16 };
	t.pool.handoff = handoff_new(16, 1);
	assert_non_null(t.pool.handoff);
	t.pool.helpers = helpers_new();
	assert_non_null(t.pool.helpers);
	t.worker = worker_new(&t.pool, 0);
	assert_non_null(t.worker);
}

/* Lets the thread leave when it has served what it has.  Clients have closed. */
static void
stop(void)
{
	if (!t.running)
		return;
	worker_order(t.worker, ORDER_DRAIN);
	worker_join(t.worker);
	t.running = false;
	assert_int_equal(t.worker->conn_count, 0);
	assert_int_equal(t.worker->counters->idle, 0);
	assert_int_equal(counters_closed(t.worker->counters),
			 counter_get(&t.worker->counters->count[COUNT_CONNECTIONS]));
	assert_int_equal(t.pool.refusing, 0);
	assert_int_equal(t.pool.running, 0);
}

static int
end(void **state)
{
	(void)state;
	atomic_store(&allocations_left, -1);
	atomic_store(&ahead, 0);
	stop();
	helpers_stop(t.pool.helpers);
	helpers_free(t.pool.helpers);
	worker_free(t.worker);
	handoff_free(t.pool.handoff);
	shared_free(t.shared);
	close(t.target.fd);
	config_free(t.config);
	scratch_fini(&t.scratch);
	t.worker = NULL;
	t.pool.handoff = NULL;
	t.shared = NULL;
	t.config = NULL;
	t.target.fd = -1;
	t.send_buffer = 0;
	t.by_sends = t.cached = false;
	return 0;
}

static uint64_t
closed(enum close_reason reason)
{
	return counter_get(&t.worker->counters->closed[reason]);
}

/* What the log holds; the worker has left. */
static struct slice
logged(void)
{
	ssize_t n = pread(t.target.fd, t.log, sizeof t.log, 0);

	assert_true(n >= 0);
	return slice_from(t.log, (size_t)n);
}

/* A client's end of a connection.  Nothing in here waits for ever. */
static int
dial(bool refuse)
{
	const struct timeval patience = { .tv_sec = 60 };
	struct handoff_item item = { .refuse = refuse, .peer.any.sa_family = AF_UNIX };
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX,
				    (t.by_sends ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC, 0,
				    fds),
			 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(setsockopt(fds[1], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience),
			 0);
	assert_int_equal(setsockopt(fds[1], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience),
			 0);
	if (t.send_buffer > 0)
		assert_int_equal(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &t.send_buffer,
					    sizeof t.send_buffer),
				 0);
	item.fd = fds[0];
	if (refuse)
		atomic_fetch_add(&t.pool.refusing, 1);
	assert_true(handoff_push(t.pool.handoff, &item));
	handoff_wake(t.pool.handoff);
	return fds[1];
}

static void
say(int fd, const char *text)
{
	size_t len = strlen(text);

	assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), len);
}

/* Bytes up to the end, or to len of them.  Good until the next call. */
static struct slice
hear(int fd, size_t most)
{
	static char text[BIG + 65536];
	size_t len = 0;

	while (len < most && len < sizeof text) {
		size_t room = (most < sizeof text ? most : sizeof text) - len;
		ssize_t n = recv(fd, text + len, room, 0);

		if (n == 0 || (n == -1 && errno == ECONNRESET))
			break; /* a server that closes before it has read all resets */
		if (n == -1)
			fail_msg("after %zu bytes: %s", len, strerror(errno));
		len += (size_t)n;
	}
	return slice_from(text, len);
}

/* Only what frames responses: status lines, lengths, codings, connections, and content. */
static struct slice
framing(struct slice text)
{
	static const char *const kept[] = {
		"HTTP/1.1 ",	"Content-Length: ", "Transfer-Encoding: ",
		"Connection: ", "Allow: ",	    "ok",
		"\r\n"
	};
	static char out[65536];
	size_t len = 0;

	while (text.len > 0) {
		size_t n = slice_find(text, '\n');
		struct slice line = slice_head(text, n < text.len ? n + 1 : n);
		bool keep = !slice_ends(line, SLICE("\r\n"));

		for (size_t i = 0; i < COUNT(kept); i++)
			keep |= slice_starts(line, slice_of(kept[i]));
		assert_true(len + line.len <= sizeof out);
		if (keep)
			memcpy(out + len, line.p, line.len);
		len += keep ? line.len : 0;
		text = slice_after(text, line.len);
	}
	return slice_from(out, len);
}

#define HELLO_HEAD     "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n"
#define HELLO	       HELLO_HEAD "\r\nhello\n"
#define HELLO_LAST     HELLO_HEAD "Connection: close\r\n\r\nhello\n"
#define GET_HELLO      "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
#define GET_HELLO_LAST "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

/* Sends all of it, hears all of it, and compares. */
static void
check_talk(const char *request, const char *response)
{
	int fd = dial(false);

	say(fd, request);
	check_slice(request, framing(hear(fd, SIZE_MAX)), slice_of(response));
	close(fd);
}

static void
test_one_request(void **state)
{
	(void)state;
	begin("");
	start();
	check_talk(GET_HELLO_LAST, HELLO_LAST);
	check_talk("HEAD /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
		   HELLO_HEAD "Connection: close\r\n\r\n");
	check_talk("GET /hello HTTP/1.0\r\n\r\n", HELLO_LAST);
	check_talk("OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
		   "HTTP/1.1 204 No Content\r\nAllow: GET, HEAD, OPTIONS\r\n"
		   "Connection: close\r\n\r\n");
	stop();
	assert_int_equal(closed(CLOSE_DONE), 4);
	check_slice("log", logged(),
		    SLICE("GET /hello HTTP/1.1|200|6|-\nHEAD /hello HTTP/1.1|200|-|-\n"
			  "GET /hello HTTP/1.0|200|6|-\nOPTIONS * HTTP/1.1|204|-|-\n"));
}

static void
test_pipeline(void **state)
{
	(void)state;
	begin("");
	start();
	check_talk(GET_HELLO "\r\n" GET_HELLO GET_HELLO GET_HELLO_LAST GET_HELLO,
		   HELLO HELLO HELLO HELLO_LAST);
	check_talk("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
		   "GET /hello HTTP/1.0\r\n\r\n",
		   HELLO_HEAD "Connection: keep-alive\r\n\r\nhello\n" HELLO_LAST);
	stop();
	assert_int_equal(counter_get(&t.worker->counters->count[COUNT_REQUESTS]), 6);
	/* bytes behind the last answer: closing at once would reset it */
	assert_int_equal(closed(CLOSE_LINGERED), 1);
	assert_int_equal(closed(CLOSE_DONE), 1);
}

/* As many as a client asks for at once, small ones, leave together. */
static void
test_one_send_for_a_batch(void **state)
{
	enum { BATCH = 16, SMALL = 1024 };
	static char small[SMALL], got[BATCH * 2 * SMALL];
	ssize_t len;
	int fd;

	(void)state;
	begin("");
	memset(small, 's', sizeof small);
	scratch_write(&t.scratch, "root/small", slice_from(small, sizeof small));
	t.by_sends = true;
	start();
	fd = dial(false);
	for (int round = 0; round < 2; round++) { /* at first the file is read */
		char batch[BATCH * 64] = "";

		for (int i = 0; i < BATCH; i++)
			strcat(batch, "GET /small HTTP/1.1\r\nHost: a\r\n\r\n");
		say(fd, batch);
		len = recv(fd, got, sizeof got, 0);
		assert_true(len > BATCH * SMALL);
	}
	close(fd);
}

/* More answers than one buffer holds, and more requests than one turn does. */
static void
test_long_pipeline(void **state)
{
	enum { TIMES = 2000 };
	int fd;

	(void)state;
	begin("keepalive_requests = 0\n");
	start();
	fd = dial(false);
	for (int done = 0; done < TIMES; done += 50) {
		struct slice got;

		for (int i = 0; i < 50; i++)
			say(fd, GET_HELLO);
		got = hear(fd, 1); /* then the rest, whose length the first tells */
		assert_int_equal(got.len, 1);
		for (int i = 0; i < 50; i++) {
			static size_t len;
			size_t want;

			if (len == 0) {
				int probe = dial(false);

				say(probe, GET_HELLO_LAST);
				len = hear(probe, SIZE_MAX).len - strlen("Connection: close\r\n");
				close(probe);
			}
			want = len - (i == 0);
			got = hear(fd, want);
			assert_int_equal(got.len, want);
			assert_true(slice_ends(got, SLICE("\r\n\r\nhello\n")));
		}
	}
	close(fd);
}

/* However the bytes come. */
static void
test_in_pieces(void **state)
{
	static const char request[] =
		"POST /fixed HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"
		"POST /fixed HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
		"\r\n3;x=y\r\nabc\r\n0\r\nTrailer: x\r\n\r\n" GET_HELLO_LAST;
	static const char fixed[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
	char wanted[2048];

	(void)state;
	begin("[location f]\npath = /fixed\nreturn = 200 \"ok\"\n");
	start();
	snprintf(wanted, sizeof wanted, "%s%s%s", fixed, fixed, HELLO_LAST);
	for (size_t piece = 1; piece < sizeof request; piece += piece < 8 ? 1 : 13) {
		int fd = dial(false);

		for (size_t at = 0; at < sizeof request - 1; at += piece) {
			size_t left = sizeof request - 1 - at;
			size_t n = piece < left ? piece : left;

			assert_int_equal(send(fd, request + at, n, MSG_NOSIGNAL), n);
			sched_yield();
		}
		check_slice("pieces", framing(hear(fd, SIZE_MAX)), slice_of(wanted));
		close(fd);
	}
}

static void
test_big_file(void **state)
{
	struct slice got;
	int fd;

	(void)state;
	begin("");
	start();
	fd = dial(false);
	say(fd, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n" GET_HELLO_LAST);
	got = hear(fd, SIZE_MAX);
	close(fd);
	assert_true(slice_ends(got, SLICE("\r\n\r\nhello\n")));
	got = slice_after(got, (size_t)((char *)memmem(got.p, got.len, "\r\n\r\n", 4) - got.p) + 4);
	for (size_t i = 0; i < BIG; i++)
		if (got.p[i] != (char)('a' + i % 251 % 26))
			fail_msg("byte %zu", i);
	assert_memory_equal(got.p + BIG, "HTTP/1.1 200 OK", 15);
	stop();
	check_slice("log", logged(),
		    SLICE("GET /big HTTP/1.1|200|3145728|+\nGET /hello HTTP/1.1|200|6|-\n"));
}

static bool
contains(struct slice text, const char *words)
{
	return memmem(text.p, text.len, words, strlen(words)) != NULL;
}

/* Is that all of root/text.txt, behind a head that says so about the connection? */
static void
check_text(struct slice got, bool closes)
{
	const char *behind = memmem(got.p, got.len, "\r\n\r\n", 4);
	struct slice head = slice_head(got, behind ? (size_t)(behind - got.p) + 4 : 0);
	struct slice content = slice_after(got, head.len);

	assert_true(slice_starts(head, SLICE("HTTP/1.1 200 OK\r\nDate: ")));
	assert_int_equal(memmem(head.p, head.len, "Connection: close", 17) != NULL, closes);
	assert_int_equal(content.len, 20000);
	for (size_t i = 0; i < content.len; i++)
		assert_int_equal(content.p[i], 'a' + i % 251 % 26);
}

/* One content in memory goes to several clients in pieces, each with a head of its own before it.
 */
static void
test_shared_content(void **state)
{
	enum { CLIENTS = 6 };
	int fds[CLIENTS];
	size_t length;

	(void)state;
	begin("");
	start();
	t.send_buffer = 1; /* the least that the kernel has */
	fds[0] = dial(false);
	say(fds[0], "GET /text.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	length = hear(fds[0], SIZE_MAX).len - strlen("Connection: close\r\n");
	close(fds[0]);
	for (int i = 0; i < CLIENTS; i++) {
		fds[i] = dial(false);
		say(fds[i], i % 2 ? "GET /text.txt HTTP/1.0\r\n\r\n"
				  : "GET /text.txt HTTP/1.1\r\nHost: a\r\n\r\n");
		assert_int_equal(recv(fds[i], t.log, 1, MSG_PEEK), 1); /* it has begun */
	}
	for (int i = CLIENTS - 1; i >= 0; i--) {
		check_text(hear(fds[i], i % 2 ? SIZE_MAX : length), i % 2);
		close(fds[i]);
	}
	stop();
}

/* One answer with that much content.  Good until the next call. */
static struct slice
hear_answer(int fd, size_t content)
{
	static char text[65536];
	size_t len = 0;

	while (len < 4 || memcmp(text + len - 4, "\r\n\r\n", 4) != 0) {
		assert_true(len + content < sizeof text);
		assert_int_equal(recv(fd, text + len, 1, 0), 1);
		len++;
	}
	if (content > 0)
		assert_int_equal(recv(fd, text + len, content, MSG_WAITALL), content);
	return slice_from(text, len + content);
}

/* The date of an answer, in seconds since 1970. */
static time_t
date_of(struct slice answer)
{
	const char *at = memmem(answer.p, answer.len, "Date: ", 6);
	time_t when;

	assert_non_null(at);
	assert_true(date_parse(slice_from(at + 6, DATE_SIZE), time(NULL), &when));
	return when;
}

/*
 * A head that was sent before a content is sent again with it.  It must not be when the answer has
 * another one: later, and earlier, and for those who ask otherwise.
 */
static void
test_head_sent_again(void **state)
{
	static const struct kept {
		const char *request, *response;
		size_t content;
	} kept[] = {
		{ GET_HELLO, HELLO, 6 },
		{ GET_HELLO, HELLO, 6 },
		{ "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n", HELLO_HEAD "\r\n", 0 },
		{ GET_HELLO, HELLO, 6 },
		{ "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
		  HELLO_HEAD "Connection: keep-alive\r\n\r\nhello\n", 6 },
		{ GET_HELLO, HELLO, 6 },
	};
	static const char *const others[][2] = {
		{ "HEAD /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
		  HELLO_HEAD "Connection: close\r\n\r\n" },
		{ GET_HELLO_LAST, HELLO_LAST },
		{ "GET /hello HTTP/1.0\r\n\r\n", HELLO_LAST },
		{ "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" GET_HELLO_LAST,
		  HELLO_HEAD "Connection: keep-alive\r\n\r\nhello\n" HELLO_LAST },
		{ GET_HELLO GET_HELLO GET_HELLO_LAST, HELLO HELLO HELLO_LAST },
	};
	int fd;

	(void)state;
	t.cached = true;
	begin("");
	start();
	fd = dial(false);
	for (size_t i = 0; i < 3 * COUNT(others); i++) {
		int shift = LONG + (i % 3 == 0 ? 0 : i % 3 == 1 ? 100 : -100);
		time_t now = __real_clock_real().tv_sec;

		atomic_store(&ahead, shift);
		for (size_t k = 0; k < 3 * COUNT(kept); k++) {
			const struct kept *how = &kept[k % COUNT(kept)];
			struct slice answer;
			time_t date;

			say(fd, how->request);
			answer = hear_answer(fd, how->content);
			date = date_of(answer) - shift;
			assert_true(date >= now && date <= __real_clock_real().tv_sec);
			check_slice(how->request, framing(answer), slice_of(how->response));
		}
		check_talk(others[i / 3][0], others[i / 3][1]);
	}
	close(fd);
	stop();
}

static uint64_t
requests_so_far(void)
{
	return counter_get(&t.worker->counters->count[COUNT_REQUESTS]);
}

/* Asks again, not together with the request before, unless that is stuck. */
static void
ask_often(int fd, const char *request, int times)
{
	for (int i = 0; i < times; i++) {
		uint64_t before = requests_so_far();

		say(fd, request);
		for (int n = 0; n < 10000 && requests_so_far() == before; n++)
			sched_yield();
	}
}

/* The same when a socket takes such an answer in pieces, or not at all, and others ask meanwhile.
 */
static void
test_head_sent_in_pieces(void **state)
{
	enum { TIMES = 20 };
	int small, large, other;

	(void)state;
	t.cached = true;
	begin("");
	atomic_store(&ahead, LONG);
	start();
	other = dial(false);
	t.send_buffer = 1; /* the least that the kernel has */
	small = dial(false);
	large = dial(false);
	ask_often(small, GET_HELLO, TIMES);
	ask_often(large, "GET /text.txt HTTP/1.1\r\nHost: a\r\n\r\n", 2);
	atomic_store(&ahead, LONG + 100);
	say(other, "GET /text.txt HTTP/1.1\r\nHost: a\r\n\r\n");
	check_text(hear_answer(other, 20000), false);
	say(other, GET_HELLO);
	check_slice("another one", framing(hear_answer(other, 6)), SLICE(HELLO));
	for (int i = 0; i < TIMES; i++) {
		struct slice answer = hear_answer(small, 6);

		assert_true(date_of(answer) > 0);
		check_slice("small", framing(answer), SLICE(HELLO));
	}
	for (int i = 0; i < 2; i++)
		check_text(hear_answer(large, 20000), false);
	close(small);
	close(large);
	close(other);
	stop();
}

static void
test_gzip(void **state)
{
	static const char fields[] =
		"Host: a\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n";
	char line[256];
	struct slice got;
	int fd;

	(void)state;
	begin("");
	start();
	for (int minor = 0; minor < 2; minor++) {
		for (int head = 0; head < 2; head++) {
			snprintf(line, sizeof line, "%s /text.txt HTTP/1.%d\r\n%s",
				 head ? "HEAD" : "GET", minor, fields);
			fd = dial(false);
			say(fd, line);
			got = hear(fd, SIZE_MAX);
			close(fd);
			assert_true(contains(got, "\r\nContent-Encoding: gzip\r\n"));
			assert_false(contains(got, "Content-Length"));
			assert_int_equal(contains(got, "\r\nTransfer-Encoding: chunked\r\n"),
					 minor);
			assert_int_equal(slice_ends(got, SLICE("\r\n0\r\n\r\n")), minor && !head);
			assert_int_equal(slice_ends(got, SLICE("\r\n\r\n")), minor || head);
		}
	}
}

/* Much work that gives no byte makes no chunk: an empty one would be the last (RFC 9112 7.1). */
static void
test_empty_fills(void **state)
{
	struct slice got;
	unsigned long size = 1;
	int fd;

	(void)state;
	begin("");
	scratch_write(&t.scratch, "root/zeros.txt", SLICE("x"));
	assert_int_equal(truncate(scratch_at(&t.scratch, "root/zeros.txt"), BIG), 0);
	start();
	fd = dial(false);
	say(fd, "GET /zeros.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n"
		"Connection: close\r\n\r\n");
	got = hear(fd, SIZE_MAX);
	close(fd);
	assert_true(contains(got, "\r\nTransfer-Encoding: chunked\r\n"));
	assert_in_range(got.len, 1000, 20000);
	got = slice_after(got, (size_t)((char *)memmem(got.p, got.len, "\r\n\r\n", 4) - got.p) + 4);
	while (size > 0) {
		size_t n = slice_find(got, '\n');

		assert_true(n < got.len);
		size = strtoul(got.p, NULL, 16);
		got = slice_after(got, n + 1 + size);
		assert_true(slice_starts(got, SLICE("\r\n")));
		got = slice_after(got, 2);
	}
	assert_int_equal(got.len, 0);
}

/* What cannot be answered is answered, and what was sent behind it is not taken for a request. */
static void
test_rejected(void **state)
{
	static const struct {
		const char *request;
		unsigned status;
	} cases[] = {
		{ "BAD\r\n\r\n", 400 },
		{ "GET /\\ HTTP/1.1\r\nHost: a\r\n\r\n" GET_HELLO, 400 },
		{ "GET / HTTP/1.1\r\n\r\n" GET_HELLO, 400 },
		{ "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505 },
		{ "POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n" GET_HELLO,
		  413 },
		{ "POST /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
		  400 },
		{ "POST /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n",
		  413 },
		{ "POST /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 400 },
		{ "POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n",
		  400 },
		{ "PUT /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
		  "Expect: 100-continue\r\n\r\n",
		  405 },
		{ "GET / HTTP/1.1\r\nHost: a\r\nExpect: miracle\r\n\r\n", 417 },
	};

	(void)state;
	begin("");
	start();
	for (size_t i = 0; i < COUNT(cases); i++) {
		int fd = dial(false);
		char first[32];
		struct slice got;

		say(fd, cases[i].request);
		got = hear(fd, SIZE_MAX);
		snprintf(first, sizeof first, "HTTP/1.1 %u ", cases[i].status);
		if (!slice_starts(got, slice_of(first)))
			fail_msg("%s: %s", cases[i].request, check_show(slice_head(got, 40)));
		assert_true(contains(got, "\r\nConnection: close\r\n"));
		assert_null(memmem(got.p + 1, got.len - 1, "HTTP/1.1 ", 9));
		close(fd);
	}
	stop();
	assert_int_equal(closed(CLOSE_LINGERED), COUNT(cases));
}

static void
test_long_heads(void **state)
{
	static char line[40000];
	struct slice got;
	int fd;

	(void)state;
	begin("head_size = 4k\ntarget_size = 2k\n");
	start();
	for (int i = 0; i < 2; i++) {
		memset(line, 'x', sizeof line - 1);
		memcpy(line, i ? "GET /" : "GET / HTTP/1.1\r\nA: ", i ? 5 : 19);
		fd = dial(false);
		say(fd, line);
		got = hear(fd, SIZE_MAX);
		assert_true(slice_starts(got, i ? SLICE("HTTP/1.1 414 ") : SLICE("HTTP/1.1 431 ")));
		close(fd);
	}
}

static void
test_expect(void **state)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct slice got;
	int fd;

	(void)state;
	begin("[location f]\npath = /fixed\nreturn = 200 \"ok\"\n");
	start();
	fd = dial(false);
	say(fd, "POST /fixed HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
		"Expect: 100-continue\r\nConnection: close\r\n\r\n");
	check_slice("go on", hear(fd, sizeof go_on - 1), slice_of(go_on));
	say(fd, "body");
	got = hear(fd, SIZE_MAX);
	assert_true(slice_starts(got, SLICE("HTTP/1.1 200 OK\r\n")));
	assert_true(slice_ends(got, SLICE("\r\n\r\nok")));
	close(fd);
}

/* A client that has said all it has to say is answered all the same. */
static void
test_half_closed(void **state)
{
	int fd;

	(void)state;
	begin("");
	start();
	fd = dial(false);
	say(fd, GET_HELLO GET_HELLO);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	check_slice("answers", framing(hear(fd, SIZE_MAX)), SLICE(HELLO HELLO));
	close(fd);
	fd = dial(false);
	say(fd, "GET /hello HTT");
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	assert_int_equal(hear(fd, SIZE_MAX).len, 0);
	close(fd);
	stop();
	assert_int_equal(closed(CLOSE_CLIENT), 2);
}

static void
test_keepalive_requests(void **state)
{
	(void)state;
	begin("keepalive_requests = 2\n");
	start();
	check_talk(GET_HELLO GET_HELLO GET_HELLO, HELLO HELLO_LAST);
}

static void
test_refused(void **state)
{
	struct slice got;
	int fd;

	(void)state;
	begin("");
	start();
	fd = dial(true);
	say(fd, GET_HELLO);
	got = hear(fd, SIZE_MAX);
	assert_true(slice_starts(got, SLICE("HTTP/1.1 503 ")));
	assert_true(contains(got, "\r\nRetry-After: "));
	assert_true(contains(got, "\r\nConnection: close\r\n"));
	close(fd);
	stop();
	assert_int_equal(closed(CLOSE_REFUSED), 1);
}

static void
test_timeouts(void **state)
{
	struct slice got;
	int fd;

	(void)state;
	begin("head_timeout = 50ms\nbody_timeout = 50ms\nkeepalive_timeout = 50ms\n");
	start();
	fd = dial(false); /* says nothing */
	assert_int_equal(hear(fd, SIZE_MAX).len, 0);
	close(fd);
	fd = dial(false);
	say(fd, "GET /hello HT");
	got = hear(fd, SIZE_MAX);
	assert_true(slice_starts(got, SLICE("HTTP/1.1 408 ")));
	close(fd);
	fd = dial(false);
	say(fd, "POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo");
	got = hear(fd, SIZE_MAX);
	assert_true(slice_starts(got, SLICE("HTTP/1.1 408 ")));
	close(fd);
	fd = dial(false);
	say(fd, GET_HELLO);
	check_slice("idle", framing(hear(fd, SIZE_MAX)), SLICE(HELLO));
	close(fd);
	stop();
	assert_int_equal(closed(CLOSE_HEAD_TIMEOUT), 1);
	assert_int_equal(closed(CLOSE_IDLE), 1);
	assert_int_equal(closed(CLOSE_LINGERED), 2);
	assert_true(slice_starts(logged(), SLICE("-|408|")));
	assert_true(contains(logged(), "-\nPOST /hello HTTP/1.1|408|"));
	assert_true(slice_ends(logged(), SLICE("-\nGET /hello HTTP/1.1|200|6|+\n")));
}

/* Half a request behind a whole one: the log says which it was, and not another's bytes. */
static void
test_timeout_in_pipeline(void **state)
{
	static const char line[] = "GET /0123456789/abcdefghijklmnopqrstuvwxyz/0123456789/"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ/0123456789?partial=1 HTTP/1.1";
	char text[512];
	struct slice got;
	int fd;

	(void)state;
	begin("head_timeout = 50ms\n");
	start();
	fd = dial(false);
	snprintf(text, sizeof text, GET_HELLO "%s\r\nHost: a\r\nHalf", line);
	say(fd, text);
	got = hear(fd, SIZE_MAX);
	assert_true(slice_starts(got, SLICE("HTTP/1.1 200 ")));
	assert_true(contains(got, "HTTP/1.1 408 "));
	close(fd);
	stop();
	snprintf(text, sizeof text, "GET /hello HTTP/1.1|200|6|+\n%s|408|", line);
	check_slice("log", slice_head(logged(), strlen(text)), slice_of(text));
}

static void
test_slow_reader(void **state)
{
	int fd;

	(void)state;
	begin("send_timeout = 50ms\nmin_rate = off\n");
	start();
	fd = dial(false);
	say(fd, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(hear(fd, 100).len == 100);
	/* and reads no more until the server is gone, which poll() tells */
	while (send(fd, "x", 1, MSG_NOSIGNAL) == 1)
		sched_yield();
	assert_true(hear(fd, SIZE_MAX).len < BIG);
	close(fd);
	stop();
	assert_int_equal(closed(CLOSE_SEND_TIMEOUT), 1);
	assert_true(slice_ends(logged(), SLICE("|X\n")));
}

/* A file that shrinks while it is sent: the connection ends, short of what was promised. */
static void
test_shrinking_file(void **state)
{
	struct slice got;
	int fd;

	(void)state;
	begin("");
	start();
	fd = dial(false);
	say(fd, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n" GET_HELLO);
	assert_int_equal(hear(fd, 100).len, 100);
	assert_int_equal(truncate(scratch_at(&t.scratch, "root/big"), 1000), 0);
	got = hear(fd, SIZE_MAX);
	assert_true(got.len < BIG);
	assert_false(contains(got, "HTTP/1.1"));
	close(fd);
	stop();
	assert_int_equal(closed(CLOSE_BROKEN_BODY), 1);
}

/* The one that has been idle for longest goes. */
static void
test_shed(void **state)
{
	int fds[3];

	(void)state;
	begin("");
	start();
	for (size_t i = 0; i < COUNT(fds); i++) {
		fds[i] = dial(false);
		say(fds[i], GET_HELLO);
		while (atomic_load(&t.worker->counters->idle) != i + 1)
			sched_yield();
	}
	worker_shed(t.worker);
	assert_true(slice_ends(hear(fds[0], SIZE_MAX), SLICE("hello\n")));
	for (size_t i = 1; i < COUNT(fds); i++) {
		say(fds[i], GET_HELLO_LAST);
		assert_true(contains(hear(fds[i], SIZE_MAX), "Connection: close"));
	}
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
	stop();
	assert_int_equal(closed(CLOSE_SHED), 1);
	assert_int_equal(closed(CLOSE_DONE), 2);
}

/* Draining: idle ones go at once, a request under way is answered, and then it is over. */
static void
test_drain(void **state)
{
	static const char post[] = "POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo";
	struct slice got;
	int idle, busy, loading;

	(void)state;
	begin("");
	start();
	idle = dial(false);
	say(idle, GET_HELLO);
	busy = dial(false);
	say(busy, post);
	while (atomic_load(&t.worker->counters->idle) != 1 ||
	       counter_get(&t.worker->counters->count[COUNT_BYTES_RECEIVED]) <
		       strlen(GET_HELLO) + strlen(post))
		sched_yield();
	loading = dial(false);
	say(loading, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(hear(loading, 100).len, 100);
	worker_order(t.worker, ORDER_DRAIN);
	assert_true(slice_ends(hear(idle, SIZE_MAX), SLICE("hello\n")));
	say(busy, "dy");
	got = hear(busy, SIZE_MAX);
	assert_true(slice_starts(got, SLICE("HTTP/1.1 405 ")));
	assert_true(contains(got, "\r\nConnection: close\r\n"));
	assert_in_range(hear(loading, SIZE_MAX).len, BIG, BIG + 1000);
	close(idle);
	close(busy);
	close(loading);
	stop();
	assert_int_equal(closed(CLOSE_STOPPING), 1); /* the one that was idle */
}

static void
test_stop(void **state)
{
	int fd, before = scratch_count_fds();

	(void)state;
	begin("");
	start();
	fd = dial(false);
	say(fd, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(hear(fd, 100).len, 100);
	worker_order(t.worker, ORDER_STOP);
	while (send(fd, "x", 1, MSG_NOSIGNAL) == 1) /* reads on when the server is gone */
		sched_yield();
	assert_true(hear(fd, SIZE_MAX).len < BIG);
	close(fd);
	stop();
	assert_int_equal(closed(CLOSE_STOPPING), 1);
	worker_free(t.worker);
	handoff_free(t.pool.handoff);
	t.worker = NULL;
	t.pool.handoff = NULL;
	assert_int_equal(scratch_count_fds(), before + 1); /* the log */
}

/* Without memory for a connection or its record it is closed; the next one is served. */
static void
test_out_of_memory(void **state)
{
	(void)state;
	begin("");
	error_log_open(t.target.fd, LOG_LEVEL_ERROR); /* which will have something to say */
	start();
	for (int n = 0; n < 2; n++) {
		char byte;
		int fd;

		atomic_store(&allocations_left, n);
		fd = dial(false);
		assert_int_equal(recv(fd, &byte, 1, 0), 0);
		atomic_store(&allocations_left, -1);
		close(fd);
	}
	check_talk(GET_HELLO_LAST, HELLO_LAST);
	stop();
	error_log_open(STDERR_FILENO, LOG_LEVEL_NOTICE);
	assert_int_equal(closed(CLOSE_NO_MEMORY), 2);
	assert_int_equal(closed(CLOSE_DONE), 1);
}

static void
test_new_out_of_memory(void **state)
{
	int before;

	(void)state;
	begin("");
	before = scratch_count_fds();
	for (int n = 0; n < 3; n++) {
		atomic_store(&allocations_left, n);
		assert_null(worker_new(&t.pool, 1));
		assert_int_equal(errno, ENOMEM);
		assert_null(handoff_new(1, 1));
		atomic_store(&allocations_left, -1);
		assert_int_equal(scratch_count_fds(), before);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_one_request, end),
		cmocka_unit_test_teardown(test_pipeline, end),
		cmocka_unit_test_teardown(test_one_send_for_a_batch, end),
		cmocka_unit_test_teardown(test_long_pipeline, end),
		cmocka_unit_test_teardown(test_in_pieces, end),
		cmocka_unit_test_teardown(test_big_file, end),
		cmocka_unit_test_teardown(test_shared_content, end),
		cmocka_unit_test_teardown(test_head_sent_again, end),
		cmocka_unit_test_teardown(test_head_sent_in_pieces, end),
		cmocka_unit_test_teardown(test_gzip, end),
		cmocka_unit_test_teardown(test_empty_fills, end),
		cmocka_unit_test_teardown(test_rejected, end),
		cmocka_unit_test_teardown(test_long_heads, end),
		cmocka_unit_test_teardown(test_expect, end),
		cmocka_unit_test_teardown(test_half_closed, end),
		cmocka_unit_test_teardown(test_keepalive_requests, end),
		cmocka_unit_test_teardown(test_refused, end),
		cmocka_unit_test_teardown(test_timeouts, end),
		cmocka_unit_test_teardown(test_timeout_in_pipeline, end),
		cmocka_unit_test_teardown(test_slow_reader, end),
		cmocka_unit_test_teardown(test_shrinking_file, end),
		cmocka_unit_test_teardown(test_shed, end),
		cmocka_unit_test_teardown(test_drain, end),
		cmocka_unit_test_teardown(test_stop, end),
		cmocka_unit_test_teardown(test_out_of_memory, end),
		cmocka_unit_test_teardown(test_new_out_of_memory, end),
	};

	signal(SIGPIPE, SIG_IGN); /* as the server has it */
	return cmocka_run_group_tests_name("http1", tests, NULL, NULL);
}
