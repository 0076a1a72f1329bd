/*
 * generation - see generation.h.
 *
 * The order of the start: whatever needs root comes first (descriptors, sockets, log files, the pid
 * file), then root is given up, then the walls are built, then the first thread is made.  Signals
 * are blocked before that and read from a signalfd, so no code ever runs in a signal handler.
 */
#include "config.h"

#include "server/generation.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "log/error_log.h"
#include "server/generation_record.h"
#include "server/helpers.h"
#include "server/notify.h"
#include "server/tls_context.h"

static void
close_listeners(struct generation *g)
{
	if (g->acceptor)
		acceptor_stop(g->acceptor);
	for (size_t i = 0; g->listeners && i < g->config->server.listen_count; i++) {
		holder_close_listener(g->holder, g->listeners[i]);
		g->listeners[i] = -1;
	}
}

/* Running and stopping. */

/* Those that end soon are told of where it is read every day, not only at the terminal. */
static void
tell_certificates(const struct config *c)
{
	int64_t now = clock_real().tv_sec;
	char words[5000];

	for (size_t i = 0; c->tls.listen_count > 0 && i < c->site_count; i++)
		for (size_t k = 0; k < c->sites[i].certificate_count; k++) {
			bool bad = certificate_describe(c->sites[i].certificates[k], now, words,
							sizeof words);

			error_log(bad ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "certificate %s", words);
		}
}

static unsigned
live_sites(const struct generation *g)
{
	return (unsigned)g->config->site_count;
}

static void
announce(const struct generation *g, const struct generation_options *o)
{
	walls_log(&g->walls);
	error_log(LOG_LEVEL_NOTICE,
		  "%s %s is ready: %u host%s, %u worker%s, %u connections at most", PACKAGE_NAME,
		  PACKAGE_VERSION, live_sites(g), live_sites(g) == 1 ? "" : "s", g->worker_count,
		  g->worker_count == 1 ? "" : "s", g->budget.connections);
	notify_send("READY=1\nSTATUS=serving %u host%s on %s\nMAINPID=%ld", live_sites(g),
		    live_sites(g) == 1 ? "" : "s", g->addresses, (long)getpid());
	if (o->ready)
		o->ready(o->arg, g->addresses);
}

/* True when a signal to stop came. */
static bool
read_signals(struct generation *g)
{
	struct signalfd_siginfo info;
	bool stop = false;

	while (read(g->signal_fd, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGUSR1)
			generation_reopen_logs(g);
		else if (info.ssi_signo == SIGHUP)
			error_log(LOG_LEVEL_WARN, "HUP: this version cannot reload; restart it");
		else
			stop = true;
	}
	return stop;
}

/* Who detached has another standard error now. */
static void
follow_standard_error(const struct generation *g)
{
	struct stat was, is;

	if (g->config->error_log_path.len > 0 || g->error_fd == -1 ||
	    fstat(g->error_fd, &was) == -1 || fstat(STDERR_FILENO, &is) == -1 ||
	    (was.st_dev == is.st_dev && was.st_ino == is.st_ino))
		return;
	dup3(STDERR_FILENO, g->error_fd, O_CLOEXEC);
}

static void
serve(struct generation *g)
{
	for (;;)
		if (acceptor_run(g->acceptor, INT64_MAX) == ACCEPTOR_CONTROL && read_signals(g))
			return;
}

/* What is in flight has `grace` to finish; a second signal ends it at once. */
static enum generation_end
drain(struct generation *g)
{
	int64_t until = clock_monotonic_ms() + (int64_t)g->config->server.grace_ms;
	enum generation_end end = GENERATION_STOPPED;

	error_log(LOG_LEVEL_NOTICE, "stopping: no new connections, those in flight may finish");
	notify_send("STOPPING=1\nSTATUS=stopping");
	close_listeners(g);
	generation_order(g, ORDER_DRAIN);
	while (atomic_load_explicit(&g->pool.running, memory_order_acquire) > 0) {
		enum acceptor_news news = acceptor_run(g->acceptor, until);

		if (news == ACCEPTOR_TIME)
			error_log(LOG_LEVEL_WARN, "grace is over: connections are cut");
		else if (news != ACCEPTOR_CONTROL || !read_signals(g))
			continue;
		if (acceptor_live(g->acceptor) > 0)
			end = GENERATION_CUT;
		generation_order(g, ORDER_STOP);
		until = INT64_MAX;
	}
	return end;
}

/* The worker has left its loop. */
static void
add_file_counts(struct file_cache_counts *sum, const struct worker *w)
{
	struct file_cache_counts own = file_cache_counts(store_file_cache(w->store));

	sum->known += own.known;
	sum->looked += own.looked;
	sum->pushed += own.pushed;
}

static void
report(const struct generation *g)
{
	struct shared_sum sum = { 0 };
	struct file_cache_counts files = { 0 };

	shared_add(&sum, g->pool.slot);
	for (unsigned i = 0; i < g->worker_count; i++)
		add_file_counts(&files, g->workers[i]);
	error_log(LOG_LEVEL_NOTICE,
		  "stopped after %llu requests on %llu connections; refused %llu, too many of one "
		  "address %llu, shed %llu, queue full %llu times, out of descriptors %llu times, "
		  "over limit_requests %llu times, %llu log lines lost",
		  (unsigned long long)sum.count[COUNT_REQUESTS],
		  (unsigned long long)sum.acceptor[ACCEPT_TAKEN],
		  (unsigned long long)sum.acceptor[ACCEPT_REFUSED],
		  (unsigned long long)sum.acceptor[ACCEPT_TOO_MANY],
		  (unsigned long long)sum.count[COUNT_SHED],
		  (unsigned long long)sum.acceptor[ACCEPT_QUEUE_FULL],
		  (unsigned long long)sum.acceptor[ACCEPT_NO_DESCRIPTORS],
		  (unsigned long long)sum.count[COUNT_LIMITED] + sum.count[COUNT_OBSERVED],
		  (unsigned long long)sum.count[COUNT_LOG_LOST] + sum.error_lines_lost);
	error_log(LOG_LEVEL_INFO,
		  "files: %llu answers by what was known, looked %llu times, %llu pushed out; "
		  "%lu jobs of helper threads refused",
		  (unsigned long long)files.known, (unsigned long long)files.looked,
		  (unsigned long long)files.pushed, helpers_refused(g->pool.helpers));
}

static void
release(struct generation *g)
{
	close_listeners(g);
	generation_order(g, ORDER_STOP); /* when the start failed half way */
	generation_free_pool(g);
	tls_context_free(g->tls);
	for (size_t i = 0; g->targets && i < g->config->access_log_count; i++)
		if (g->targets[i].fd != -1)
			close(g->targets[i].fd);
	free(g->targets);
	free(g->listeners);
	free(g->ports);
	pidfile_close(&g->pidfile);
	holder_free(g->holder);
	if (g->signal_fd != -1)
		close(g->signal_fd);
	error_log_open(STDERR_FILENO, LOG_LEVEL_NOTICE);
	if (g->error_fd != -1)
		close(g->error_fd);
	error_log_count_lost(NULL);
	shared_free(g->shared);
}

/* From here on errors go where the configuration says; those of the start went to the terminal as
 * well. */
static void
switch_error_log(const struct generation *g)
{
	error_log_open(g->error_fd != -1 ? g->error_fd : STDERR_FILENO, g->config->error_log_level);
}

enum generation_end
generation_run(const struct config *config, const struct generation_options *options)
{
	struct generation g = {
		.config = config, .error_fd = -1, .signal_fd = -1, .pidfile = PIDFILE_NONE
	};
	enum generation_end end = GENERATION_FAILED;

	g.holder = holder_new();
	g.shared = shared_new_alone();
	if (!g.holder || !g.shared) {
		error_log(LOG_LEVEL_ERROR, "out of memory");
		goto out;
	}
	if (generation_open(&g) == -1)
		goto out;
	if (generation_start_pool(&g) == -1) {
		error_log(LOG_LEVEL_ERROR, "the workers cannot be started: %s", strerror(errno));
		goto out;
	}
	switch_error_log(&g);
	tell_certificates(config);
	announce(&g, options);
	follow_standard_error(&g);
	serve(&g);
	end = drain(&g);
	report(&g);
out:
	release(&g);
	return end;
}
