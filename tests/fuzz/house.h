/*
 * house - a script of what clients do, and a real worker that has to deal with it.
 *
 * Nothing here is left to chance.  The worker's loop runs in the fuzzer's own thread: its
 * call_epoll_wait() is wrapped, and whenever the worker would sleep, the next piece of the script is
 * done, or time passes.  The clock is wrapped too, so an hour is over at once.  Jobs for helper
 * threads are run in between.
 *
 * What bytes of the input are sent as they are; the eleven that never stand in UTF-8 are orders:
 *
 *	F5	what was written so far is sent now, and nothing more before the worker sleeps
 *	F6	the client says that it sends no more
 *	F7 n	n * n * 10 ms pass
 *	F8 n	the client reads n * n * 16 bytes
 *	F9 n	from now on client n % 4 speaks; the server is full for it when n has bit 4
 *	FA	the client is gone
 *	FB n	what was written since the last order is written n times more
 *	FC n	the file /big.bin has n / 255 of its length
 *	FD	the server drains; the second time it stops
 *	FE	helpers pause, or go on
 *	FF	the next byte is sent, whichever it is
 *
 * When the script is over the clients read what there is and wait.  Then every connection must
 * have ended, each for a reason that is counted; the worker never turns without doing something.
 * What a client got is looked at by check_client(), of whoever includes this; HOUSE_LISTEN is where
 * the worker believes to listen.
 */
#ifndef FUZZ_HOUSE_H
#define FUZZ_HOUSE_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buckets.h"
#include "base/clock.h"
#include "config/inputs.h"
#include "config/problems.h"
#include "content/auth.h"
#include "content/content_tag.h"
#include "fuzz.h"
#include "server/helpers.h"
#include "server/shared.h"
#include "server/worker.h"

enum {
	CLIENTS = 4,
	BIG = 60000,
	SMALL = 600,
	SENT_MAX = 1 << 17, /* bytes of one client */
	SOCKET_BUFFER = 4096,
	IDLE_TURNS = 1000,
	END_MS = 24 * 3600 * 1000,
};

enum order {
	SEND_NOW = 0xF5,
	SAY_END,
	PASS_TIME,
	READ,
	CHOOSE,
	VANISH,
	REPEAT,
	RESIZE,
	DRAIN,
	PAUSE,
	LITERAL
};

struct client {
	int fd; /* -1 = never came, or gone */
	bool came, gone;
	struct {
		char *p;
		size_t len, cap;
	} out, in;
	size_t out_at; /* sent so far */
	bool end;      /* a half-close is due behind that */
};

/* Once for the process. */
static struct {
	char path[64];
	struct config *config;
	int big;
	uint16_t port;
} house = { .big = -1 };

/* For one input. */
static struct {
	bool running;
	struct slice script;
	size_t chunk; /* written since the last order */
	struct client clients[CLIENTS], *speaks;
	struct pool pool;
	struct shared *shared;
	struct worker *worker;
	struct access_target target;
	struct link jobs; /* not run yet */
	struct link done;
	bool paused, draining, resized;
	int64_t now_ms, pass_ms, ended_ms;
	unsigned idle_turns, came;
	void *(*thread)(void *);
} t;

/* What is wrapped.  The fuzzer's own threads get the real thing. */

int __real_call_epoll_wait(int, struct epoll_event *, int, int);
int __wrap_call_epoll_wait(int, struct epoll_event *, int, int);
int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int64_t __wrap_clock_monotonic_ms(void);
struct timespec __wrap_clock_real(void);
bool __wrap_helpers_submit(struct helpers *, struct job *, struct worker *, void *);
void __wrap_helpers_collect(struct helpers *, struct worker *, struct link *);

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
		      void *arg)
{
	if (!t.running)
		return __real_pthread_create(thread, attr, run, arg);
	t.thread = run;
	return 0;
}

int64_t
__wrap_clock_monotonic_ms(void)
{
	return t.now_ms;
}

struct timespec
__wrap_clock_real(void)
{
	enum { YEAR_2030 = 1893456000 };

	return (struct timespec){ .tv_sec = YEAR_2030 + t.now_ms / 1000,
				  .tv_nsec = t.now_ms % 1000 * 1000000 };
}

bool
__wrap_helpers_submit(struct helpers *h, struct job *j, struct worker *w, void *owner)
{
	(void)h;
	j->owner = owner;
	j->returns = w;
	list_append(&t.jobs, &j->link);
	return true;
}

void
__wrap_helpers_collect(struct helpers *h, struct worker *w, struct link *list)
{
	(void)h;
	(void)w;
	list_move_all(list, &t.done);
}

/* The helpers' work.  False when there is none. */
static bool
run_jobs(void)
{
	struct link *l;

	if (list_empty(&t.jobs))
		return false;
	while ((l = list_first(&t.jobs))) {
		struct job *j = LIST_OWNER(l, struct job, link);

		list_remove(l);
		if (!job_unwanted(j))
			j->run(j);
		list_append(&t.done, l);
	}
	worker_order(t.worker, ORDER_JOBS);
	return true;
}

/* The clients. */

static void
grow(char **p, size_t *cap, size_t wanted)
{
	if (wanted <= *cap)
		return;
	*cap = 2 * wanted;
	*p = realloc(*p, *cap);
	require(*p);
}

static void
come(struct client *c, bool refuse)
{
	int pair[2], size = SOCKET_BUFFER;
	struct handoff_item item = { .refuse = refuse };

	require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	item.fd = pair[0];
	item.peer.v4.sin_family = AF_INET;
	item.peer.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(c - t.clients));
	c->fd = pair[1];
	c->came = true;
	t.came++;
	if (refuse)
		atomic_fetch_add(&t.pool.refusing, 1);
	require(handoff_push(t.pool.handoff, &item));
	handoff_wake(t.pool.handoff);
}

static void
write_byte(struct client *c, char byte)
{
	if (c->out.len == SENT_MAX)
		return;
	grow(&c->out.p, &c->out.cap, c->out.len + 1);
	c->out.p[c->out.len++] = byte;
	t.chunk++;
}

static void
repeat(struct client *c, unsigned times)
{
	size_t n = t.chunk, from = c->out.len - n;

	while (n > 0 && times-- > 0 && c->out.len + n <= SENT_MAX)
		for (size_t i = 0; i < n; i++)
			write_byte(c, c->out.p[from + i]);
}

/* Sends what was written.  True when the worker has something to do now. */
static bool
send_out(struct client *c)
{
	ssize_t n;

	if (!c->came && (c->out.len > 0 || c->end))
		come(c, false);
	if (c->fd == -1)
		return false;
	if (c->out_at < c->out.len) {
		n = send(c->fd, c->out.p + c->out_at, c->out.len - c->out_at, MSG_NOSIGNAL);
		if (n == -1 && errno != EAGAIN)
			c->out_at = c->out.len; /* nobody is there any more */
		if (n > 0)
			c->out_at += (size_t)n;
		return n > 0;
	}
	if (!c->end)
		return false;
	c->end = false;
	shutdown(c->fd, SHUT_WR);
	return true;
}

/* Reads up to most bytes.  False when there were none. */
static bool
read_in(struct client *c, size_t most)
{
	size_t before = c->in.len;

	while (c->fd != -1 && most > 0) {
		size_t room = most < 65536 ? most : 65536;
		ssize_t n;

		grow(&c->in.p, &c->in.cap, c->in.len + room);
		n = recv(c->fd, c->in.p + c->in.len, room, 0);
		if (n <= 0)
			break;
		c->in.len += (size_t)n;
		most -= (size_t)n;
	}
	return c->in.len > before;
}

static void
vanish(struct client *c)
{
	if (c->fd == -1)
		return;
	close(c->fd);
	c->fd = -1;
	c->gone = true;
}

/* The script. */

static unsigned
next_byte(void)
{
	unsigned byte = t.script.len > 0 ? (unsigned char)t.script.p[0] : 0;

	t.script = slice_after(t.script, 1);
	return byte;
}

static void
choose(unsigned n)
{
	t.speaks = &t.clients[n % CLIENTS];
	if (!t.speaks->came)
		come(t.speaks, n & 0x10);
}

static void
resize(unsigned n)
{
	t.resized = true;
	require(ftruncate(house.big, BIG * (off_t)n / 255) == 0);
}

/* True when the worker should have its turn. */
static bool
obey(enum order order)
{
	struct client *c = t.speaks;
	unsigned n;

	switch (order) {
	case SEND_NOW:
		send_out(c);
		break;
	case SAY_END:
		c->end = true;
		break;
	case PASS_TIME:
		n = next_byte();
		t.pass_ms = n * n * 10;
		break;
	case READ:
		n = next_byte();
		read_in(c, n * n * 16);
		break;
	case CHOOSE:
		choose(next_byte());
		break;
	case VANISH:
		send_out(c);
		vanish(c);
		break;
	case REPEAT:
		repeat(c, next_byte());
		return false;
	case RESIZE:
		resize(next_byte());
		break;
	case DRAIN:
		worker_order(t.worker, t.draining ? ORDER_STOP : ORDER_DRAIN);
		t.draining = true;
		break;
	case PAUSE:
		t.paused = !t.paused;
		break;
	case LITERAL:
		write_byte(c, (char)next_byte());
		return false;
	}
	t.chunk = 0;
	return true;
}

/* Does what the script says next. */
static void
play(void)
{
	while (t.script.len > 0) {
		unsigned byte = next_byte();

		if (byte < SEND_NOW)
			write_byte(t.speaks, (char)byte);
		else if (obey(byte))
			return;
	}
}

/* The script is over: everybody reads and waits.  True when somebody did something. */
static bool
play_out(void)
{
	bool something = t.paused; /* what waited for the helpers goes on */

	t.paused = false;
	for (struct client *c = t.clients; c < t.clients + CLIENTS; c++)
		something |= read_in(c, SIZE_MAX);
	if (something || t.draining || handoff_ended(t.pool.handoff) < t.came)
		return something;
	t.draining = true;
	worker_order(t.worker, ORDER_DRAIN);
	return true;
}

static bool
send_all(void)
{
	bool something = false;

	for (struct client *c = t.clients; c < t.clients + CLIENTS; c++)
		something |= c->out_at < c->out.len || c->end ? send_out(c) : false;
	return something;
}

/* The worker has nothing to do for so long; -1 = for ever.  True when it has now. */
static bool
while_it_sleeps(int timeout)
{
	if (t.pass_ms > 0 && (timeout == -1 || timeout > t.pass_ms)) {
		t.now_ms += t.pass_ms;
		t.pass_ms = 0;
	} else if (t.pass_ms > 0) {
		t.now_ms += timeout;
		t.pass_ms -= timeout;
		return true;
	} else if ((!t.paused && run_jobs()) || (t.script.len == 0 && send_all())) {
		return true;
	} else if (t.script.len > 0) {
		play();
	} else if (!play_out()) {
		require(timeout != -1); /* else somebody waits for nothing */
		t.ended_ms += timeout;
		require(t.ended_ms < END_MS);
		t.now_ms += timeout;
		return true;
	}
	return false;
}

int
__wrap_call_epoll_wait(int fd, struct epoll_event *events, int most, int timeout)
{
	for (;;) {
		int n = __real_call_epoll_wait(fd, events, most, 0);

		if (n > 0)
			t.idle_turns = 0;
		if (n != 0)
			return n;
		if (timeout == 0) {
			require(t.idle_turns++ < IDLE_TURNS);
			return 0;
		}
		if (while_it_sleeps(timeout))
			timeout = 0;
	}
}

/* The house. */

static char
pattern(uint64_t i)
{
	return (char)('a' + (i + i / 26 + i / 676) % 26);
}

static int
make_file(const char *name, size_t size)
{
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/%s", house.path, name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_TRUNC, 0644);
	require(fd != -1);
	for (size_t at = 0; at < size;) {
		char bytes[4096];
		size_t n = size - at < sizeof bytes ? size - at : sizeof bytes;

		for (size_t i = 0; i < n; i++)
			bytes[i] = pattern(at + i);
		require(write(fd, bytes, n) == (ssize_t)n);
		at += n;
	}
	return fd;
}

static void
make_dir(const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", house.path, name);
	require(mkdir(path, 0755) == 0);
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void
leave(void)
{
	config_free(house.config);
	nftw(house.path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
make_files(void)
{
	make_dir("root");
	make_dir("root/list");
	make_dir("root/slow");
	make_dir("root/tag");
	make_dir("root/secret");
	close(make_file("root/small.bin", SMALL));
	close(make_file("root/text.txt", 5000));
	close(make_file("root/list/one&two", 1));
	close(make_file("root/slow/small.bin", SMALL));
	close(make_file("root/tag/text.txt", 5000));
	close(make_file("root/secret/small.bin", SMALL));
	house.big = make_file("root/big.bin", BIG);
}

static void
load_config(const char *ini)
{
	/* fred's password is "secret"; few rounds, to be quick */
	static const char passwords[] =
		"fred:$5$rounds=1000$abcdefgh$XIppta5rT8zJUu4vAOKQXrwq9uY4Ijlz6VjyOmkx5i4\n";
	struct problems *problems = problems_new();
	struct inputs *inputs = inputs_new_memory();

	require(problems && inputs && inputs_put(inputs, SLICE("fuzz.ini"), slice_of(ini)) &&
		inputs_put(inputs, SLICE("passwords"), slice_of(passwords)));
	house.config = config_load_from(inputs, "fuzz.ini", 0, problems);
	if (!house.config)
		problems_print(problems, stderr);
	require(house.config);
	problems_free(problems);
}

static void
make_house(void)
{
	static char ini[2048];

	snprintf(house.path, sizeof house.path, "/tmp/fuzz-XXXXXX");
	require(mkdtemp(house.path));
	atexit(leave);
	make_files();
	snprintf(ini, sizeof ini,
		 "[log]\naccess = %s/log \"%%h %%s %%b %%O %%X %%m\"\nerror = stderr error\n"
		 "[server]\nlisten = " HOUSE_LISTEN "\nroot = %s/root\nlisting = on\nkeepalive_requests = 20\n"
		 "body_size = 10k\nhead_size = 4k\ntarget_size = 1k\nredirect = /old/* -> /$1\n"
		 "[location slow]\npath = /slow/\nlimit_rate = 100/s\n"
		 "[location tag]\npath = /tag/\netag = content\n"
		 "[location secret]\npath = /secret/\nauth = Secrets passwords\n"
		 "[location fixed]\npath = /fixed\nreturn = 200 \"words\"\n"
		 "[location often]\npath = /often\nlimit_requests = 1/m\nreturn = 204\n",
		 house.path, house.path);
	load_config(ini);
	house.port = 8080;
}

/* What came of it. */

struct answer {
	unsigned status;
	bool chunked, has_length, close, coded, octets;
	uint64_t length, first;
};

static void
take_range(struct answer *a, struct slice value)
{
	require(slice_starts(value, SLICE("bytes ")));
	value = slice_after(value, 6);
	if (slice_starts(value, SLICE("*/")))
		return;
	require(slice_to_number(slice_head(value, slice_find(value, '-')), UINT64_MAX, &a->first));
}

static void
take_field(struct answer *a, struct slice name, struct slice value)
{
	for (size_t i = 0; i < name.len; i++)
		require((unsigned char)name.p[i] > ' ' && name.p[i] != 0x7F);
	for (size_t i = 0; i < value.len; i++)
		require((unsigned char)value.p[i] >= ' ' && value.p[i] != 0x7F);
	if (slice_equal_nocase(name, SLICE("Content-Length"))) {
		require(!a->has_length && slice_to_number(value, UINT64_MAX, &a->length));
		a->has_length = true;
	} else if (slice_equal_nocase(name, SLICE("Transfer-Encoding"))) {
		require(!a->chunked && slice_equal(value, SLICE("chunked")));
		a->chunked = true;
	} else if (slice_equal_nocase(name, SLICE("Connection"))) {
		a->close = slice_equal_nocase(value, SLICE("close"));
	} else if (slice_equal_nocase(name, SLICE("Content-Encoding"))) {
		a->coded = true;
	} else if (slice_equal_nocase(name, SLICE("Content-Type"))) {
		a->octets = slice_starts(value, SLICE("application/octet-stream"));
	} else if (slice_equal_nocase(name, SLICE("Content-Range"))) {
		take_range(a, value);
	}
}

/*
 * What sendfile(2) has put into a socket are pages of the file itself: where one is cut while they
 * are under way, the client reads zeros behind the cut.
 */
static void
check_bytes(const struct answer *a, struct slice bytes, uint64_t at)
{
	if ((a->status != 200 && a->status != 206) || a->coded || !a->octets)
		return;
	for (size_t i = 0; i < bytes.len; i++)
		require(bytes.p[i] == pattern(a->first + at + i) || (t.resized && bytes.p[i] == 0));
}

/* A line of the log. */
struct entry {
	unsigned status;
	uint64_t body, sent;
	char closing;
	bool head;
};

/* The next line about that client. */
static bool
next_entry(struct slice *log, unsigned client, struct entry *e)
{
	while (log->len > 0) {
		struct slice line = slice_head(*log, slice_find(*log, '\n')), word[6];
		uint64_t status, host;

		require(line.len < log->len);
		*log = slice_after(*log, line.len + 1);
		for (size_t i = 0; i < 6; i++)
			require(slice_word(&line, &word[i]));
		require(line.len == 0 && slice_starts(word[0], SLICE("127.0.0.")));
		require(slice_to_number(slice_after(word[0], 8), 255, &host));
		if (host != client + 1)
			continue;
		require(slice_to_number(word[1], 599, &status));
		e->status = (unsigned)status;
		if (!slice_to_number(word[2], UINT64_MAX, &e->body)) {
			require(slice_equal(word[2], SLICE("-")));
			e->body = 0;
		}
		require(slice_to_number(word[3], UINT64_MAX, &e->sent));
		require(word[4].len == 1);
		e->closing = word[4].p[0];
		e->head = slice_equal(word[5], SLICE("HEAD"));
		return true;
	}
	return false;
}

static uint64_t
closed(enum close_reason reason)
{
	return counter_get(&t.worker->counters->closed[reason]);
}

/* May what a client got end too early? */
static bool
may_be_cut(const struct client *c)
{
	return c->gone || closed(CLOSE_STOPPING) || closed(CLOSE_RESET) ||
	       closed(CLOSE_SEND_TIMEOUT) || closed(CLOSE_BROKEN_BODY) || closed(CLOSE_NO_MEMORY);
}

/* What the client got is what the log says of it. */
static void check_client(const struct client *, struct slice log);

static struct slice
read_log(void)
{
	static char bytes[1 << 20];
	ssize_t n = pread(t.target.fd, bytes, sizeof bytes, 0);

	require(n >= 0 && n < (ssize_t)sizeof bytes);
	return slice_from(bytes, (size_t)n);
}

static void
check(void)
{
	struct slice log = read_log();
	uint64_t ended = 0;

	for (struct client *c = t.clients; c < t.clients + CLIENTS; c++)
		read_in(c, SIZE_MAX); /* what came with the end */

	for (unsigned i = 0; i < CLOSE_REASON_COUNT; i++)
		ended += closed(i);
	require(ended == t.came);
	require(handoff_ended(t.pool.handoff) == t.came);
	require(t.pool.refusing == 0 && t.worker->counters->idle == 0);
	for (struct client *c = t.clients; c < t.clients + CLIENTS; c++)
		if (c->came)
			check_client(c, log);
}

static void
begin(struct slice script)
{
	static const struct file_cache_limits cache = { .entries = 16,
							.bytes = 1 << 20,
							.descriptors = 16 };

	memset(&t, 0, sizeof t);
	t.script = script;
	t.speaks = t.clients;
	t.now_ms = 1000000;
	for (struct client *c = t.clients; c < t.clients + CLIENTS; c++)
		c->fd = -1;
	list_init(&t.jobs);
	list_init(&t.done);
	t.target = (struct access_target){ .fd = memfd_create("log", MFD_CLOEXEC),
					   .format = house.config->access_logs[0].format };
	t.shared = shared_new_alone();
	require(t.shared);
	t.pool = (struct pool){ .config = house.config,
				.slot = shared_slot(t.shared, 0),
				.cache = cache,
				.access_targets = &t.target,
				.ports = &house.port,
				.running = 1,
				.handoff = handoff_new(CLIENTS, 1),
				.auth = auth_memory_new(),
				.tags = tag_memory_new(),
				.buckets = buckets_new() };
	require(t.target.fd != -1 && t.pool.handoff && t.pool.auth && t.pool.tags &&
		t.pool.buckets);
	t.worker = worker_new(&t.pool, 0);
	require(t.worker);
}

static void
end(void)
{
	struct link *l;

	run_jobs();
	while ((l = list_first(&t.done))) {
		struct job *j = LIST_OWNER(l, struct job, link);

		list_remove(l);
		require(!j->owner);
		j->free(j);
	}
	worker_free(t.worker);
	shared_free(t.shared);
	handoff_free(t.pool.handoff);
	auth_memory_free(t.pool.auth);
	tag_memory_free(t.pool.tags);
	buckets_free(t.pool.buckets);
	close(t.target.fd);
	for (struct client *c = t.clients; c < t.clients + CLIENTS; c++) {
		vanish(c);
		free(c->in.p);
		free(c->out.p);
	}
	if (t.resized) {
		close(house.big);
		house.big = make_file("root/big.bin", BIG);
	}
}

/* A whole input. */
static void
play_script(const uint8_t *data, size_t size)
{
	if (!house.config)
		make_house();
	begin(fuzz_slice(data, size));
	t.running = true;
	require(worker_start(t.worker) == 0);
	t.thread(t.worker);
	t.running = false;
	check();
	end();
}

#endif
