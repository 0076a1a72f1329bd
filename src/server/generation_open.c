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
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/error_log.h"
#include "server/cpus.h"
#include "server/generation_record.h"
#include "server/listener.h"
#include "server/tls_context.h"

static void
complain(const struct origin *at, const char *what, const char *words)
{
	if (at->file)
		error_log(LOG_LEVEL_ERROR, "%s:%u: %s: %s", at->file, at->line, what, words);
	else
		error_log(LOG_LEVEL_ERROR, "%s: %s", what, words);
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
		complain(&spec->at, what, listener_explain(error));
		return -1;
	}
	if (listener_address(g->listeners[i], &bound) == -1)
		return -1;
	g->ports[i] = (uint16_t)address_port(&bound);
	address_format(&bound, text);
	error_log(LOG_LEVEL_NOTICE, "listening on %s", text);
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

/* A log that root just made belongs to whom the server becomes, who must re-open it later. */
static void
give_to_user(const struct generation *g, int fd)
{
	struct stat st;

	if (g->privileges.drop && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 &&
	    st.st_size == 0 && st.st_nlink == 1 && fchown(fd, g->privileges.uid, (gid_t)-1) == -1)
		error_log(LOG_LEVEL_WARN, "a log file stays with root: %s", strerror(errno));
}

static int
open_log(struct generation *g, const char *path)
{
	int fd = holder_log(g->holder, path);

	if (fd == -1)
		error_log(LOG_LEVEL_ERROR, "log %s: %s", path, strerror(errno));
	else
		give_to_user(g, fd);
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
		g->targets[i] =
			(struct access_target){ .fd = -1,
						.path = c->access_logs[i].path.p,
						.format = c->access_logs[i].format };
	for (size_t i = 0; i < c->access_log_count; i++) {
		const char *path = c->access_logs[i].path.p;

		g->targets[i].fd = open_log(g, path ? path : "");
		if (g->targets[i].fd == -1)
			return -1;
	}
	if (c->error_log_path.len == 0) {
		g->error_fd = holder_standard_error(g->holder);
		return 0;
	}
	g->error_fd = open_log(g, c->error_log_path.p);
	return g->error_fd == -1 ? -1 : 0;
}

static void
reopen_log(struct generation *g, int fd, struct slice path)
{
	int new;

	if (path.len == 0 || fd == -1)
		return;
	new = open_log(g, path.p);
	if (new == -1)
		return;
	if (dup3(new, fd, O_CLOEXEC) == -1)
		error_log(LOG_LEVEL_ERROR, "log %s: %s", path.p, strerror(errno));
	close(new);
}

void
generation_reopen_logs(struct generation *g)
{
	for (size_t i = 0; i < g->config->access_log_count; i++)
		reopen_log(g, g->targets[i].fd, g->config->access_logs[i].path);
	reopen_log(g, g->error_fd, g->config->error_log_path);
	error_log(LOG_LEVEL_NOTICE, "logs re-opened");
}

static int
open_pidfile(struct generation *g)
{
	const char *path = g->config->server.pidfile.p;
	pid_t other = 0;

	if (g->config->server.pidfile.len == 0)
		return 0;
	if (pidfile_open(&g->pidfile, path, &other) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		error_log(LOG_LEVEL_ERROR, "pidfile %s: the server runs already, as process %ld",
			  path, (long)other);
	else
		error_log(LOG_LEVEL_ERROR, "pidfile %s: %s", path, strerror(errno));
	return -1;
}

/*
 * Every signal that could end the process from outside is blocked, in all threads to come; those
 * that mean something are read from a descriptor.  What stops a job at a terminal still does.
 */
static int
open_signals(struct generation *g)
{
	static const int left_alone[] = { SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGABRT, SIGTRAP,
					  SIGSYS,  SIGTSTP, SIGTTIN, SIGTTOU, SIGPROF };
	static const int meant[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1 };
	sigset_t blocked, read;

	(void)signal(SIGPIPE, SIG_IGN); /* sendfile(2) has no MSG_NOSIGNAL */
	sigfillset(&blocked);
	for (size_t i = 0; i < sizeof left_alone / sizeof *left_alone; i++)
		sigdelset(&blocked, left_alone[i]);
	sigemptyset(&read);
	for (size_t i = 0; i < sizeof meant / sizeof *meant; i++)
		sigaddset(&read, meant[i]);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no thread yet */
	if (sigprocmask(SIG_BLOCK, &blocked, NULL) == -1)
		return -1;
	g->signal_fd = signalfd(-1, &read, SFD_CLOEXEC | SFD_NONBLOCK);
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

	return SHARED + SPARE + g->worker_count * (OF_WORKER + g->config->root_count);
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

int
generation_open(struct generation *g)
{
	if (resolve_user(g) == -1 || open_logs(g) == -1 || open_listeners(g) == -1 ||
	    open_pidfile(g) == -1 || open_signals(g) == -1 || make_budget(g) == -1)
		return -1;
	if (privileges_drop(&g->privileges) == -1) {
		error_log(LOG_LEVEL_ERROR, "privileges could not be given up: %s", strerror(errno));
		return -1;
	}
	/* OpenSSL reads what it is configured with, and asks the kernel for a socket */
	if (g->config->tls.listen_count > 0 && !(g->tls = tls_context_new(g->config)))
		return -1;
	return walls_build(&g->walls, g->config, true);
}
