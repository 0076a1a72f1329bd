/*
 * holder - see holder.h.
 *
 * Standard streams are every process's own; all else is asked of whoever holds it.
 */
#include "config.h"

#include "server/holder.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/holder_ways.h"

void
holder_free(struct holder *h)
{
	if (h)
		h->ways->free(h);
}

const char *
holder_words(const struct holder *h)
{
	return h->words;
}

int
holder_listener(struct holder *h, const struct address *wanted, unsigned backlog)
{
	h->words[0] = '\0';
	return h->ways->listener(h, wanted, backlog);
}

void
holder_close_listener(struct holder *h, int fd)
{
	if (fd != -1)
		h->ways->close_listener(h, fd);
}

/*
 * A second way into the same pipe or terminal, so that O_NONBLOCK does not reach those who share
 * the first.  -1 for anything else: a socket (the journal's) cannot be opened again and is sent to
 * without waiting; a file shares its offset with whoever else writes to it.
 */
static int
open_again(int standard)
{
	char path[32];
	struct stat st;

	if (fstat(standard, &st) == -1 || !(S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)))
		return -1;
	snprintf(path, sizeof path, "/proc/self/fd/%d", standard);
	return open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

static int
open_standard_output(void)
{
	int fd = open_again(STDOUT_FILENO);

	return fd != -1 ? fd : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

int
holder_log(struct holder *h, const char *path, uid_t owner, enum holder_log_kind kind)
{
	int fd;

	if (*path != '\0')
		return h->ways->log(h, path, owner, kind);
	fd = kind == HOLDER_ACCESS_LOG ? open_standard_output() : open_again(STDERR_FILENO);
	if (h->ways->standard)
		h->ways->standard(h, kind);
	return fd;
}

int
holder_pidfile(struct holder *h, const char *path, pid_t *other)
{
	h->words[0] = '\0';
	*other = 0;
	return h->ways->pidfile(h, path, other);
}

int
holder_control(struct holder *h, const char *path)
{
	h->words[0] = '\0';
	return h->ways->control ? h->ways->control(h, path) : 0;
}

bool
holder_next_unclaimed(struct holder *h, size_t *at, struct address *a)
{
	return h->ways->next_unclaimed(h, at, a);
}
