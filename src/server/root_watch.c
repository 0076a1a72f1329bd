/*
 * root_watch - see root_watch.h.
 *
 * It asks again each time for as long as it lasts: the supervisor decides when it listens, and need
 * not remember.  inotify(7) would spare the looking, but sees no mount, and of a path each folder
 * would have to be watched.
 */
#include "config.h"

#include "server/root_watch.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "content/docroot.h"
#include "log/error_log.h"
#include "server/message.h"

enum {
	PERIOD_MS = 300,
	PERIOD_MAX_MS = 30000, /* a disk was slow once */
	LEAVE_S = 1,
	REST = 100, /* times as long as looking takes, if that is more: a per cent of a processor */
};

struct watched {
	char *path;
	struct docroot root; /* of that path; kept open, so that a look is one stat(2) */
	bool said;	     /* that it is outside */
};

/* All that the thread touches, so that it can be left behind. */
struct root_watch {
	int stop_fd;
	pthread_t thread;
	pthread_mutex_t lock; /* held for a message that does not wait */
	int channel;	      /* lock; -1 = nobody to ask */
	bool alone;	      /* there never was anybody */
	size_t count;
	struct watched roots[];
};

/* It is there and may be read, but not through the walls. */
static bool
is_outside(struct docroot *root)
{
	int64_t now_ms = clock_monotonic_ms();

	root->checked_ms = INT64_MIN / 2; /* at once, however short ago it was looked at */
	return docroot_refresh(root, now_ms) == -1 && root->fenced;
}

static void
say(const struct root_watch *w, const char *path)
{
	if (!w->alone)
		error_log(LOG_LEVEL_WARN,
			  "root %s: it is another folder now, outside the sandbox; another "
			  "generation is asked for, told what this one was",
			  path);
	else
		error_log(LOG_LEVEL_ERROR,
			  "root %s: it is another folder now, outside the sandbox; its host "
			  "answers 503 until the server is started again",
			  path);
}

/* One that gets lost comes again. */
static void
ask(struct root_watch *w)
{
	struct message m = { .kind = MESSAGE_RENEW, .fd = -1 };

	message_set_text(&m, SLICE_NONE);
	pthread_mutex_lock(&w->lock);
	if (w->channel != -1)
		message_send(w->channel, &m);
	pthread_mutex_unlock(&w->lock);
}

static void
look(struct root_watch *w)
{
	bool wanted = false;

	for (struct watched *r = w->roots; r < w->roots + w->count; r++) {
		bool outside = is_outside(&r->root);

		if (outside && !r->said)
			say(w, r->path);
		r->said = outside;
		wanted |= outside;
	}
	if (wanted)
		ask(w);
}

static void *
watch(void *arg)
{
	struct root_watch *w = arg;
	struct pollfd stop = { .fd = w->stop_fd, .events = POLLIN };
	int64_t pause_ms = PERIOD_MS;

	while (poll(&stop, 1, (int)pause_ms) == 0) {
		int64_t begin_ms = clock_monotonic_ms();

		look(w);
		pause_ms = (clock_monotonic_ms() - begin_ms) * REST;
		if (pause_ms < PERIOD_MS)
			pause_ms = PERIOD_MS;
		else if (pause_ms > PERIOD_MAX_MS)
			pause_ms = PERIOD_MAX_MS;
	}
	return NULL;
}

static void
release(struct root_watch *w)
{
	int error = errno;

	if (w->stop_fd != -1)
		close(w->stop_fd);
	pthread_mutex_destroy(&w->lock);
	for (size_t i = 0; i < w->count; i++) {
		docroot_fini(&w->roots[i].root);
		free(w->roots[i].path);
	}
	free(w);
	errno = error;
}

static bool
copy_paths(struct root_watch *w, const struct config *config)
{
	for (; w->count < config->root_count; w->count++) {
		w->roots[w->count].path = strdup(config->roots[w->count]);
		if (!w->roots[w->count].path)
			return false;
		docroot_init(&w->roots[w->count].root, w->roots[w->count].path);
		docroot_refresh(&w->roots[w->count].root, clock_monotonic_ms());
	}
	return true;
}

struct root_watch *
root_watch_start(const struct config *config, int channel)
{
	struct root_watch *w = calloc(1, sizeof *w + config->root_count * sizeof *w->roots);

	if (!w)
		return NULL;
	w->channel = channel;
	w->alone = channel == -1;
	pthread_mutex_init(&w->lock, NULL);
	w->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->stop_fd != -1 && copy_paths(w, config)) {
		errno = pthread_create(&w->thread, NULL, watch, w);
		if (errno == 0)
			return w;
	}
	release(w);
	return NULL;
}

void
root_watch_stop(struct root_watch *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->channel = -1;
	pthread_mutex_unlock(&w->lock);
	eventfd_write(w->stop_fd, 1);
}

void
root_watch_free(struct root_watch *w)
{
	struct timespec until = clock_real();

	if (!w)
		return;
	root_watch_stop(w);
	until.tv_sec += LEAVE_S;
	if (pthread_timedjoin_np(w->thread, NULL, &until) == 0)
		release(w);
}
