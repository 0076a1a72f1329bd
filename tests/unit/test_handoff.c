/* The hand-over: bounds, order, who gets a socket and owns it, and wake-ups that nobody misses. */
#include "config.h"

#include "server/handoff.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "scratch.h"

static bool
readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void
test_bounded_in_order(void **state)
{
	struct handoff *h = handoff_new(5, 1);
	struct handoff_item out[10];
	int next_in = 0, next_out = 0;

	(void)state;
	assert_non_null(h);
	for (int round = 0; round < 20; round++) { /* round the ring, several times */
		struct handoff_item item = { .listener = (uint16_t)round, .refuse = round % 2 };
		size_t n;

		for (item.fd = next_in; handoff_push(h, &item); item.fd = ++next_in)
			assert_true(next_in - next_out < 5);
		assert_int_equal(handoff_waiting(h, 0), 5);
		n = handoff_take(h, 0, out, 3);
		assert_int_equal(n, 3);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(out[i].fd, next_out++);
		assert_int_equal(handoff_waiting(h, 0), 2);
	}
	assert_int_equal(handoff_take(h, 0, out, 10), 2);
	assert_int_equal(out[1].listener, 19);
	assert_true(out[1].refuse);
	assert_int_equal(handoff_take(h, 0, out, 10), 0);
	handoff_free(h);
}

/* How many fit in all, however they are divided; each worker can be given one. */
static void
test_capacity(void **state)
{
	static const struct {
		size_t cap;
		unsigned workers;
		size_t fit;
	} rows[] = { { 1, 1, 1 }, { 7, 3, 7 }, { 8, 4, 8 }, { 1, 4, 4 }, { 100, 7, 100 } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct handoff *h = handoff_new(rows[i].cap, rows[i].workers);
		struct handoff_item item = { .fd = -1 };
		size_t fit = 0;

		assert_non_null(h);
		while (handoff_push(h, &item))
			fit++;
		assert_int_equal(fit, rows[i].fit);
		handoff_push_last(h, &item); /* finds room all the same */
		assert_int_equal(handoff_take(h, 0, &item, 1), 1);
		handoff_free(h);
	}
}

/* A socket goes to the worker with the fewest connections, waiting and taken; full ones apart. */
static void
test_fewest(void **state)
{
	struct handoff *h = handoff_new(12, 3);
	struct handoff_item item = { .fd = -1 }, out[12];

	(void)state;
	assert_non_null(h);
	for (int i = 0; i < 9; i++)
		assert_true(handoff_push(h, &item));
	for (unsigned w = 0; w < 3; w++) {
		assert_int_equal(handoff_waiting(h, w), 3);
		assert_int_equal(handoff_take(h, w, out, 12), 3);
	}
	assert_int_equal(handoff_ended(h), 0);
	for (int i = 0; i < 3; i++)
		handoff_end(h, 1);
	handoff_end(h, 2);
	assert_int_equal(handoff_ended(h), 4);
	for (int i = 0; i < 4; i++)
		assert_true(handoff_push(h, &item));
	assert_int_equal(handoff_waiting(h, 0), 0);
	assert_int_equal(handoff_waiting(h, 1), 3);
	assert_int_equal(handoff_waiting(h, 2), 1);
	for (int i = 0; i < 3; i++) /* worker 2 has no connection left, and takes none */
		handoff_end(h, 2);
	for (int i = 0; i < 8; i++)
		assert_true(handoff_push(h, &item));
	assert_false(handoff_push(h, &item));
	for (unsigned w = 0; w < 3; w++)
		assert_int_equal(handoff_waiting(h, w), 4);
	handoff_free(h);
}

/* Has the worker been woken since the last look?  Wake-ups are edges. */
static bool
woken(int epoll_fd)
{
	struct epoll_event event;

	return epoll_wait(epoll_fd, &event, 1, 0) == 1;
}

static int
watch(const struct handoff *h, unsigned worker)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

	assert_int_not_equal(epoll_fd, -1);
	assert_int_equal(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, handoff_wake_fd(h, worker), &event), 0);
	return epoll_fd;
}

/* A worker is woken if it sleeps and got something, once. */
static void
test_wake(void **state)
{
	struct handoff *h = handoff_new(8, 2);
	struct handoff_item item = { .fd = -1 }, out[4];
	int first, second;

	(void)state;
	assert_non_null(h);
	first = watch(h, 0);
	second = watch(h, 1);
	assert_true(handoff_push(h, &item));
	handoff_wake(h);
	assert_false(woken(first)); /* it is awake, and looks before it sleeps */
	assert_false(handoff_sleep(h, 0));
	assert_int_equal(handoff_take(h, 0, out, 4), 1);
	handoff_end(h, 0);
	for (int i = 0; i < 3; i++) {
		assert_true(handoff_sleep(h, 0));
		assert_true(handoff_sleep(h, 1));
		assert_true(handoff_push(h, &item));
		assert_false(woken(first));
		handoff_wake(h);
		assert_true(woken(first));
		assert_false(woken(second)); /* it got nothing */
		handoff_wake(h);
		assert_false(woken(first));
		handoff_awake(h, 0);
		assert_int_equal(handoff_take(h, 0, out, 4), 1);
		handoff_end(h, 0);
	}
	handoff_awake(h, 1);
	assert_true(handoff_sleep(h, 0));
	for (int i = 0; i < 8; i++) { /* told once, however many come before it wakes */
		assert_true(handoff_push(h, &item));
		handoff_wake(h);
		assert_int_equal(woken(first), i == 0);
		assert_false(woken(second));
	}
	close(first);
	close(second);
	handoff_free(h);
}

/* Room is told once, and only to an acceptor that was turned away. */
static void
test_room(void **state)
{
	struct handoff *h = handoff_new(2, 1);
	struct handoff_item item = { .fd = -1 }, out[2];

	(void)state;
	assert_non_null(h);
	assert_true(handoff_push(h, &item));
	assert_true(handoff_push(h, &item));
	assert_int_equal(handoff_take(h, 0, out, 1), 1);
	assert_false(readable(handoff_room_fd(h)));
	assert_true(handoff_push(h, &item));
	assert_false(handoff_push(h, &item));
	assert_false(readable(handoff_room_fd(h)));
	assert_int_equal(handoff_take(h, 0, out, 1), 1);
	assert_true(readable(handoff_room_fd(h)));
	handoff_room_clear(h);
	assert_false(readable(handoff_room_fd(h)));
	assert_int_equal(handoff_take(h, 0, out, 1), 1);
	assert_false(readable(handoff_room_fd(h)));
	handoff_room_tell(h);
	assert_true(readable(handoff_room_fd(h)));
	handoff_free(h);
}

static void
test_free_closes(void **state)
{
	int before = scratch_count_fds();
	struct handoff *h = handoff_new(8, 1);
	struct handoff_item item = { 0 }, out[8];

	(void)state;
	assert_non_null(h);
	for (int i = 0; i < 8; i++) { /* so that they lie across the end of the ring */
		item.fd = dup(STDERR_FILENO);
		assert_true(handoff_push(h, &item));
	}
	assert_int_equal(handoff_take(h, 0, out, 5), 5);
	for (int i = 0; i < 5; i++) {
		item.fd = out[i].fd;
		if (i < 3)
			assert_true(handoff_push(h, &item));
		else
			close(item.fd);
	}
	handoff_free(h);
	assert_int_equal(scratch_count_fds(), before);
	handoff_free(NULL);
}

/* A queue far too small, several workers that wait as the real ones do: nobody sleeps for ever. */
enum { WORKERS = 3, ITEMS = 50000, QUEUE = 4, TAKE = 2, PATIENCE_MS = 60000 };

struct pool {
	struct handoff *handoff;
	int all_fd, stop_fd; /* all were taken; the workers may leave */
	_Atomic unsigned numbers;
	_Atomic int taken;
	_Atomic int times[ITEMS];
};

static void
tell(int fd)
{
	const uint64_t one = 1;

	assert_int_equal(write(fd, &one, sizeof one), sizeof one);
}

static void
wait_for(int fd, const char *what)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (poll(&p, 1, PATIENCE_MS) != 1)
		fail_msg("%s", what);
}

static void *
work(void *arg)
{
	struct pool *p = arg;
	unsigned me = atomic_fetch_add(&p->numbers, 1);
	struct epoll_event event = { .events = EPOLLIN };
	int epoll_fd = watch(p->handoff, me);

	assert_int_equal(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, p->stop_fd, &event), 0);
	while (!readable(p->stop_fd)) {
		struct handoff_item out[TAKE];
		int n = (int)handoff_take(p->handoff, me, out, TAKE);

		for (int i = 0; i < n; i++) {
			atomic_fetch_add(&p->times[out[i].fd], 1);
			if (!out[i].refuse) /* else it stays, so that others get the next */
				handoff_end(p->handoff, me);
		}
		if (n > 0 && atomic_fetch_add(&p->taken, n) + n == ITEMS)
			tell(p->all_fd);
		if (!handoff_sleep(p->handoff, me))
			continue;
		epoll_wait(epoll_fd, &event, 1, PATIENCE_MS);
		handoff_awake(p->handoff, me);
	}
	close(epoll_fd);
	return NULL;
}

static void
test_threads(void **state)
{
	static struct pool p;
	pthread_t threads[WORKERS];

	(void)state;
	p.handoff = handoff_new(QUEUE, WORKERS);
	p.all_fd = eventfd(0, EFD_CLOEXEC);
	p.stop_fd = eventfd(0, EFD_CLOEXEC);
	assert_non_null(p.handoff);
	for (int i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, &p), 0);
	for (int i = 0; i < ITEMS;) {
		struct handoff_item item = { .fd = i, .refuse = i % 5 == 0 };
		bool pushed = handoff_push(p.handoff, &item);

		i += pushed;
		if (!pushed || i % 3 == 0 || i == ITEMS)
			handoff_wake(p.handoff);
		if (!pushed) {
			wait_for(handoff_room_fd(p.handoff), "no word of room");
			handoff_room_clear(p.handoff);
		}
	}
	wait_for(p.all_fd, "some were never taken");
	tell(p.stop_fd);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < ITEMS; i++)
		assert_int_equal(p.times[i], 1);
	for (unsigned i = 0; i < WORKERS; i++)
		assert_int_equal(handoff_waiting(p.handoff, i), 0);
	handoff_free(p.handoff);
	close(p.all_fd);
	close(p.stop_fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounded_in_order),
		cmocka_unit_test(test_capacity),
		cmocka_unit_test(test_fewest),
		cmocka_unit_test(test_wake),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_free_closes),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests_name("handoff", tests, NULL, NULL);
}
