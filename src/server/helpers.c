/*
 * helpers - see helpers.h.
 *
 * One mutex guards the queues and what is done.  They are short, so a helper simply takes the first
 * job whose key no other helper is busy with: whoever sends one address's hundred wrong passwords
 * is passed by those who come from elsewhere.
 */
#include "config.h"

#include "server/helpers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/worker.h"

enum { THREADS = HELPERS_THREADS + HELPERS_READ_THREADS };

static const struct limits {
	unsigned threads, waiting, waiting_key;
	int nice;
} limits_of[JOB_KINDS] = {
	[JOB_COMPUTES] = { HELPERS_THREADS, HELPERS_WAITING, HELPERS_WAITING_KEY, 10 },
	[JOB_READS] = { HELPERS_READ_THREADS, HELPERS_READ_WAITING, HELPERS_READ_WAITING, 0 },
};

/* The jobs of one kind. */
struct queue {
	pthread_cond_t work;
	struct link waiting;
	unsigned count;
};

struct helpers {
	pthread_mutex_t lock;
	struct queue queue[JOB_KINDS]; /* lock */
	struct link done;	       /* lock */
	struct job *running[THREADS];  /* lock */
	bool stopping;		       /* lock */
	_Atomic unsigned long refused;
	unsigned started;
	struct helper {
		struct helpers *all;
		enum job_kind kind;
		unsigned index;
		pthread_t thread;
	} helper[THREADS];
};

static struct job *
job_of(struct link *l)
{
	return LIST_OWNER(l, struct job, link);
}

struct helpers *
helpers_new(void)
{
	struct helpers *h = calloc(1, sizeof *h);

	if (!h)
		return NULL;
	pthread_mutex_init(&h->lock, NULL);
	for (int i = 0; i < JOB_KINDS; i++) {
		pthread_cond_init(&h->queue[i].work, NULL);
		list_init(&h->queue[i].waiting);
	}
	list_init(&h->done);
	return h;
}

static bool
key_runs(const struct helpers *h, uint64_t key)
{
	for (int i = 0; key != 0 && i < THREADS; i++)
		if (h->running[i] && h->running[i]->key == key)
			return true;
	return false;
}

/* The first that may run now, out of the queue; NULL when there is none. */
static struct job *
next(struct helpers *h, struct queue *q)
{
	for (struct link *l = q->waiting.next; l != &q->waiting; l = l->next) {
		struct job *j = job_of(l);

		if (key_runs(h, j->key))
			continue;
		list_remove(l);
		q->count--;
		return j;
	}
	return NULL;
}

/* Behind the lock the worker may be told; it is there until helpers_stop() is over. */
static void
give_back(struct helpers *h, struct job *j)
{
	struct worker *w = j->returns;

	pthread_mutex_lock(&h->lock);
	list_append(&h->done, &j->link);
	pthread_mutex_unlock(&h->lock);
	worker_order(w, ORDER_JOBS);
}

static void *
help(void *arg)
{
	struct helper *me = arg;
	struct helpers *h = me->all;
	struct queue *q = &h->queue[me->kind];
	int nice = limits_of[me->kind].nice;
	struct job *j;

	if (nice != 0)
		setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), nice); /* this thread's */
	pthread_mutex_lock(&h->lock);
	while (!h->stopping) {
		j = next(h, q);
		if (!j) {
			pthread_cond_wait(&q->work, &h->lock);
			continue;
		}
		h->running[me->index] = j;
		pthread_mutex_unlock(&h->lock);
		if (!job_unwanted(j))
			j->run(j);
		pthread_mutex_lock(&h->lock);
		h->running[me->index] = NULL;
		if (j->key != 0)
			pthread_cond_broadcast(&q->work); /* it is free */
		pthread_mutex_unlock(&h->lock);
		give_back(h, j);
		pthread_mutex_lock(&h->lock);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

int
helpers_start(struct helpers *h)
{
	for (; h->started < THREADS; h->started++) {
		struct helper *me = &h->helper[h->started];
		bool computes = h->started < HELPERS_THREADS;
		int error;

		*me = (struct helper){ .all = h,
				       .kind = computes ? JOB_COMPUTES : JOB_READS,
				       .index = h->started };
		error = pthread_create(&me->thread, NULL, help, me);
		if (error != 0)
			return error;
	}
	return 0;
}

static void
free_list(struct link *list)
{
	struct link *l;

	while ((l = list_first(list))) {
		struct job *j = job_of(l);

		list_remove(l);
		j->free(j);
	}
}

void
helpers_stop(struct helpers *h)
{
	pthread_mutex_lock(&h->lock);
	h->stopping = true;
	for (int i = 0; i < THREADS; i++)
		if (h->running[i])
			atomic_store_explicit(&h->running[i]->unwanted, true, memory_order_relaxed);
	for (int i = 0; i < JOB_KINDS; i++)
		pthread_cond_broadcast(&h->queue[i].work);
	pthread_mutex_unlock(&h->lock);
	while (h->started > 0)
		pthread_join(h->helper[--h->started].thread, NULL);
	for (int i = 0; i < JOB_KINDS; i++)
		free_list(&h->queue[i].waiting);
	free_list(&h->done);
}

void
helpers_free(struct helpers *h)
{
	if (!h)
		return;
	for (int i = 0; i < JOB_KINDS; i++)
		pthread_cond_destroy(&h->queue[i].work);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

static bool
has_room(const struct queue *q, const struct job *j)
{
	const struct limits *limits = &limits_of[j->kind];
	unsigned same = 0;

	for (struct link *l = q->waiting.next; j->key != 0 && l != &q->waiting; l = l->next)
		same += job_of(l)->key == j->key;
	return q->count < limits->waiting && same < limits->waiting_key;
}

bool
helpers_submit(struct helpers *h, struct job *j, struct worker *w, void *owner)
{
	struct queue *q = &h->queue[j->kind];
	bool room;

	j->returns = w;
	j->owner = owner;
	pthread_mutex_lock(&h->lock);
	room = has_room(q, j);
	if (room) {
		list_append(&q->waiting, &j->link);
		q->count++;
		pthread_cond_signal(&q->work);
	}
	pthread_mutex_unlock(&h->lock);
	if (!room)
		atomic_fetch_add_explicit(&h->refused, 1, memory_order_relaxed);
	return room;
}

void
helpers_collect(struct helpers *h, struct worker *w, struct link *list)
{
	struct link *l, *after;

	pthread_mutex_lock(&h->lock);
	for (l = h->done.next; l != &h->done; l = after) {
		after = l->next;
		if (job_of(l)->returns == w) {
			list_remove(l);
			list_append(list, l);
		}
	}
	pthread_mutex_unlock(&h->lock);
}

unsigned long
helpers_refused(const struct helpers *h)
{
	return atomic_load_explicit(&h->refused, memory_order_relaxed);
}
