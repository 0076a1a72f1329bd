/*
 * The acceptor, alone: its workers never run, so that a test can be the pool and take what is
 * handed over, end connections, and see what the next ones get.
 */
#include "config.h"

#include "server/acceptor.h"

#include <sys/eventfd.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "server/budget.h"
#include "server/listener.h"
#include "server/shared.h"
#include "site.h"

enum { WORKERS = 2, CLIENTS = 200 };

static struct {
	struct scratch scratch;
	struct config *config;
	struct pool pool;
	struct shared *shared;
	struct worker *workers[WORKERS];
	struct acceptor *acceptor;
	struct address address;
	int listener, control;
	int clients[CLIENTS];
	size_t taken[WORKERS]; /* and have not ended */
	size_t client_count;
} t;

static void
begin(size_t queue, unsigned max_connections)
{
	char text[128];

	scratch_init(&t.scratch);
	t.config = site_load(&t.scratch, "[server]\nroot = @\n[log]\naccess = off\n");
	t.shared = shared_new_alone();
	assert_non_null(t.shared);
	t.pool = (struct pool){ .config = t.config,
				.slot = shared_slot(t.shared, 0),
				.refusing_most = BUDGET_REFUSING };
	t.pool.handoff = handoff_new(queue, WORKERS);
	assert_non_null(t.pool.handoff);
	for (unsigned i = 0; i < WORKERS; i++) {
		t.workers[i] = worker_new(&t.pool, i);
		assert_non_null(t.workers[i]);
	}
	snprintf(text, sizeof text, "unix:%s", scratch_at(&t.scratch, "sock"));
	assert_null(address_parse(&t.address, slice_of(text)));
	t.listener = listener_open(&t.address, CLIENTS);
	t.control = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	t.acceptor = acceptor_new(&t.pool, t.workers, WORKERS, &t.listener, 1, max_connections,
				  t.control);
	assert_non_null(t.acceptor);
	t.client_count = 0;
	memset(t.taken, 0, sizeof t.taken);
}

static int
end(void **state)
{
	(void)state;
	acceptor_free(t.acceptor);
	for (unsigned i = 0; i < WORKERS; i++)
		worker_free(t.workers[i]);
	handoff_free(t.pool.handoff);
	shared_free(t.shared);
	close(t.listener);
	close(t.control);
	for (size_t i = 0; i < t.client_count; i++)
		close(t.clients[i]);
	config_free(t.config);
	scratch_fini(&t.scratch);
	return 0;
}

static void
connect_clients(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

		assert_int_not_equal(fd, -1);
		assert_int_equal(connect(fd, &t.address.any, t.address.len), 0);
		t.clients[t.client_count++] = fd;
	}
}

static uint64_t
counted(enum acceptor_counter what)
{
	return counter_get(&shared_acceptor(t.pool.slot)->count[what]);
}

/* Everything that is to be done, without waiting for more. */
static enum acceptor_news
run_all(void)
{
	enum acceptor_news news;
	uint64_t before;

	do {
		before = counted(ACCEPT_TAKEN);
		news = acceptor_run(t.acceptor, clock_monotonic_ms());
	} while (counted(ACCEPT_TAKEN) != before);
	return news;
}

/* Takes everything that waits; returns how many, and how many of them are to be refused. */
static size_t
take(size_t most, size_t *refused)
{
	struct handoff_item items[CLIENTS];
	size_t n = 0;

	for (unsigned i = 0; i < WORKERS; i++) {
		size_t got = handoff_take(t.pool.handoff, i, items + n, most - n);

		t.taken[i] += got;
		n += got;
	}
	*refused = 0;
	for (size_t i = 0; i < n; i++) {
		*refused += items[i].refuse;
		assert_int_equal(items[i].listener, 0);
		assert_true(fcntl(items[i].fd, F_GETFL) & O_NONBLOCK);
		assert_true(fcntl(items[i].fd, F_GETFD) & FD_CLOEXEC);
		close(items[i].fd);
	}
	return n;
}

static void
check_take(size_t wanted, size_t wanted_refused)
{
	size_t refused, n = take(CLIENTS, &refused);

	assert_int_equal(n, wanted);
	assert_int_equal(refused, wanted_refused);
}

/* Ends a connection, as a worker does. */
static void
end_one(bool refused)
{
	unsigned worker = t.taken[0] > 0 ? 0 : 1;

	if (refused)
		atomic_fetch_sub(&t.pool.refusing, 1);
	assert_true(t.taken[worker]-- > 0);
	handoff_end(t.pool.handoff, worker);
	if (atomic_load(&t.pool.acceptor_waits))
		handoff_room_tell(t.pool.handoff);
}

static void
test_hands_over(void **state)
{
	(void)state;
	begin(150, 1000);
	assert_int_equal(run_all(), ACCEPTOR_TIME);
	check_take(0, 0);
	connect_clients(100);
	run_all();
	check_take(100, 0);
	assert_int_equal(counted(ACCEPT_TAKEN), 100);
	assert_int_equal(acceptor_live(t.acceptor), 100);
	for (int i = 0; i < 99; i++)
		end_one(false);
	assert_int_equal(acceptor_live(t.acceptor), 1);
}

/* A full queue stops the accepting; it goes on when there is room, and nobody is lost. */
static void
test_full_queue(void **state)
{
	size_t got = 0, refused;

	(void)state;
	begin(4, 1000);
	connect_clients(20);
	run_all();
	assert_int_equal(handoff_waiting(t.pool.handoff, 0) + handoff_waiting(t.pool.handoff, 1),
			 4);
	assert_int_equal(counted(ACCEPT_QUEUE_FULL), 1);
	assert_int_equal(counted(ACCEPT_TAKEN), 5);
	for (int i = 0; i < 5; i++)
		run_all(); /* does not turn round and round */
	assert_int_equal(counted(ACCEPT_QUEUE_FULL), 1);
	for (int i = 0; i < 100 && got < 20; i++) {
		got += take(1, &refused);
		assert_int_equal(refused, 0);
		run_all();
		run_all();
	}
	assert_int_equal(got, 20);
	assert_int_equal(counted(ACCEPT_TAKEN), 20);
}

static void
test_refuses(void **state)
{
	(void)state;
	begin(CLIENTS, 10);
	connect_clients(12);
	run_all();
	check_take(12, 2);
	assert_int_equal(counted(ACCEPT_REFUSED), 2);
	assert_int_equal(t.pool.refusing, 2);
	end_one(true);
	end_one(false);
	connect_clients(1);
	run_all();
	check_take(1, 0);
}

/* Those that are turned away, and take their time to go, take nobody's place. */
static void
test_refused_take_no_place(void **state)
{
	(void)state;
	begin(CLIENTS, 10);
	connect_clients(70);
	run_all();
	run_all();
	check_take(70, 60);
	for (int i = 0; i < 5; i++)
		end_one(false);
	connect_clients(7);
	run_all();
	check_take(7, 2);
}

/* When as many as may be are being turned away, the rest wait in the kernel, and are told of room.
 */
static void
test_waits(void **state)
{
	(void)state;
	begin(CLIENTS, 10);
	connect_clients(100);
	for (int i = 0; i < 3; i++)
		run_all();
	check_take(74, 64);
	assert_int_equal(counted(ACCEPT_TAKEN), 75); /* one is held */
	run_all();
	check_take(0, 0);
	end_one(false);
	run_all();
	check_take(1, 0);
	end_one(true);
	for (int i = 0; i < 2; i++)
		run_all();
	check_take(1, 1);
}

/* A newcomer is worth more than an idle connection: the worker with the most idle ones gives one.
 */
static void
test_sheds(void **state)
{
	(void)state;
	begin(CLIENTS, 10);
	atomic_store(&t.workers[0]->counters->idle, 1);
	atomic_store(&t.workers[1]->counters->idle, 3);
	connect_clients(12);
	run_all();
	check_take(12, 0);
	assert_int_equal(t.workers[0]->shed_wanted, 0);
	assert_int_equal(t.workers[1]->shed_wanted, 2);
	connect_clients(3); /* two idle ones are left */
	run_all();
	check_take(3, 1);
	assert_int_equal(t.workers[0]->shed_wanted, 1);
	assert_int_equal(t.workers[1]->shed_wanted, 3);
}

/* Without descriptors it neither spins nor dies, and goes on by itself when there are some. */
static void
test_out_of_descriptors(void **state)
{
	struct rlimit r, before;
	size_t refused, got = 0;
	int log = scratch_file();

	(void)state;
	begin(CLIENTS, 1000);
	connect_clients(3);
	error_log_open(log, LOG_LEVEL_ERROR);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	r = before;
	r.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &r), 0);
	for (int i = 0; i < 5; i++)
		run_all();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(counted(ACCEPT_NO_DESCRIPTORS), 1);
	assert_int_equal(counted(ACCEPT_TAKEN), 0);
	for (int i = 0; i < 1000 && got < 3; i++) {
		acceptor_run(t.acceptor, clock_monotonic_ms() + 20);
		got += take(CLIENTS, &refused);
	}
	assert_int_equal(got, 3);
	error_log_open(STDERR_FILENO, LOG_LEVEL_NOTICE);
	assert_true(lseek(log, 0, SEEK_END) > 0);
	close(log);
}

static void
test_news(void **state)
{
	uint64_t one = 1;

	(void)state;
	begin(10, 10);
	assert_int_equal(run_all(), ACCEPTOR_TIME);
	assert_int_equal(write(t.control, &one, sizeof one), sizeof one);
	assert_int_equal(acceptor_run(t.acceptor, INT64_MAX), ACCEPTOR_CONTROL);
	assert_int_equal(read(t.control, &one, sizeof one), sizeof one);
	connect_clients(1);
	acceptor_stop(t.acceptor);
	acceptor_stop(t.acceptor);
	run_all();
	check_take(0, 0); /* nothing is accepted any more */
	handoff_room_tell(t.pool.handoff);
	assert_int_equal(acceptor_run(t.acceptor, INT64_MAX), ACCEPTOR_WORKER_LEFT);
	assert_int_equal(run_all(), ACCEPTOR_TIME);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_hands_over, end),
		cmocka_unit_test_teardown(test_full_queue, end),
		cmocka_unit_test_teardown(test_refuses, end),
		cmocka_unit_test_teardown(test_refused_take_no_place, end),
		cmocka_unit_test_teardown(test_waits, end),
		cmocka_unit_test_teardown(test_sheds, end),
		cmocka_unit_test_teardown(test_out_of_descriptors, end),
		cmocka_unit_test_teardown(test_news, end),
	};

	return cmocka_run_group_tests_name("acceptor", tests, NULL, NULL);
}
