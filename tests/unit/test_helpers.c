/* Helper threads: what they run, in which order, and what they refuse. */
#include "config.h"

#include "server/helpers.h"

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>

#include "check.h"
#include "scratch.h"
#include "server/shared.h"
#include "server/worker.h"
#include "site.h"

/* A job that says when it runs, and may be held there. */
struct work {
	struct job job;
	int number;
	bool held;
	bool ran;
};

static struct {
	struct scratch scratch;
	struct config *config;
	struct shared *shared;
	struct pool pool;
	struct worker *worker;
	struct helpers *helpers;
	sem_t begun, go_on;
	_Atomic int running, freed;
	_Atomic int order[512];
	_Atomic unsigned count;
} t;

static void
run(struct job *job)
{
	struct work *w = (struct work *)job;

	w->ran = true;
	atomic_fetch_add(&t.running, 1);
	t.order[atomic_fetch_add(&t.count, 1)] = w->number;
	if (w->held) {
		sem_post(&t.begun);
		while (sem_wait(&t.go_on) == -1)
			;
	}
	atomic_fetch_sub(&t.running, 1);
}

static void
end_work(struct job *job)
{
	atomic_fetch_add(&t.freed, 1);
	free(job);
}

static struct work *
work(int number, uint64_t key, bool held)
{
	struct work *w = calloc(1, sizeof *w);

	assert_non_null(w);
	job_init(&w->job, run, end_work, key);
	w->number = number;
	w->held = held;
	return w;
}

static bool
submit(struct work *w)
{
	if (helpers_submit(t.helpers, &w->job, t.worker, &t))
		return true;
	free(w);
	return false;
}

static int
begin(void **state)
{
	(void)state;
	scratch_init(&t.scratch);
	t.config = site_load(&t.scratch, "[log]\naccess = off\n[server]\nreturn = 404\n");
	t.shared = shared_new_alone();
	assert_non_null(t.shared);
	t.pool = (struct pool){ .config = t.config, .slot = shared_slot(t.shared, 0) };
	t.pool.handoff = handoff_new(4, 1);
	t.worker = worker_new(&t.pool, 0);
	assert_non_null(t.worker);
	t.helpers = helpers_new();
	assert_non_null(t.helpers);
	sem_init(&t.begun, 0, 0);
	sem_init(&t.go_on, 0, 0);
	t.running = t.freed = 0;
	t.count = 0;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	if (t.helpers)
		helpers_stop(t.helpers);
	helpers_free(t.helpers);
	worker_free(t.worker);
	handoff_free(t.pool.handoff);
	shared_free(t.shared);
	config_free(t.config);
	scratch_fini(&t.scratch);
	return 0;
}

/* Waits until so many came back, and frees them.  Each must belong to the owner. */
static void
collect(unsigned count)
{
	unsigned found = 0;

	while (found < count) {
		struct pollfd wait = { .fd = t.worker->order_fd, .events = POLLIN };
		struct link done, *l;
		uint64_t told;

		assert_int_equal(poll(&wait, 1, 30000), 1);
		assert_int_equal(read(t.worker->order_fd, &told, sizeof told), sizeof told);
		/* none at all where two helpers had said it before either woke us */
		assert_false(atomic_exchange(&t.worker->orders, 0) & ~ORDER_JOBS);
		list_init(&done);
		helpers_collect(t.helpers, t.worker, &done);
		while ((l = list_first(&done))) {
			struct job *j = LIST_OWNER(l, struct job, link);

			assert_ptr_equal(j->owner, &t);
			list_remove(l);
			j->free(j);
			found++;
		}
	}
	assert_int_equal(found, count);
}

static void
test_jobs_come_back(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		assert_true(submit(work(i, 0, false)));
	assert_int_equal(helpers_start(t.helpers), 0);
	collect(20);
	assert_int_equal(t.count, 20);
	assert_int_equal(t.freed, 20);
}

static void
test_one_of_a_key_at_a_time(void **state)
{
	(void)state;
	assert_int_equal(helpers_start(t.helpers), 0);
	assert_true(submit(work(1, 7, true)));
	sem_wait(&t.begun); /* one helper is held by it */
	assert_true(submit(work(2, 7, false)));
	assert_true(submit(work(3, 7, false)));
	assert_true(submit(work(4, 8, false))); /* another key passes those */
	assert_true(submit(work(5, 0, false)));
	collect(2);
	assert_int_equal(t.count, 3);
	assert_int_equal(t.order[1], 4);
	assert_int_equal(t.order[2], 5);
	sem_post(&t.go_on);
	collect(3);
	assert_int_equal(t.order[3], 2);
	assert_int_equal(t.order[4], 3);
}

static void
test_no_more_than_two_at_once(void **state)
{
	(void)state;
	assert_int_equal(helpers_start(t.helpers), 0);
	for (int i = 0; i < 6; i++)
		assert_true(submit(work(i, 0, true)));
	for (int i = 0; i < 6; i++) {
		sem_wait(&t.begun);
		assert_in_range(t.running, 1, HELPERS_THREADS);
		if (i >= 1)
			sem_post(&t.go_on);
	}
	sem_post(&t.go_on);
	collect(6);
}

static void
test_bounds(void **state)
{
	int taken = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		taken += submit(work(i, 7, false));
	assert_int_equal(taken, HELPERS_WAITING_KEY);
	for (int i = 0; i < 100; i++)
		taken += submit(work(i, 0, false));
	assert_int_equal(taken, HELPERS_WAITING);
	assert_int_equal(helpers_refused(t.helpers), 200 - HELPERS_WAITING);
	assert_int_equal(helpers_start(t.helpers), 0);
	collect(HELPERS_WAITING);
	assert_true(submit(work(1, 7, false))); /* there is room again */
	collect(1);
}

static struct work *
reading(int number, bool held)
{
	struct work *w = work(number, 0, held);

	w->job.kind = JOB_READS;
	return w;
}

/* Neither threads nor places in the queue: a dead disk holds up no password. */
static void
test_kinds_leave_each_other_alone(void **state)
{
	int taken = 0;

	(void)state;
	assert_int_equal(helpers_start(t.helpers), 0);
	for (int i = 0; i < HELPERS_READ_THREADS; i++)
		assert_true(submit(reading(i, true)));
	for (int i = 0; i < HELPERS_READ_THREADS; i++)
		sem_wait(&t.begun); /* all of them are held */
	for (int i = 0; i < 2 * HELPERS_READ_WAITING; i++)
		taken += submit(reading(i, false));
	assert_int_equal(taken, HELPERS_READ_WAITING);
	for (int i = 0; i < 10; i++)
		assert_true(submit(work(i, 0, false)));
	collect(10);
	for (int i = 0; i < HELPERS_THREADS; i++)
		assert_true(submit(work(i, 0, true)));
	for (int i = 0; i < HELPERS_THREADS; i++)
		sem_wait(&t.begun);
	for (int i = 0; i < HELPERS_READ_THREADS + HELPERS_THREADS; i++)
		sem_post(&t.go_on);
	collect((unsigned)taken + HELPERS_READ_THREADS + HELPERS_THREADS);
}

static void
test_what_nobody_wants_is_not_run(void **state)
{
	struct work *held = work(1, 7, true), *unwanted = work(2, 7, false);

	(void)state;
	assert_int_equal(helpers_start(t.helpers), 0);
	assert_true(submit(held));
	sem_wait(&t.begun);
	assert_true(submit(unwanted));
	job_abandon(&unwanted->job);
	unwanted->job.owner = &t; /* for collect() */
	sem_post(&t.go_on);
	collect(2);
	assert_int_equal(t.count, 1);
}

static void
test_stop(void **state)
{
	struct work *held = work(0, 0, true);

	(void)state;
	assert_int_equal(helpers_start(t.helpers), 0);
	assert_true(submit(held));
	sem_wait(&t.begun);
	for (int i = 1; i < 10; i++)
		assert_true(submit(work(i, 5, false)));
	sem_post(&t.go_on);
	helpers_stop(t.helpers);
	assert_int_equal(t.freed, 10); /* waiting, running and done */
	assert_int_equal(t.running, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_jobs_come_back, begin, end),
		cmocka_unit_test_setup_teardown(test_one_of_a_key_at_a_time, begin, end),
		cmocka_unit_test_setup_teardown(test_no_more_than_two_at_once, begin, end),
		cmocka_unit_test_setup_teardown(test_bounds, begin, end),
		cmocka_unit_test_setup_teardown(test_kinds_leave_each_other_alone, begin, end),
		cmocka_unit_test_setup_teardown(test_what_nobody_wants_is_not_run, begin, end),
		cmocka_unit_test_setup_teardown(test_stop, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
