/*
 * control - see control.h.
 *
 * An asker is read until his line is there, then only written to.  Of his end no more is wanted
 * than to know that he is gone, which epoll always tells; that he sends no more is no reason to
 * leave him (`echo status | nc -U ...` does so).
 *
 * Whose configuration is meant is asked because two servers of one machine may have been given the
 * same socket, and whoever came first has it: to reload the wrong one is worse than to be told.
 */
#include "config.h"

#include "server/control.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/slice.h"
#include "server/listener.h"

enum {
	REQUEST_MAX = PATH_MAX + 32,
	ANSWER_MAX = 1 << 20, /* bytes that wait for one asker; what comes behind is left out */
	PATIENCE_MS = 5000,   /* for the request, and for each bit of the answer to be taken */
};

enum asker_state { ASKER_NONE, ASKER_READING, ASKER_WANTS, ASKER_ANSWERED, ASKER_LEAVING };

struct asker {
	enum asker_state state;
	int fd;
	enum control_command command;
	int64_t until_ms; /* INT64_MAX = it is not his turn */
	size_t got;
	char request[REQUEST_MAX];
	char *out;
	size_t out_len, out_sent, out_cap;
	bool blocked; /* epoll tells when more can be sent */
};

struct control {
	const char *config_path;
	uid_t owner;
	int epoll_fd, listen_fd;
	char path[CONTROL_PATH_MAX]; /* "" = none */
	bool full;		     /* nobody is accepted */
	struct asker askers[CONTROL_ASKERS];
};

static const char *const words[] = {
#define CONTROL_COMMAND(enumerator, word) [enumerator] = word,
#include "server/control_command.def"
#undef CONTROL_COMMAND
};

const char *
control_word(enum control_command c)
{
	return words[c];
}

/* Sockets. */

int
control_open(const char *path)
{
	char text[CONTROL_PATH_MAX + 8];
	struct address a;
	int fd;

	if ((size_t)snprintf(text, sizeof text, "unix:%s", path) >= sizeof text ||
	    address_parse(&a, slice_of(text)) != NULL) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = listener_open_private(&a, CONTROL_ASKERS);
	if (fd == -1 && errno == ENOENT &&
	    slice_starts(slice_of(path), SLICE(CONTROL_DIRECTORY "/")) &&
	    mkdir(CONTROL_DIRECTORY, 0755) == 0)
		fd = listener_open_private(&a, CONTROL_ASKERS);
	return fd;
}

const char *
control_explain(int error)
{
	switch (error) {
	case EADDRINUSE:
		return "another server answers there; give this one a `control` of its own";
	case EEXIST:
		return "what has that name is no socket, and is left alone";
	case EACCES:
	case EPERM:
	case EROFS:
		return "who starts the server may not write there; say `control = PATH` or "
		       "`control = off` in [server]";
	case ENOENT:
		return "its directory does not exist";
	case ENAMETOOLONG:
		return "the name of a socket has at most 107 bytes";
	default:
		return "the socket could not be opened";
	}
}

static int
watch(struct control *c, int operation, int fd, uint32_t events, void *mark)
{
	struct epoll_event event = { .events = events, .data.ptr = mark };

	return epoll_ctl(c->epoll_fd, operation, fd, &event);
}

struct control *
control_new(const char *config_path)
{
	struct control *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->config_path = config_path;
	c->owner = geteuid();
	c->listen_fd = -1;
	c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (c->epoll_fd == -1) {
		free(c);
		return NULL;
	}
	return c;
}

int
control_listen(struct control *c, int fd, const char *path)
{
	if (path && strlen(path) >= sizeof c->path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (fd != -1 &&
	    watch(c, EPOLL_CTL_ADD, fd, c->full ? 0 : (uint32_t)EPOLLIN, &c->listen_fd) == -1)
		return -1;
	if (c->listen_fd != -1) {
		if (!path || strcmp(path, c->path) != 0)
			unlink(c->path);
		close(c->listen_fd);
	}
	c->listen_fd = fd;
	snprintf(c->path, sizeof c->path, "%s", path ? path : "");
	return 0;
}

int
control_listener(const struct control *c)
{
	return c->listen_fd;
}

const char *
control_path(const struct control *c)
{
	return c->listen_fd == -1 ? NULL : c->path;
}

int
control_fd(const struct control *c)
{
	return c->epoll_fd;
}

/* Askers. */

/* While there is no place, who comes waits in the kernel. */
static void
set_full(struct control *c, bool full)
{
	if (c->full == full)
		return;
	c->full = full;
	if (c->listen_fd != -1)
		watch(c, EPOLL_CTL_MOD, c->listen_fd, full ? 0 : (uint32_t)EPOLLIN, &c->listen_fd);
}

static void
leave(struct control *c, struct asker *a)
{
	close(a->fd);
	free(a->out);
	*a = (struct asker){ .state = ASKER_NONE, .fd = -1 };
	set_full(c, false);
}

void
control_free(struct control *c)
{
	if (!c)
		return;
	for (struct asker *a = c->askers; a < c->askers + CONTROL_ASKERS; a++)
		if (a->state != ASKER_NONE)
			leave(c, a);
	control_listen(c, -1, NULL);
	close(c->epoll_fd);
	free(c);
}

/* Sends what can be sent.  He may be gone afterwards. */
static void
send_some(struct control *c, struct asker *a)
{
	bool blocked;
	ssize_t n = 0;

	while (a->out_sent < a->out_len && n != -1) {
		n = send(a->fd, a->out + a->out_sent, a->out_len - a->out_sent, MSG_NOSIGNAL);
		if (n > 0) {
			a->out_sent += (size_t)n;
			a->until_ms = clock_monotonic_ms() + PATIENCE_MS;
		}
	}
	blocked = a->out_sent < a->out_len;
	if (blocked && errno != EAGAIN && errno != EINTR) {
		leave(c, a);
		return;
	}
	if (!blocked) {
		a->out_len = a->out_sent = 0;
		a->until_ms = INT64_MAX;
		if (a->state == ASKER_LEAVING) {
			leave(c, a);
			return;
		}
	}
	if (blocked != a->blocked &&
	    watch(c, EPOLL_CTL_MOD, a->fd, blocked ? (uint32_t)EPOLLOUT : 0, a) == 0)
		a->blocked = blocked;
}

/* Room for so many bytes more; false when he has to do without them. */
static bool
make_room(struct asker *a, size_t more)
{
	size_t cap = a->out_cap ? a->out_cap : 1024;
	char *bigger;

	while (cap - a->out_len < more)
		cap *= 2;
	if (cap == a->out_cap)
		return true;
	bigger = realloc(a->out, cap);
	if (!bigger)
		return false;
	a->out = bigger;
	a->out_cap = cap;
	return true;
}

/* One line, without control bytes: it may end at somebody's terminal. */
static void
add_line(struct asker *a, char mark, struct slice line)
{
	/* the exit status, which is short, always has room */
	if (mark != CONTROL_STATUS_IS && a->out_len + line.len + 2 > ANSWER_MAX)
		return;
	if (!make_room(a, line.len + 2))
		return;
	a->out[a->out_len++] = mark;
	for (size_t i = 0; i < line.len; i++) {
		unsigned char b = (unsigned char)line.p[i];

		a->out[a->out_len++] =
			(char)((b < 0x20 && b != '\t') || b == 0x7f ? '?' : line.p[i]);
	}
	a->out[a->out_len++] = '\n';
}

static void
add_text(struct asker *a, char mark, const char *text)
{
	struct slice rest = slice_of(text);

	while (rest.len > 0) {
		size_t n = slice_find(rest, '\n');

		add_line(a, mark, slice_head(rest, n));
		rest = slice_after(rest, n + 1);
	}
	if (a->until_ms == INT64_MAX)
		a->until_ms = clock_monotonic_ms() + PATIENCE_MS;
}

static void
finish(struct control *c, struct asker *a, int exit_status)
{
	char text[16];

	snprintf(text, sizeof text, "%d", exit_status);
	add_text(a, CONTROL_STATUS_IS, text);
	a->state = ASKER_LEAVING;
	send_some(c, a);
}

static void
refuse(struct control *c, struct asker *a, const char *text)
{
	add_text(a, CONTROL_COMPLAIN, text);
	finish(c, a, 1);
}

/* The kernel lets in who may write to the file; this holds where its mode was changed, too. */
static bool
may_ask(const struct control *c, int fd)
{
	struct ucred peer;
	socklen_t len = sizeof peer;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == 0 || peer.uid == c->owner);
}

static void
accept_one(struct control *c)
{
	struct asker *a = c->askers;

	while (a < c->askers + CONTROL_ASKERS && a->state != ASKER_NONE)
		a++;
	if (a == c->askers + CONTROL_ASKERS) {
		set_full(c, true);
		return;
	}
	a->fd = accept4(c->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (a->fd == -1)
		return;
	a->state = ASKER_READING;
	a->until_ms = clock_monotonic_ms() + PATIENCE_MS;
	if (watch(c, EPOLL_CTL_ADD, a->fd, EPOLLIN, a) == -1)
		leave(c, a);
	else if (!may_ask(c, a->fd))
		refuse(c, a, "only root and who started the server may ask it");
}

static bool
is_same_file(const char *one, const char *other)
{
	struct stat a, b;

	return strcmp(one, other) == 0 || (stat(one, &a) == 0 && stat(other, &b) == 0 &&
					   a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

/* The line is whole, without its end. */
static void
take_request(struct control *c, struct asker *a)
{
	char *path = strchr(a->request, ' '), text[2 * PATH_MAX];
	int command = 0;

	if (path)
		*path++ = '\0';
	while (command < CONTROL_COMMAND_COUNT && strcmp(a->request, words[command]) != 0)
		command++;
	if (command == CONTROL_COMMAND_COUNT) {
		refuse(c, a, "the server that runs does not know this command");
	} else if (path && *path && !is_same_file(path, c->config_path)) {
		snprintf(text, sizeof text,
			 "the server that answers here was started with -c %s, not with %s",
			 c->config_path, path);
		refuse(c, a, text);
	} else {
		a->command = (enum control_command)command;
		a->state = ASKER_WANTS;
		a->until_ms = INT64_MAX;
		if (watch(c, EPOLL_CTL_MOD, a->fd, 0, a) == -1) /* but epoll tells if he goes */
			leave(c, a);
	}
}

static void
receive(struct control *c, struct asker *a)
{
	size_t room = sizeof a->request - 1 - a->got;
	ssize_t n = recv(a->fd, a->request + a->got, room, 0);
	char *end;

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		leave(c, a);
		return;
	}
	a->got += (size_t)n;
	a->request[a->got] = '\0';
	end = a->request + strcspn(a->request, "\r\n");
	if (*end) {
		*end = '\0';
		take_request(c, a);
	} else if (a->got == sizeof a->request - 1 || strlen(a->request) < a->got) {
		refuse(c, a, "this is no command");
	}
}

static void
take_event(struct control *c, struct asker *a, uint32_t events)
{
	if (a->state == ASKER_READING && (events & EPOLLIN))
		receive(c, a);
	else if (events & (EPOLLHUP | EPOLLERR))
		leave(c, a);
	else if (events & EPOLLOUT)
		send_some(c, a);
}

/* The supervisor. */

int64_t
control_due_ms(const struct control *c)
{
	int64_t due = INT64_MAX;

	for (const struct asker *a = c->askers; a < c->askers + CONTROL_ASKERS; a++)
		if (a->state != ASKER_NONE && a->until_ms < due)
			due = a->until_ms;
	return due;
}

void
control_run(struct control *c, int64_t now_ms)
{
	struct epoll_event events[CONTROL_ASKERS + 1];
	int n = epoll_wait(c->epoll_fd, events, CONTROL_ASKERS + 1, 0);
	bool newcomer = false;

	/* each asker has one event at most, so none is for who took the place of another */
	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr == &c->listen_fd)
			newcomer = true;
		else
			take_event(c, events[i].data.ptr, events[i].events);
	}
	for (struct asker *a = c->askers; a < c->askers + CONTROL_ASKERS; a++)
		if (a->state != ASKER_NONE && a->until_ms <= now_ms)
			leave(c, a);
	if (newcomer)
		accept_one(c);
}

unsigned
control_wanted(const struct control *c, enum control_command command)
{
	unsigned n = 0;

	for (const struct asker *a = c->askers; a < c->askers + CONTROL_ASKERS; a++)
		n += a->state == ASKER_WANTS && a->command == command;
	return n;
}

void
control_begin(struct control *c, enum control_command command)
{
	for (struct asker *a = c->askers; a < c->askers + CONTROL_ASKERS; a++)
		if (a->state == ASKER_WANTS && a->command == command)
			a->state = ASKER_ANSWERED;
}

static void
tell(struct control *c, enum control_command command, char mark, const char *text)
{
	for (struct asker *a = c->askers; a < c->askers + CONTROL_ASKERS; a++)
		if (a->state == ASKER_ANSWERED && a->command == command) {
			add_text(a, mark, text);
			send_some(c, a);
		}
}

void
control_say(struct control *c, enum control_command command, const char *text)
{
	tell(c, command, CONTROL_SAY, text);
}

void
control_complain(struct control *c, enum control_command command, const char *text)
{
	tell(c, command, CONTROL_COMPLAIN, text);
}

void
control_finish(struct control *c, enum control_command command, int exit_status)
{
	for (struct asker *a = c->askers; a < c->askers + CONTROL_ASKERS; a++)
		if (a->state == ASKER_ANSWERED && a->command == command)
			finish(c, a, exit_status);
}
