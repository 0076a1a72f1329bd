/*
 * Files that are not in memory, asked for from one worker that must not wait for them.  Linked with
 * --wrap for what would wait: a cold name is one that openat2() with RESOLVE_CACHED does not know,
 * cold bytes are some that preadv2() does not have.  A helper makes them warm, and may be held
 * there for as long as a test likes; nothing is timed.
 */
#include "config.h"

#include "content/cold_file.h"

#include <linux/magic.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>

#include "base/job.h"
#include "server/helpers.h"
#include "server/shared.h"
#include "server/worker.h"
#include "site.h"

#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

enum { BIG = 5 << 20, NAMES = 64 };

/* A worker with a folder to serve, and what the kernel is made to say of it. */
static struct {
	struct scratch scratch;
	struct config *config;
	struct access_target target;
	uint16_t port;
	struct shared *shared;
	struct pool pool;
	struct worker *worker;
	bool running;

	_Atomic bool names_cold, bytes_cold; /* until a helper has been there */
	_Atomic bool tells_not;		     /* RWF_NOWAIT is not supported */
	_Atomic bool is_memory;		     /* the file system */
	_Atomic bool quick;		     /* what is cold needs no sleep */
	_Atomic long sleeps;		     /* of any thread */
	_Atomic bool held;		     /* a helper waits for go_on */
	sem_t begun, go_on;
	pthread_mutex_t lock;
	char warm[NAMES][64]; /* lock */
	unsigned warm_count;  /* lock */
	_Atomic ino_t inode;  /* of the file of which a helper read something last */
	_Atomic long warm_until;
	_Atomic long worker_tid; /* once it has given something away */
	_Atomic unsigned jobs, stalls, looks;
} t;

/* What stands between the server and the kernel. */

long __real_syscall(long, ...);
long __wrap_syscall(long, ...);
ssize_t __real_preadv2(int, const struct iovec *, int, off_t, int);
ssize_t __wrap_preadv2(int, const struct iovec *, int, off_t, int);
ssize_t __real_pread(int, void *, size_t, off_t);
ssize_t __wrap_pread(int, void *, size_t, off_t);
ssize_t __real_sendfile(int, int, off_t *, size_t);
ssize_t __wrap_sendfile(int, int, off_t *, size_t);
int __real_posix_fadvise(int, off_t, off_t, int);
int __wrap_posix_fadvise(int, off_t, off_t, int);
int __wrap_getrusage(int, struct rusage *);
int __real_fstatfs(int, struct statfs *);
int __wrap_fstatfs(int, struct statfs *);
bool __real_helpers_submit(struct helpers *, struct job *, struct worker *, void *);
bool __wrap_helpers_submit(struct helpers *, struct job *, struct worker *, void *);

static void
hold(void)
{
	if (!t.held)
		return;
	sem_post(&t.begun);
	while (sem_wait(&t.go_on) == -1)
		;
}

static bool
is_worker(void)
{
	return __real_syscall(SYS_gettid) == t.worker_tid;
}

static bool
is_warm(const char *path)
{
	bool found = !t.names_cold;

	pthread_mutex_lock(&t.lock);
	for (unsigned i = 0; i < t.warm_count; i++)
		found |= strcmp(t.warm[i], path) == 0;
	pthread_mutex_unlock(&t.lock);
	return found;
}

static void
make_warm(const char *path)
{
	pthread_mutex_lock(&t.lock);
	if (t.warm_count < NAMES)
		snprintf(t.warm[t.warm_count++], sizeof *t.warm, "%s", path);
	pthread_mutex_unlock(&t.lock);
}

/* False with errno when the kernel would not say more. */
static bool
may_open(const char *path, const struct open_how *how)
{
	if (is_warm(path))
		return true;
	if (how->resolve & RESOLVE_CACHED) {
		errno = EAGAIN;
		return false;
	}
	t.sleeps += !t.quick;
	if (is_worker()) {
		t.stalls++;
		return true;
	}
	hold();
	make_warm(path);
	return true;
}

long
__wrap_syscall(long number, ...)
{
	long a[6];
	va_list ap;

	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_openat2) {
		struct open_how how = *(const struct open_how *)a[2];

		if (!may_open((const char *)a[1], &how))
			return -1;
		how.resolve &= ~(uint64_t)RESOLVE_CACHED; /* warm: the test says so */
		return __real_syscall(number, a[0], a[1], &how, a[3]);
	}
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static struct stat
look(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		abort();
	return st;
}

/* Has a helper read the file up to there? */
static bool
has_bytes(int fd, off_t until)
{
	struct stat st = look(fd);

	return !t.bytes_cold || until > st.st_size ||
	       (st.st_ino == t.inode && until <= t.warm_until);
}

ssize_t
__wrap_preadv2(int fd, const struct iovec *io, int count, off_t at, int flags)
{
	off_t until = at;

	for (int i = 0; i < count; i++)
		until += (off_t)io[i].iov_len;
	t.looks++;
	if (t.tells_not && (flags & RWF_NOWAIT)) {
		errno = EOPNOTSUPP;
		return -1;
	}
	if (!has_bytes(fd, until) && (flags & RWF_NOWAIT)) {
		errno = EAGAIN;
		return -1;
	}
	return __real_preadv2(fd, io, count, at, flags & ~RWF_NOWAIT);
}

/* A helper that looks whether it would sleep, does. */
ssize_t
__wrap_pread(int fd, void *bytes, size_t len, off_t at)
{
	t.sleeps += t.bytes_cold && len == 1;
	return __real_pread(fd, bytes, len, at);
}

ssize_t
__wrap_sendfile(int out, int fd, off_t *at, size_t len)
{
	t.stalls += !has_bytes(fd, *at + (off_t)len);
	return __real_sendfile(out, fd, at, len);
}

/* Helpers call this before they read. */
int
__wrap_posix_fadvise(int fd, off_t at, off_t len, int advice)
{
	hold();
	t.inode = look(fd).st_ino;
	t.warm_until = at + COLD_FILE_WINDOW;
	return __real_posix_fadvise(fd, at, len, advice);
}

int
__wrap_getrusage(int who, struct rusage *r)
{
	(void)who;
	*r = (struct rusage){ .ru_nvcsw = t.sleeps };
	return 0;
}

int
__wrap_fstatfs(int fd, struct statfs *fs)
{
	int result = __real_fstatfs(fd, fs);

	fs->f_type = t.is_memory ? TMPFS_MAGIC : EXT4_SUPER_MAGIC;
	return result;
}

bool
__wrap_helpers_submit(struct helpers *h, struct job *j, struct worker *w, void *owner)
{
	t.worker_tid = __real_syscall(SYS_gettid);
	t.jobs++;
	return __real_helpers_submit(h, j, w, owner);
}

/* The server. */

static void
prepare(const char *more)
{
	static char big[BIG];
	char ini[4096];

	t.quick = false;
	t.names_cold = t.bytes_cold = t.tells_not = t.is_memory = t.held = false;
	t.warm_count = 0;
	t.inode = 0;
	t.warm_until = t.worker_tid = 0;
	t.jobs = t.stalls = t.looks = 0;
	sem_init(&t.begun, 0, 0);
	sem_init(&t.go_on, 0, 0);
	pthread_mutex_init(&t.lock, NULL);
	scratch_init(&t.scratch);
	scratch_dir(&t.scratch, "root");
	scratch_dir(&t.scratch, "root/dir");
	scratch_write(&t.scratch, "root/warm", SLICE("warm\n"));
	scratch_write(&t.scratch, "root/small", SLICE("small\n"));
	scratch_write(&t.scratch, "root/dir/index.html", SLICE("<p>index\n"));
	scratch_write(&t.scratch, "root/sorry", SLICE("sorry\n"));
	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (char)('a' + i % 251 % 26);
	memcpy(big + sizeof big - 3, "xyz", 3);
	scratch_write(&t.scratch, "root/big", slice_from(big, sizeof big));
	scratch_write(&t.scratch, "root/text.txt", slice_from(big, 3 << 20));
	snprintf(ini, sizeof ini,
		 "[log]\naccess = off\n[server]\nlisten = 8080\nroot = @/root\netag = off\n%s",
		 more);
	t.config = site_load(&t.scratch, ini);
	t.port = 8080;
	t.target.fd = -1;
	t.shared = shared_new_alone();
	assert_non_null(t.shared);
	t.pool = (struct pool){ .config = t.config,
				.access_targets = &t.target,
				.slot = shared_slot(t.shared, 0),
				.ports = &t.port,
				.running = 1 };
	t.pool.cache = (struct file_cache_limits){ 64, 1 << 20, 16 };
	t.pool.handoff = handoff_new(16, 1);
	t.pool.helpers = helpers_new();
	assert_non_null(t.pool.handoff);
	assert_non_null(t.pool.helpers);
	t.worker = worker_new(&t.pool, 0);
	assert_non_null(t.worker);
}

static void
start(void)
{
	assert_int_equal(helpers_start(t.pool.helpers), 0);
	assert_int_equal(worker_start(t.worker), 0);
	t.running = true;
}

static void
begin(const char *more)
{
	prepare(more);
	start();
}

static void
stop(enum worker_order order)
{
	if (!t.running)
		return;
	worker_order(t.worker, order);
	worker_join(t.worker);
	t.running = false;
	assert_int_equal(t.worker->conn_count, 0);
}

static int
end(void **state)
{
	(void)state;
	t.held = false;
	for (int i = 0; i < HELPERS_READ_THREADS; i++)
		sem_post(&t.go_on); /* whoever a failed test left */
	stop(ORDER_DRAIN);
	helpers_stop(t.pool.helpers);
	helpers_free(t.pool.helpers);
	worker_free(t.worker);
	handoff_free(t.pool.handoff);
	shared_free(t.shared);
	config_free(t.config);
	scratch_fini(&t.scratch);
	pthread_mutex_destroy(&t.lock);
	sem_destroy(&t.begun);
	sem_destroy(&t.go_on);
	return 0;
}

/* A client's end of a connection.  Nothing in here waits for ever. */
static int
dial(void)
{
	const struct timeval patience = { .tv_sec = 60 };
	struct handoff_item item = { .peer.any.sa_family = AF_UNIX };
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(setsockopt(fds[1], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience),
			 0);
	item.fd = fds[0];
	assert_true(handoff_push(t.pool.handoff, &item));
	handoff_wake(t.pool.handoff);
	return fds[1];
}

/* A connection that has asked for it, and for nothing more; in 1.0, as chunks may be cut anywhere.
 */
static int
ask(const char *target, const char *lines)
{
	char text[512];
	int fd = dial(),
	    n = snprintf(text, sizeof text, "GET %s HTTP/1.0\r\nHost: a\r\n%s\r\n", target, lines);

	assert_int_equal(send(fd, text, (size_t)n, MSG_NOSIGNAL), n);
	return fd;
}

/* What differs from one answer to the next. */
static void
blank(char *text, const char *before, size_t len)
{
	for (char *p = strstr(text, before); p; p = strstr(p, before)) {
		p += strlen(before);
		memset(p, '-', len);
	}
}

/* All that comes, without date and boundary.  The caller frees it. */
static struct slice
hear(int fd)
{
	char *text = malloc(BIG + 65536);
	size_t len = 0;
	ssize_t n = 1;

	assert_non_null(text);
	while (n > 0 && len < BIG + 65535) {
		n = recv(fd, text + len, BIG + 65535 - len, 0);
		assert_true(n >= 0);
		len += (size_t)n;
	}
	close(fd);
	text[len] = '\0';
	blank(text, "\r\nDate: ", strlen("Thu, 01 Jan 1970 00:00:00 GMT"));
	blank(text, "part-", strlen("0123456789abcdef"));
	return slice_from(text, len);
}

static void
forget(struct slice answer)
{
	free((void *)(uintptr_t)answer.p);
}

/* Has anything come behind a head? */
static bool
has_content(int fd)
{
	char text[4096];
	ssize_t n = recv(fd, text, sizeof text - 1, MSG_PEEK | MSG_DONTWAIT);
	char *end;

	if (n <= 0)
		return n == 0;
	text[n] = '\0';
	end = strstr(text, "\r\n\r\n");
	return end && end[4] != '\0';
}

static void
check_ends(int fd, const char *content)
{
	struct slice got = hear(fd);

	if (!slice_ends(got, slice_of(content)))
		fail_msg("%.*s", SLICE_FMT(slice_head(got, 500)));
	forget(got);
}

/* Until one is held. */
static void
wait_for_helper(void)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += 60;
	while (sem_timedwait(&t.begun, &end) == -1)
		assert_int_equal(errno, EINTR);
}

/* The only worker answers others while a helper is held with what this one asked for. */
static void
check_others_are_answered(const char *target, const char *content)
{
	int cold = ask(target, "");

	wait_for_helper();
	for (int i = 0; i < 10; i++) {
		assert_false(has_content(cold));
		check_ends(ask("/warm", ""), "\r\n\r\nwarm\n");
	}
	assert_false(has_content(cold));
	t.held = false;
	sem_post(&t.go_on);
	check_ends(cold, content);
	assert_int_equal(t.stalls, 0);
}

/* The answer to /warm is remembered, and looking at it again asks nothing. */
static void
remember_warm(void)
{
	check_ends(ask("/warm", ""), "\r\n\r\nwarm\n");
	make_warm("warm");
}

static void
test_cold_name(void **state)
{
	(void)state;
	begin("");
	remember_warm();
	t.names_cold = t.held = true;
	check_others_are_answered("/small", "\r\n\r\nsmall\n");
	assert_int_equal(t.jobs, 1);
}

static void
test_cold_name_that_is_not_there(void **state)
{
	(void)state;
	begin("error = 404 \"nothing\"\n");
	remember_warm();
	t.names_cold = t.held = true;
	check_others_are_answered("/missing", "nothing");
	assert_int_equal(t.jobs, 1);
}

static void
ask_for_nothing(unsigned first, unsigned count)
{
	for (unsigned i = first; i < first + count; i++) {
		char target[32];

		snprintf(target, sizeof target, "/nothing%u", i);
		check_ends(ask(target, ""), "nothing");
	}
}

/* Somebody tries names: while that is quick, it is not handed over each time. */
static void
test_many_names_that_are_not_there(void **state)
{
	(void)state;
	begin("error = 404 \"nothing\"\n");
	t.names_cold = t.quick = true;
	ask_for_nothing(0, 30);
	assert_int_equal(t.jobs, 16);
	t.quick = false; /* the next one sleeps, and all those behind it are handed over again */
	ask_for_nothing(100, 20);
	assert_int_equal(t.jobs, 16 + 19);
	assert_int_equal(t.stalls, 30 - 16 + 1);
}

static void
test_cold_content(void **state)
{
	(void)state;
	begin("");
	remember_warm();
	t.bytes_cold = t.held = true;
	check_others_are_answered("/small", "\r\n\r\nsmall\n");
	assert_int_equal(t.jobs, 1);
}

static void
test_cold_window(void **state)
{
	(void)state;
	begin("");
	remember_warm();
	t.bytes_cold = t.held = true;
	check_others_are_answered("/big", "xyz");
	assert_int_equal(t.jobs, 3); /* of two megabytes each */
}

/* Every kind of answer is the same when all of it is cold, and the worker waits for none. */
static void
test_same_answers(void **state)
{
	static const struct {
		const char *target, *lines;
		unsigned jobs;
	} rows[] = {
		{ "/small", "", 2 }, /* name, content */
		{ "/dir/", "", 3 },  /* name, compressed ones beside it, content */
		{ "/big", "", 4 },
		{ "/big", "Range: bytes=4000000-4000009\r\n", 2 },
		{ "/big", "Range: bytes=0-9,4000000-4000009\r\n", 3 },
		{ "/text.txt", "Accept-Encoding: gzip\r\n", 4 },
		{ "/nothing/here", "", 2 }, /* the name, and the page for that */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct slice warm, cold;

		begin("[host a]\nfallback = /sorry 404\n");
		warm = hear(ask(rows[i].target, rows[i].lines));
		stop(ORDER_DRAIN);
		assert_int_equal(t.jobs, 0);
		/* another worker, which remembers nothing */
		worker_free(t.worker);
		t.worker = worker_new(&t.pool, 0);
		t.pool.running = 1;
		assert_non_null(t.worker);
		make_warm("sorry"); /* error pages are opened at once */
		t.names_cold = t.bytes_cold = true;
		assert_int_equal(worker_start(t.worker), 0);
		t.running = true;
		cold = hear(ask(rows[i].target, rows[i].lines));
		check_slice(rows[i].target, cold, warm);
		if (t.jobs != rows[i].jobs || t.stalls > 0)
			fail_msg("%s %s: %u jobs, %u stalls", rows[i].target, rows[i].lines, t.jobs,
				 t.stalls);
		forget(warm);
		forget(cold);
		end(NULL);
	}
	prepare(""); /* for the end of this test */
}

/* Where RWF_NOWAIT is unknown each window is read by a helper; not where nobody ever waits. */
static void
test_file_system_that_does_not_tell(void **state)
{
	(void)state;
	begin("");
	t.tells_not = true;
	check_ends(ask("/big", ""), "xyz");
	assert_int_equal(t.jobs, 3);
	check_ends(ask("/small", ""), "small\n");
	assert_int_equal(t.jobs, 4);
	check_ends(ask("/small", ""), "small\n");
	assert_int_equal(t.jobs, 4);
}

static void
test_file_system_in_memory(void **state)
{
	(void)state;
	prepare("error = 404 \"nothing\"\n");
	t.is_memory = t.tells_not = true;
	t.names_cold = true; /* it does not remember what is not there */
	start();
	check_ends(ask("/big", ""), "xyz");
	check_ends(ask("/small", ""), "small\n");
	check_ends(ask("/missing", ""), "nothing");
	assert_int_equal(t.jobs, 0);
}

/* What is remembered costs no look at all, and a slice that is warm one. */
static void
test_warm_files(void **state)
{
	unsigned looks;

	(void)state;
	begin("");
	check_ends(ask("/small", ""), "small\n");
	looks = t.looks;
	for (int i = 0; i < 10; i++)
		check_ends(ask("/small", ""), "small\n");
	assert_int_equal(t.looks, looks);
	check_ends(ask("/big", ""), "xyz");
	assert_true(t.looks > looks);
	assert_int_equal(t.jobs, 0);
}

/* Several pieces with gaps between them: what is there, or nothing; within the reach all of it. */
static void
test_parts(void **state)
{
	char bytes[] = "......";
	const struct iovec parts[] = { { bytes, 2 }, { bytes + 3, 2 } };
	struct file_reach reach = FILE_REACH_NONE;
	int fd;

	(void)state;
	begin("");
	fd = open(scratch_at(&t.scratch, "root/small"), O_RDONLY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	assert_int_equal(cold_file_read_parts(fd, parts, 2, 1, &reach), 4);
	assert_string_equal(bytes, "ma.ll.");
	assert_int_equal(cold_file_read_parts(fd, parts, 2, 4, &reach), 2);
	t.bytes_cold = true;
	assert_int_equal(cold_file_read_parts(fd, parts, 2, 0, &reach), -1);
	assert_int_equal(errno, EAGAIN);
	reach = (struct file_reach){ 0, 4 };
	assert_int_equal(cold_file_read_parts(fd, parts, 2, 0, &reach), 4);
	assert_string_equal(bytes, "sm.al.");
	close(fd);
}

static void
test_client_that_leaves(void **state)
{
	int cold;

	(void)state;
	begin("");
	remember_warm();
	t.names_cold = t.held = true;
	cold = ask("/small", "");
	wait_for_helper();
	close(cold);
	check_ends(ask("/warm", ""), "warm\n");
	t.held = false;
	sem_post(&t.go_on);
	check_ends(ask("/small", ""), "small\n");
}

static void
test_drain(void **state)
{
	int cold;

	(void)state;
	begin("");
	t.bytes_cold = t.held = true;
	cold = ask("/big", "");
	wait_for_helper();
	worker_order(t.worker, ORDER_DRAIN);
	t.held = false;
	sem_post(&t.go_on);
	check_ends(cold, "xyz");
	stop(ORDER_DRAIN);
}

/* The worker leaves while the helper still waits for the disk. */
static void
test_stop(void **state)
{
	int cold;

	(void)state;
	begin("");
	t.bytes_cold = t.held = true;
	cold = ask("/small", "");
	wait_for_helper();
	stop(ORDER_STOP);
	check_ends(cold, "");
}

static void
run_nothing(struct job *j)
{
	(void)j;
}

static void
free_job(struct job *j)
{
	free(j);
}

/* When too many wait for the disk, the worker does it itself. */
static void
test_too_many(void **state)
{
	(void)state;
	prepare("");
	t.names_cold = t.bytes_cold = true;
	for (int i = 0; i < HELPERS_READ_WAITING; i++) {
		struct job *j = calloc(1, sizeof *j);

		assert_non_null(j);
		job_init_reading(j, run_nothing, free_job);
		assert_true(__real_helpers_submit(t.pool.helpers, j, t.worker, NULL));
	}
	assert_int_equal(worker_start(t.worker), 0); /* and no helper */
	t.running = true;
	check_ends(ask("/small", ""), "\r\n\r\nsmall\n");
	check_ends(ask("/big", ""), "xyz");
	assert_int_equal(t.jobs, 2 + 4);
	assert_int_equal(helpers_refused(t.pool.helpers), t.jobs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_cold_name, end),
		cmocka_unit_test_teardown(test_cold_name_that_is_not_there, end),
		cmocka_unit_test_teardown(test_many_names_that_are_not_there, end),
		cmocka_unit_test_teardown(test_cold_content, end),
		cmocka_unit_test_teardown(test_cold_window, end),
		cmocka_unit_test_teardown(test_same_answers, end),
		cmocka_unit_test_teardown(test_file_system_that_does_not_tell, end),
		cmocka_unit_test_teardown(test_file_system_in_memory, end),
		cmocka_unit_test_teardown(test_warm_files, end),
		cmocka_unit_test_teardown(test_parts, end),
		cmocka_unit_test_teardown(test_client_that_leaves, end),
		cmocka_unit_test_teardown(test_drain, end),
		cmocka_unit_test_teardown(test_stop, end),
		cmocka_unit_test_teardown(test_too_many, end),
	};

	signal(SIGPIPE, SIG_IGN); /* as the server has it */
	return cmocka_run_group_tests_name("cold_file", tests, NULL, NULL);
}
