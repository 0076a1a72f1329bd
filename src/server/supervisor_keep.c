/*
 * supervisor_keep - what a supervisor holds for its generations.
 *
 * Each generation asks for everything it needs.  What is there already is shared with those before
 * it, so no connection that waits in a backlog is lost; what nobody asked for is let go once the
 * one that asked is ready.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log/error_log.h"
#include "server/listener.h"
#include "server/supervisor_record.h"

void
keep_begin(struct supervisor *s)
{
	for (size_t i = 0; i < s->listener_count; i++)
		s->listeners[i].claimed = s->listeners[i].fresh = false;
	s->pidfile_claimed = false;
	s->next_control_path[0] = '\0';
}

static bool
is_same(const struct address *a, const struct address *b)
{
	return a->dual == b->dual && address_equal(a, b);
}

/* That listener leaves no room for the address. */
static bool
is_in_the_way(const struct kept_listener *l, const struct address *wanted)
{
	struct address a = l->wanted, bound;

	if (address_port(&a) == 0 && a.any.sa_family != AF_UNIX &&
	    listener_address(l->fd, &bound) == 0)
		a.v4.sin_port = bound.v4.sin_port; /* which lies at the same place in v6 */
	return address_covers(&a, wanted) || address_covers(wanted, &a);
}

/* Those that are in the way, and how many there are. */
static size_t
share_in_the_way(const struct supervisor *s, const struct address *wanted)
{
	size_t count = 0;

	for (size_t i = 0; i < s->listener_count; i++)
		if (is_in_the_way(&s->listeners[i], wanted)) {
			listener_share(s->listeners[i].fd, true);
			count++;
		}
	return count;
}

static void
share_none(const struct supervisor *s)
{
	for (size_t i = 0; i < s->listener_count; i++)
		listener_share(s->listeners[i].fd, false);
}

/*
 * Where one that this generation does not ask for is in the way, both are bound for a while.  Only
 * when the generation is ready does the new one listen, so a reload that fails has taken nothing.
 */
static int
open_listener(struct supervisor *s, const struct address *wanted, unsigned backlog)
{
	struct kept_listener *more =
		reallocarray(s->listeners, s->listener_count + 1, sizeof *s->listeners);
	struct kept_listener new = {
		.wanted = *wanted, .backlog = backlog, .claimed = true, .fresh = true
	};

	if (!more)
		return -1;
	s->listeners = more;
	new.fd = holder_listener(s->own, wanted, backlog);
	if (new.fd == -1 && errno == EADDRINUSE && share_in_the_way(s, wanted) > 0) {
		new.fd = listener_bind_beside(wanted);
		new.waits = true;
	}
	if (new.fd != -1)
		s->listeners[s->listener_count++] = new;
	return new.fd;
}

int
keep_listener(struct supervisor *s, const struct address *wanted, unsigned backlog,
	      const char **words)
{
	int fd;

	for (size_t i = 0; i < s->listener_count; i++) {
		struct kept_listener *l = &s->listeners[i];

		if (l->claimed || !is_same(&l->wanted, wanted))
			continue;
		l->claimed = true;
		listen(l->fd, (int)backlog); /* the new length holds at once */
		return l->fd;
	}
	fd = open_listener(s, wanted, backlog);
	if (fd == -1 && *holder_words(s->own))
		*words = holder_words(s->own);
	return fd;
}

static void
close_pidfile(struct pidfile *p)
{
	char *path = (char *)(uintptr_t)p->path;

	pidfile_close(p);
	free(path);
	*p = PIDFILE_NONE;
}

int
keep_pidfile(struct supervisor *s, const char *path, pid_t *other)
{
	char *copy;

	*other = 0;
	if (s->pidfile.fd != -1 && strcmp(s->pidfile.path, path) == 0) {
		s->pidfile_claimed = true;
		return 0;
	}
	copy = strdup(path);
	if (!copy)
		return -1;
	close_pidfile(&s->next_pidfile);
	if (pidfile_open(&s->next_pidfile, copy, other) == 0)
		return 0; /* NOLINT(clang-analyzer-unix.Malloc): next_pidfile has it now */
	free(copy);
	return -1;
}

static bool
has_control_at(const struct supervisor *s, const char *path)
{
	const char *old = control_path(s->control);

	return old && strcmp(old, path) == 0;
}

int
keep_control(struct supervisor *s, const char *path)
{
	int fd = -1;

	if (*path && !has_control_at(s, path)) {
		fd = control_open(path);
		if (fd == -1)
			return -1;
	}
	if (s->next_control != -1)
		close(s->next_control);
	s->next_control = fd;
	snprintf(s->next_control_path, sizeof s->next_control_path, "%s", path);
	return 0;
}

static void
settle_control(struct supervisor *s, bool accepted)
{
	int fd = s->next_control;

	s->next_control = -1;
	if (!accepted && fd != -1) {
		unlink(s->next_control_path);
		close(fd);
	}
	if (!accepted || (fd == -1 && has_control_at(s, s->next_control_path)))
		return;
	if (control_listen(s->control, fd, fd == -1 ? NULL : s->next_control_path) == -1) {
		error_log(LOG_LEVEL_ERROR, "control %s: %s", s->next_control_path, strerror(errno));
		close(fd);
	}
}

static void
settle_pidfile(struct supervisor *s, bool accepted)
{
	if (!accepted) {
		close_pidfile(&s->next_pidfile);
		return;
	}
	if (!s->pidfile_claimed) {
		close_pidfile(&s->pidfile);
		s->pidfile = s->next_pidfile;
		s->next_pidfile = PIDFILE_NONE;
	}
}

/* Nobody comes any more to what is in the way and goes. */
static void
begin_none_in_the_way(const struct supervisor *s, const struct address *wanted)
{
	for (size_t i = 0; i < s->listener_count; i++)
		if (!s->listeners[i].claimed && is_in_the_way(&s->listeners[i], wanted))
			listener_begin_none(s->listeners[i].fd);
}

bool
keep_hand_over(struct supervisor *s, int *error)
{
	bool any = false;

	*error = 0;
	for (size_t i = 0; i < s->listener_count; i++) {
		struct kept_listener *l = &s->listeners[i];

		if (!l->waits)
			continue;
		any = true;
		if (listen(l->fd, (int)l->backlog) == -1) {
			*error = errno;
			return any;
		}
		l->waits = false;
	}
	for (size_t i = 0; any && i < s->listener_count; i++)
		if (s->listeners[i].fresh)
			begin_none_in_the_way(s, &s->listeners[i].wanted);
	return any;
}

void
keep_settle(struct supervisor *s, bool accepted)
{
	size_t kept = 0;

	share_none(s);
	for (size_t i = 0; i < s->listener_count; i++) {
		struct kept_listener *l = &s->listeners[i];

		if (accepted ? l->claimed : !l->fresh)
			s->listeners[kept++] = *l;
		else
			holder_close_listener(s->own, l->fd);
	}
	s->listener_count = kept;
	settle_pidfile(s, accepted);
	settle_control(s, accepted);
}

void
keep_close_listeners(struct supervisor *s)
{
	for (size_t i = 0; i < s->listener_count; i++)
		holder_close_listener(s->own, s->listeners[i].fd);
	s->listener_count = 0;
}

void
keep_free(struct supervisor *s)
{
	keep_close_listeners(s);
	free(s->listeners);
	close_pidfile(&s->next_pidfile);
	close_pidfile(&s->pidfile);
	if (s->next_control != -1)
		close(s->next_control);
	control_free(s->control);
	holder_free(s->own);
}
