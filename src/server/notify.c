/* notify - see notify.h. */
#include "config.h"

#include "server/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int kept = -1; /* a process has one manager */

/* A socket that leads to the manager, or -1. */
static int
connect_manager(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (len == 0 || len >= sizeof to.sun_path)
		return -1;
	memcpy(to.sun_path, path, len);
	if (path[0] == '@')
		to.sun_path[0] = '\0'; /* the abstract namespace */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd != -1 && connect(fd, (struct sockaddr *)&to,
				(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

void
notify_open(void)
{
	if (kept == -1)
		kept = connect_manager();
}

void
notify_send(const char *fmt, ...)
{
	int fd = kept != -1 ? kept : connect_manager();
	char text[4096];
	va_list ap;

	if (fd == -1)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT); /* nobody waits for a manager */
	if (fd != kept)
		close(fd);
}
