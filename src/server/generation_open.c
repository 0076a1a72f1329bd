/*
 * generation_open - what a generation opens while it still may: logs, listeners, the pid file.
 *
 * Descriptors are counted last, when all that stay open are.  Then root is given up, and behind
 * what the walls would be in the way of they are built.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "log/error_log.h"
#include "server/cpus.h"
#include "server/generation_record.h"
#include "server/listener.h"
#include "server/signals.h"
#include "server/ticket_keys.h"
#include "server/tls_context.h"

static void
complain(const struct origin *at, const char *what, const char *words)
{
	if (at->file)
		error_log(LOG_LEVEL_ERROR, "%s:%u: %s: %s", at->file, at->line, what, words);
	else
		error_log(LOG_LEVEL_ERROR, "%s: %s", what, words);
}

/* Others said before where they listen. */
static bool
is_first(const struct generation *g)
{
	return !g->channel || g->channel->generation == 1;
}

static int
complain_memory(void)
{
	error_log(LOG_LEVEL_ERROR, "out of memory");
	return -1;
}

static int
open_listener(struct generation *g, size_t i)
{
	const struct listen_spec *spec = &g->config->server.listen[i];
	struct address bound;
	char text[ADDRESS_TEXT_SIZE], what[ADDRESS_TEXT_SIZE + 16];
	size_t used = strlen(g->addresses);

	g->listeners[i] = holder_listener(g->holder, &spec->address, g->config->server.backlog);
	if (g->listeners[i] == -1) {
		int error = errno;

		address_format(&spec->address, text);
		snprintf(what, sizeof what, "listen %s", text);
		complain(&spec->at, what, strerror(error));
		complain(&spec->at, what,
			 *holder_words(g->holder) ? holder_words(g->holder)
						  : listener_explain(error));
		return -1;
	}
	if (listener_address(g->listeners[i], &bound) == -1)
		return -1;
	g->ports[i] = (uint16_t)address_port(&bound);
	address_format(&bound, text);
	error_log(is_first(g) ? LOG_LEVEL_NOTICE : LOG_LEVEL_INFO, "listening on %s", text);
	snprintf(g->addresses + used, sizeof g->addresses - used, "%s%s", used ? " " : "", text);
	return 0;
}

static int
open_listeners(struct generation *g)
{
	struct address unclaimed;
	size_t at = 0;
	int result = 0;

	g->listeners = calloc(g->config->server.listen_count, sizeof *g->listeners);
	g->ports = calloc(g->config->server.listen_count, sizeof *g->ports);
	if (!g->listeners || !g->ports)
		return complain_memory();
	for (size_t i = 0; i < g->config->server.listen_count; i++)
		g->listeners[i] = -1;
	for (size_t i = 0; i < g->config->server.listen_count; i++)
		if (open_listener(g, i) == -1)
			result = -1;
	while (holder_next_unclaimed(g->holder, &at, &unclaimed)) {
		char text[ADDRESS_TEXT_SIZE];

		address_format(&unclaimed, text);
		error_log(LOG_LEVEL_ERROR,
			  "a socket was passed in for %s, but no `listen` line says so", text);
		result = -1;
	}
	return result;
}

static const char *
log_remedy(int error)
{
	switch (error) {
	case ENOENT:
		return ": make its folder, or name another place: `access` and `error` in [log]";
	case EACCES:
	case EROFS:
		return ": start as root, or name another place: `access` and `error` in [log]";
	default:
		return "";
	}
}

static int
open_log(struct generation *g, struct slice path, enum holder_log_kind kind)
{
	uid_t owner = g->privileges.drop ? g->privileges.uid : HOLDER_NO_OWNER;
	int fd = holder_log(g->holder, path.p ? path.p : "", owner, kind);

	if (fd == -1 && path.len > 0)
		error_log(LOG_LEVEL_ERROR, "log %s: %s%s", path.p, strerror(errno),
			  log_remedy(errno));
	return fd;
}

static int
open_logs(struct generation *g)
{
	const struct config *c = g->config;

	g->targets = calloc(c->access_log_count + 1, sizeof *g->targets);
	if (!g->targets)
		return complain_memory();
	for (size_t i = 0; i < c->access_log_count; i++)
		g->targets[i] = (struct access_target){ .fd = -1,
							.path = c->access_logs[i].path.p,
							.format = c->access_logs[i].format };
	for (size_t i = 0; i < c->access_log_count; i++) {
		g->targets[i].fd = open_log(g, c->access_logs[i].path, HOLDER_ACCESS_LOG);
		if (g->targets[i].fd == -1)
			return -1;
	}
	g->error_fd = open_log(g, c->error_log_path, HOLDER_ERROR_LOG);
	return g->error_fd == -1 && c->error_log_path.len > 0 ? -1 : 0;
}

static int
log_number(const struct generation *g, size_t log)
{
	return log < g->config->access_log_count ? g->targets[log].fd : g->error_fd;
}

void
generation_replace_log(struct generation *g, int log, int fd)
{
	int number = -1;

	if (log >= 0 && (size_t)log <= g->config->access_log_count)
		number = log_number(g, (size_t)log);
	if (number == -1 || fd == -1 || dup3(fd, number, O_CLOEXEC) == -1)
		error_log(LOG_LEVEL_ERROR, "a log cannot be opened anew");
	else if ((size_t)log < g->config->access_log_count)
		atomic_store(&g->targets[log].torn, false); /* that was another file */
}

static void
reopen_log(struct generation *g, size_t log, struct slice path, enum holder_log_kind kind)
{
	int fd;

	if (path.len == 0)
		return;
	fd = open_log(g, path, kind);
	if (fd == -1)
		return;
	generation_replace_log(g, (int)log, fd);
	close(fd);
}

void
generation_reopen_logs(struct generation *g)
{
	const struct config *c = g->config;

	for (size_t i = 0; i < c->access_log_count; i++)
		reopen_log(g, i, c->access_logs[i].path, HOLDER_ACCESS_LOG);
	reopen_log(g, c->access_log_count, c->error_log_path, HOLDER_ERROR_LOG);
	error_log(LOG_LEVEL_NOTICE, "logs re-opened");
}

static int
open_pidfile(struct generation *g)
{
	const char *path = g->config->server.pidfile.p;
	pid_t other = 0;

	if (g->config->server.pidfile.len == 0)
		return 0;
	if (holder_pidfile(g->holder, path, &other) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		error_log(LOG_LEVEL_ERROR, "pidfile %s: the server runs already, as process %ld",
			  path, (long)other);
	else
		error_log(LOG_LEVEL_ERROR, "pidfile %s: %s", path, strerror(errno));
	return -1;
}

/* Who said nothing is served without one, where it cannot be. */
static int
open_control(struct generation *g)
{
	const struct server_config *s = &g->config->server;
	const char *path = s->control.len > 0 ? s->control.p : "";
	bool said = s->control_at.file;
	char what[140];
	int error;

	if (holder_control(g->holder, path) == 0)
		return 0;
	error = errno;
	if (said) {
		snprintf(what, sizeof what, "control %s", path);
		complain(&s->control_at, what, strerror(error));
		complain(&s->control_at, what, holder_words(g->holder));
		return -1;
	}
	error_log(LOG_LEVEL_WARN, "reload, status, reopen and stop do not reach it: %s: %s; %s",
		  path, strerror(error), holder_words(g->holder));
	return 0;
}

/* With a supervisor that says what is to be done; signals at a terminal reach all. */
static int
open_signals(struct generation *g)
{
	static const int meant[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1 };

	if (g->channel)
		return signals_block();
	g->signal_fd = signals_open(meant, sizeof meant / sizeof *meant);
	return g->signal_fd == -1 ? -1 : 0;
}

static int
resolve_user(struct generation *g)
{
	const struct server_config *s = &g->config->server;
	const char *warning,
		*words = privileges_resolve(&g->privileges, s->user, s->group, &warning);
	char who[160];

	snprintf(who, sizeof who, "user%s%.*s%s%.*s", s->user.len > 0 ? " " : "",
		 SLICE_FMT(s->user), s->group.len > 0 ? ", group " : "", SLICE_FMT(s->group));
	if (words)
		complain(&s->user_at, who, words);
	if (warning)
		error_log(LOG_LEVEL_WARN, "%s:%u: %s", s->user_at.file ? s->user_at.file : "user",
			  s->user_at.line, warning);
	return words ? -1 : 0;
}

/* Descriptors that will be open for good besides those open now. */
static size_t
fixed_to_come(const struct generation *g)
{
	enum { SHARED = 3, OF_WORKER = 3, SPARE = 8 };

	return SHARED + SPARE + ROOT_WATCH_DESCRIPTORS + g->config->root_count +
	       g->worker_count * (OF_WORKER + g->config->root_count);
}

static int
make_budget(struct generation *g)
{
	const struct server_config *s = &g->config->server;

	g->worker_count = s->workers ? s->workers : cpus_usable();
	if (budget_make(&g->budget, fixed_to_come(g), s->max_connections) == -1) {
		error_log(LOG_LEVEL_ERROR, "descriptors: %s (limit %zu, %zu needed at least)",
			  strerror(errno), g->budget.limit, g->budget.fixed + BUDGET_LEAST);
		return -1;
	}
	if (g->budget.clamped) /* a warning only to who asked for more */
		error_log(s->max_connections_at.file ? LOG_LEVEL_WARN : LOG_LEVEL_INFO,
			  "max_connections = %u, but the limit of %zu descriptors allows %u; raise "
			  "LimitNOFILE or ulimit -n",
			  s->max_connections, g->budget.limit, g->budget.connections);
	return 0;
}

/* Tickets of another generation are good here. */
static void
take_over_tickets(struct generation *g)
{
	struct ticket_keys *keys = g->tls ? tls_context_ticket_keys(g->tls) : NULL;

	if (keys && g->channel && g->channel->tickets_len > 0)
		ticket_keys_import(keys, g->channel->tickets, g->channel->tickets_len,
				   clock_monotonic_ms());
}

int
generation_open(struct generation *g)
{
	if (resolve_user(g) == -1 || open_logs(g) == -1 || open_listeners(g) == -1 ||
	    open_pidfile(g) == -1 || open_control(g) == -1 || open_signals(g) == -1 ||
	    make_budget(g) == -1)
		return -1;
	if (privileges_drop(&g->privileges) == -1) {
		error_log(LOG_LEVEL_ERROR, "privileges could not be given up: %s", strerror(errno));
		return -1;
	}
	/* OpenSSL reads what it is configured with, and asks the kernel for a socket */
	if (g->config->tls.listen_count > 0 && !(g->tls = tls_context_new(g->config)))
		return -1;
	take_over_tickets(g);
	return walls_build(&g->walls, g->config, !g->channel);
}
