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
#include "server/facts.h"
#include "server/generation_record.h"
#include "server/helpers.h"
#include "server/notify.h"
#include "server/supervisor_succession.h"
#include "server/ticket_keys.h"
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

/* The supervisor, or the manager whose own child this is. */
static void
tell_ready(const struct generation *g, int image_fd)
{
	char words[sizeof g->addresses + 32];

	if (!g->channel) {
		notify_send("READY=1\nSTATUS=serving %u host%s on %s\nMAINPID=%ld", live_sites(g),
			    live_sites(g) == 1 ? "" : "s", g->addresses, (long)getpid());
		return;
	}
	snprintf(words, sizeof words, "%u %u %s", succession_layout(), live_sites(g), g->addresses);
	channel_ready(g->channel, (int)g->config->error_log_level, words, image_fd);
	if (image_fd != -1)
		close(image_fd);
}

/* What a reload changes, a line each. */
static void
tell_changes(const char *changes)
{
	struct slice rest = slice_of(changes);

	while (rest.len > 0) {
		struct slice line = slice_head(rest, slice_find(rest, '\n'));

		error_log(LOG_LEVEL_NOTICE, "reload: %.*s", SLICE_FMT(line));
		rest = slice_after(rest, line.len + 1);
	}
}

static void
announce(const struct generation *g, const struct generation_options *o)
{
	const struct facts_found found = { .addresses = g->addresses,
					   .workers = g->worker_count,
					   .max_connections = g->budget.connections,
					   .walls = &g->walls };

	facts_write(g->pool.slot, g->config, &found);
	walls_log(&g->walls);
	error_log(LOG_LEVEL_NOTICE,
		  "%s %s is ready: %u host%s, %u worker%s, %u connections at most", PACKAGE_NAME,
		  PACKAGE_VERSION, live_sites(g), live_sites(g) == 1 ? "" : "s", g->worker_count,
		  g->worker_count == 1 ? "" : "s", g->budget.connections);
	if (o->ready)
		o->ready(o->arg, g->addresses);
	tell_ready(g, o->image_fd);
}

/* What it is told to do, from little to much. */
enum wish { WISH_NONE, WISH_RETIRE, WISH_STOP, WISH_CUT };

/* Without a supervisor. */
static enum wish
read_signals(struct generation *g)
{
	struct signalfd_siginfo info;
	enum wish wish = WISH_NONE;

	while (read(g->signal_fd, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGUSR1)
			generation_reopen_logs(g);
		else if (info.ssi_signo == SIGHUP)
			error_log(LOG_LEVEL_WARN,
				  "HUP: one process alone (-1) cannot reload; restart it");
		else
			wish = g->stopping ? WISH_CUT : WISH_STOP;
	}
	return wish;
}

static enum wish
obey(struct generation *g, struct message *m)
{
	switch (m->kind) {
	case MESSAGE_LOG:
		generation_replace_log(g, m->number, m->fd);
		channel_confirm(g->channel, MESSAGE_LOG_TAKEN);
		return WISH_NONE;
	case MESSAGE_DRAIN:
		return WISH_RETIRE;
	case MESSAGE_STOP:
		return WISH_STOP;
	case MESSAGE_CUT:
		error_log(LOG_LEVEL_WARN, "%s", m->text);
		return WISH_CUT;
	default:
		return WISH_NONE;
	}
}

/* The most of what the supervisor wants; without it nobody would look after this generation. */
static enum wish
read_channel(struct generation *g)
{
	enum wish most = WISH_NONE;

	for (;;) {
		struct message m;
		enum message_result result = channel_next(g->channel, &m);

		if (result == MESSAGE_OK) {
			enum wish wish = obey(g, &m);

			if (m.fd != -1)
				close(m.fd);
			if (wish > most)
				most = wish;
			continue;
		}
		if (result == MESSAGE_NONE)
			return most;
		error_log(LOG_LEVEL_ERROR, "the supervisor has gone");
		root_watch_stop(g->root_watch);
		channel_close(g->channel); /* and leaves epoll by that */
		return most > WISH_STOP ? most : WISH_STOP;
	}
}

static enum wish
listen_to_wishes(struct generation *g)
{
	return g->channel ? read_channel(g) : read_signals(g);
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

/* Keys of tickets must outlive this generation.  Returns when to look again. */
static int64_t
keep_tickets(const struct generation *g)
{
	struct ticket_keys *keys = g->tls ? tls_context_ticket_keys(g->tls) : NULL;
	unsigned char state[TICKET_STATE_SIZE];
	size_t len;

	if (!keys || !g->channel || g->channel->fd == -1)
		return INT64_MAX;
	ticket_keys_turn(keys, clock_monotonic_ms());
	len = ticket_keys_export(keys, state);
	if (len > 0)
		channel_keep_tickets(g->channel, state, len);
	explicit_bzero(state, sizeof state);
	return ticket_keys_due_ms(keys);
}

static enum wish
serve(struct generation *g)
{
	int64_t tickets_ms = keep_tickets(g);

	for (;;) {
		enum acceptor_news news = acceptor_run(g->acceptor, tickets_ms);
		enum wish wish = WISH_NONE;

		if (news == ACCEPTOR_CONTROL)
			wish = listen_to_wishes(g);
		else if (news == ACCEPTOR_TIME)
			tickets_ms = keep_tickets(g);
		if (wish != WISH_NONE)
			return wish;
	}
}

/* Until when what is in flight may take. */
static int64_t
deadline(const struct generation *g, enum wish wish)
{
	const struct server_config *s = &g->config->server;

	if (wish == WISH_RETIRE)
		return s->reload_grace_ms ? clock_monotonic_ms() + (int64_t)s->reload_grace_ms
					  : INT64_MAX;
	return clock_monotonic_ms() + (int64_t)s->grace_ms;
}

static void
begin_drain(struct generation *g, enum wish wish)
{
	close_listeners(g);
	root_watch_stop(g->root_watch);
	g->stopping = wish != WISH_RETIRE;
	if (wish == WISH_CUT)
		return;
	error_log(LOG_LEVEL_NOTICE, wish == WISH_RETIRE
					    ? "another generation took over: no new connections"
					    : "stopping: no new connections, those in flight may "
					      "finish");
	if (!g->channel)
		notify_send("STOPPING=1\nSTATUS=stopping");
	generation_order(g, wish == WISH_RETIRE ? ORDER_RETIRE : ORDER_DRAIN);
	if (g->channel &&
	    wish == WISH_RETIRE) /* whoever asks from now on is answered accordingly */
		channel_confirm(g->channel, MESSAGE_RETIRED);
}

/* May be told again: what was cut before stays cut. */
static void
cut(struct generation *g, enum generation_end *end)
{
	if (acceptor_live(g->acceptor) > 0)
		*end = GENERATION_CUT;
	generation_order(g, ORDER_STOP); /* from here on they end */
}

/* What is in flight may finish, within bounds; a second order ends it at once. */
static enum generation_end
drain(struct generation *g, enum wish wish)
{
	int64_t until = wish == WISH_CUT ? INT64_MAX : deadline(g, wish);
	enum generation_end end = GENERATION_STOPPED;

	begin_drain(g, wish);
	if (wish == WISH_CUT)
		cut(g, &end);
	while (atomic_load_explicit(&g->pool.running, memory_order_acquire) > 0) {
		enum acceptor_news news = acceptor_run(g->acceptor, until);
		enum wish more = WISH_NONE;

		if (news == ACCEPTOR_TIME) {
			error_log(LOG_LEVEL_WARN, "%s is over: connections are cut",
				  g->stopping ? "grace" : "reload_grace");
			more = WISH_CUT;
		} else if (news == ACCEPTOR_CONTROL) {
			more = listen_to_wishes(g);
		}
		if (more == WISH_STOP && !g->stopping) {
			until = deadline(g, more);
			begin_drain(g, more);
		} else if (more == WISH_CUT) {
			until = INT64_MAX;
			cut(g, &end);
		}
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
	root_watch_free(g->root_watch);
	tls_context_free(g->tls);
	for (size_t i = 0; g->targets && i < g->config->access_log_count; i++)
		if (g->targets[i].fd != -1)
			close(g->targets[i].fd);
	free(g->targets);
	free(g->listeners);
	free(g->ports);
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

/* Without it, what is replaced needs a reload; that is no reason not to serve. */
static void
watch_roots(struct generation *g)
{
	if (!(g->walls.built & WALL_FILES) || g->walls.reach.everything ||
	    g->config->root_count == 0)
		return;
	g->root_watch = root_watch_start(g->config, g->channel ? g->channel->fd : -1);
	if (!g->root_watch)
		error_log(LOG_LEVEL_WARN, "a root that is replaced will need a reload: %s",
			  strerror(errno));
}

/* Memory of the supervisor's, or, where there is none or its layout is another, our own. */
static struct shared *
open_shared(struct channel *c)
{
	struct shared *shared = NULL;
	const char *words = NULL;

	if (c && c->shared_fd != -1) {
		shared = shared_attach(c->shared_fd, &words);
		c->shared_fd = -1;
	}
	if (words)
		error_log(LOG_LEVEL_WARN, "what is counted cannot be seen from outside: %s", words);
	return shared ? shared : shared_new_alone();
}

enum generation_end
generation_run(const struct config *config, const struct generation_options *options)
{
	struct generation g = {
		.config = config, .error_fd = -1, .signal_fd = -1, .channel = options->channel
	};
	enum generation_end end = GENERATION_FAILED;

	g.holder = g.channel ? holder_new_asking(g.channel->fd) : holder_new();
	g.shared = open_shared(g.channel);
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
	tell_changes(options->changes);
	switch_error_log(&g);
	watch_roots(&g);
	tell_certificates(config);
	announce(&g, options);
	follow_standard_error(&g);
	end = drain(&g, serve(&g));
	report(&g);
out:
	release(&g);
	return end;
}
