/*
 * supervisor_succession - a supervisor becomes another program, and stays the same process.
 *
 * The program on disk was replaced, and a generation of it serves.  Then the supervisor executes it
 * in its own place: the process number, its children and its descriptors stay, and all it knows
 * goes through memory without a name, whose descriptor's number stands in the environment.  Records
 * are the machine's own bytes; a program in which they are others has another layout number, which
 * its generation told, and is not executed.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "log/error_log.h"
#include "server/supervisor_record.h"
#include "server/supervisor_succession.h"

static const char variable[] = "TINYHTTPD_SUCCESSION";

struct estate {
	uint32_t child_count, listener_count, passed;
	int32_t image_fd, control_fd, pidfile_fd, shared_fd;
	uint32_t generations, reloads, crashes, tickets_len;
	int64_t started_s, reload_s, delay_ms;
	uint8_t reload_good;
	unsigned char tickets[TICKETS_MAX];
	char refusal[REFUSAL_MAX];
	char control_path[CONTROL_PATH_MAX];
};

/* Behind it come paths (program, pid file), then listeners, then children with their logs. */
struct child_estate {
	uint32_t generation, slot, state, accepts, hosts, log_count;
	int32_t pid, channel, error_fd, error_level;
	int64_t since_ms;
	char addresses[ADDRESSES_SIZE];
};

struct log_estate {
	uint32_t owner, is_error;
};

struct listener_estate {
	struct address wanted;
	int32_t fd;
};

enum { ESTATE_VERSION = 1 };

unsigned
succession_layout(void)
{
	const unsigned sizes[] = { sizeof(struct estate), sizeof(struct child_estate),
				   sizeof(struct log_estate), sizeof(struct listener_estate) };
	unsigned layout = ESTATE_VERSION;

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		layout = layout * 31 + sizes[i];
	return layout;
}

bool
succession_is_due(const struct supervisor *s)
{
	const struct child *c = child_in_state(s, CHILD_SERVING);
	struct stat runs, lies;

	return c && c->layout == succession_layout() && stat("/proc/self/exe", &runs) == 0 &&
	       stat(s->program, &lies) == 0 &&
	       (runs.st_dev != lies.st_dev || runs.st_ino != lies.st_ino);
}

/* Writing.  Errors are looked at once, in the end. */

static void
put(FILE *f, const void *p, size_t len)
{
	(void)fwrite(p, 1, len, f); /* ferror() is asked in the end */
}

static void
put_text(FILE *f, const char *text)
{
	uint32_t len = text ? (uint32_t)strlen(text) : 0;

	put(f, &len, sizeof len);
	if (len > 0)
		put(f, text, len);
}

static void
put_child(FILE *f, const struct child *c)
{
	struct child_estate e = { .generation = c->generation,
				  .slot = c->slot,
				  .state = c->state,
				  .accepts = c->accepts,
				  .hosts = c->hosts,
				  .log_count = (uint32_t)c->log_count,
				  .pid = c->pid,
				  .channel = c->channel,
				  .error_fd = c->error_fd,
				  .error_level = c->error_level,
				  .since_ms = c->since_ms };

	memcpy(e.addresses, c->addresses, sizeof e.addresses);
	put(f, &e, sizeof e);
	for (size_t i = 0; i < c->log_count; i++) {
		struct log_estate l = { .owner = c->logs[i].owner,
					.is_error = c->logs[i].is_error };

		put(f, &l, sizeof l);
		put_text(f, c->logs[i].path);
	}
}

static void
put_listener(FILE *f, const struct kept_listener *l)
{
	struct listener_estate e = { .wanted = l->wanted, .fd = l->fd };

	put(f, &e, sizeof e);
}

static void
put_all(FILE *f, const struct supervisor *s)
{
	const char *control = control_path(s->control);
	struct estate e = { .child_count = (uint32_t)s->child_count,
			    .listener_count = (uint32_t)s->listener_count,
			    .passed = holder_passed(s->own),
			    .image_fd = s->image_fd,
			    .control_fd = control_listener(s->control),
			    .pidfile_fd = s->pidfile.fd,
			    .shared_fd = shared_fd(s->shared),
			    .generations = s->generations,
			    .reloads = s->reloads,
			    .crashes = s->crashes,
			    .tickets_len = (uint32_t)s->tickets_len,
			    .started_s = s->started_s,
			    .reload_s = s->reload_s,
			    .delay_ms = s->delay_ms,
			    .reload_good = s->reload_good };

	memcpy(e.tickets, s->tickets, sizeof e.tickets);
	memcpy(e.refusal, s->refusal, sizeof e.refusal);
	snprintf(e.control_path, sizeof e.control_path, "%s", control ? control : "");
	put(f, &e, sizeof e);
	explicit_bzero(e.tickets, sizeof e.tickets);
	put_text(f, s->program);
	put_text(f, s->pidfile.path);
	for (size_t i = 0; i < s->listener_count; i++)
		put_listener(f, &s->listeners[i]);
	for (size_t i = 0; i < s->child_count; i++)
		put_child(f, s->children[i]);
}

/* What the successor gets, without a descriptor to close on exec.  -1 with errno. */
static int
make_estate(const struct supervisor *s)
{
	int fd = memfd_create("supervisor", MFD_CLOEXEC), copy;
	FILE *f = fd == -1 ? NULL : fdopen(fd, "w");
	bool good;

	if (!f) {
		if (fd != -1)
			close(fd);
		return -1;
	}
	(void)setvbuf(f, NULL, _IONBF, 0); /* keys: no copy stays behind */
	put_all(f, s);
	good = !ferror(f) && lseek(fd, 0, SEEK_SET) == 0;
	copy = good ? fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1) : -1;
	(void)fclose(f);
	return copy;
}

static void
keep_over_exec(int fd, bool keep)
{
	if (fd != -1)
		fcntl(fd, F_SETFD, keep ? 0 : FD_CLOEXEC);
}

static void
keep_all_over_exec(const struct supervisor *s, bool keep)
{
	keep_over_exec(s->image_fd, keep);
	keep_over_exec(control_listener(s->control), keep);
	keep_over_exec(s->pidfile.fd, keep);
	keep_over_exec(shared_fd(s->shared), keep);
	for (size_t i = 0; i < s->listener_count; i++)
		keep_over_exec(s->listeners[i].fd, keep);
	for (size_t i = 0; i < s->child_count; i++) {
		keep_over_exec(s->children[i]->channel, keep);
		keep_over_exec(s->children[i]->error_fd, keep);
	}
}

void
succession_run(struct supervisor *s)
{
	char name[] = PACKAGE_NAME, c[] = "-c", command[] = "supervisor", number[16];
	char *argv[] = { name, c, (char *)(uintptr_t)s->config_path, command, NULL };
	int fd = make_estate(s);

	if (fd != -1) {
		error_log(LOG_LEVEL_NOTICE, "%s is another program now: the supervisor becomes it",
			  s->program);
		snprintf(number, sizeof number, "%d", fd);
		setenv(variable, number, 1); /* NOLINT(concurrency-mt-unsafe): no thread here */
		keep_over_exec(fd, true);
		keep_all_over_exec(s, true);
		execv(s->program, argv);
	}
	error_log(LOG_LEVEL_ERROR, "the supervisor stays the program it is: %s: %s", s->program,
		  strerror(errno));
	unsetenv(variable); /* NOLINT(concurrency-mt-unsafe): no thread here */
	keep_all_over_exec(s, false);
	if (fd != -1)
		close(fd);
}

/* Reading. */

static bool
get(FILE *f, void *p, size_t len)
{
	return fread(p, 1, len, f) == len;
}

/* Allocated, or NULL. */
static char *
get_text(FILE *f)
{
	uint32_t len;
	char *text = NULL;

	if (get(f, &len, sizeof len) && len <= MESSAGE_TEXT)
		text = calloc(1, len + 1);
	if (text && !get(f, text, len)) {
		free(text);
		return NULL;
	}
	return text;
}

static bool
get_logs(FILE *f, struct child *c, size_t count)
{
	c->logs = calloc(count + 1, sizeof *c->logs);
	if (!c->logs)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct log_estate l;

		if (!get(f, &l, sizeof l))
			return false;
		c->logs[i] = (struct child_log){ .path = get_text(f),
						 .owner = l.owner,
						 .is_error = l.is_error };
		if (!c->logs[i].path)
			return false;
		c->reopen_at = ++c->log_count;
	}
	return true;
}

static bool
get_child(FILE *f, struct supervisor *s)
{
	struct child *c = calloc(1, sizeof *c);
	struct child_estate e;

	if (!c || !get(f, &e, sizeof e)) {
		free(c);
		return false;
	}
	*c = (struct child){ .generation = e.generation,
			     .slot = e.slot % SHARED_SLOTS,
			     .state = (enum child_state)e.state,
			     .cause = CAUSE_RELOAD,
			     .accepts = e.accepts,
			     .hosts = e.hosts,
			     .pid = e.pid,
			     .channel = e.channel,
			     .error_fd = e.error_fd,
			     .error_level = e.error_level,
			     .image_fd = -1,
			     .since_ms = e.since_ms,
			     .obey_ms = INT64_MAX };
	memcpy(c->addresses, e.addresses, sizeof c->addresses);
	s->children[s->child_count++] = c;
	return get_logs(f, c, e.log_count);
}

static bool
get_listener(FILE *f, struct supervisor *s)
{
	struct listener_estate e;

	if (!get(f, &e, sizeof e))
		return false;
	s->listeners[s->listener_count++] =
		(struct kept_listener){ .wanted = e.wanted, .fd = e.fd };
	return true;
}

static bool
take_over(struct supervisor *s, const struct estate *e)
{
	const char *words = NULL;

	s->image_fd = e->image_fd;
	s->generations = e->generations;
	s->reloads = e->reloads;
	s->crashes = e->crashes;
	s->tickets_len = e->tickets_len;
	s->started_s = e->started_s;
	s->reload_s = e->reload_s;
	s->delay_ms = e->delay_ms;
	s->reload_good = e->reload_good;
	memcpy(s->tickets, e->tickets, sizeof s->tickets);
	memcpy(s->refusal, e->refusal, sizeof s->refusal);
	s->own = holder_new_heir(e->passed);
	s->control = control_new(s->config_path);
	s->shared = shared_attach(e->shared_fd, &words);
	if (!s->shared) { /* generations count where nobody sees it, until the next reload */
		error_log(LOG_LEVEL_WARN, "counters begin anew: %s", words);
		s->shared = shared_new();
	}
	s->listeners = calloc(e->listener_count + 1, sizeof *s->listeners);
	return s->own && s->control && s->shared && s->listeners &&
	       (e->control_fd == -1 ||
		control_listen(s->control, e->control_fd, e->control_path) == 0);
}

static bool
get_all(FILE *f, struct supervisor *s)
{
	struct estate e;
	char *path;

	if (!get(f, &e, sizeof e) || e.child_count > CHILDREN_MAX || e.tickets_len > TICKETS_MAX ||
	    !take_over(s, &e))
		return false;
	s->program = get_text(f);
	path = get_text(f);
	if (!s->program || !path)
		return false;
	if (e.pidfile_fd != -1)
		s->pidfile = (struct pidfile){ .path = path, .fd = e.pidfile_fd };
	else
		free(path);
	for (uint32_t i = 0; i < e.listener_count; i++)
		if (!get_listener(f, s))
			return false;
	for (uint32_t i = 0; i < e.child_count; i++)
		if (!get_child(f, s))
			return false;
	return true;
}

bool
succession_take(struct supervisor *s)
{
	const char *number = getenv(variable);
	int fd = number ? (int)strtol(number, NULL, 10) : -1;
	FILE *f = fd > STDERR_FILENO ? fdopen(fd, "r") : NULL;
	bool good;

	unsetenv(variable); /* NOLINT(concurrency-mt-unsafe): no thread here */
	if (!f) {
		errno = EINVAL;
		return false;
	}
	(void)setvbuf(f, NULL, _IONBF, 0);
	good = get_all(f, s);
	(void)fclose(f);
	keep_all_over_exec(s, false);
	return good;
}
