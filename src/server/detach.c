/* detach - see detach.h. */
#include "config.h"

#include "server/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child's word, or how it ended without one. */
static int
await(int fd, pid_t child)
{
	char word;
	ssize_t n;
	int how;

	do
		n = read(fd, &word, 1);
	while (n == -1 && errno == EINTR);
	close(fd);
	if (n == 1)
		return 0;
	if (waitpid(child, &how, 0) == -1 || !WIFEXITED(how) || WEXITSTATUS(how) == 0)
		return 1;
	return WEXITSTATUS(how);
}

int
detach_fork(struct detach *d, int *status)
{
	int fds[2];
	pid_t child;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return -1;
	child = fork();
	if (child == -1) {
		close(fds[0]);
		close(fds[1]);
		return -1;
	}
	if (child > 0) {
		close(fds[1]);
		d->parent = true;
		*status = await(fds[0], child);
		return 0;
	}
	close(fds[0]);
	d->fd = fds[1];
	detach_open(d);
	setsid();
	return 0;
}

void
detach_open(struct detach *d)
{
	d->null = open("/dev/null", O_RDWR | O_CLOEXEC);
}

void
detach_ready(struct detach *d)
{
	ssize_t n;

	for (int fd = STDIN_FILENO; d->null != -1 && fd <= STDERR_FILENO; fd++)
		dup2(d->null, fd);
	if (d->null > STDERR_FILENO)
		close(d->null);
	d->null = -1;
	if (d->fd == -1)
		return;
	n = write(d->fd, "", 1);
	(void)n; /* a parent that has gone needs no word */
	close(d->fd);
	d->fd = -1;
}
