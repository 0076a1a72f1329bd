/* call - see call.h. */
#include "config.h"

#include "base/call.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

ssize_t
call_recv(int fd, void *out, size_t cap, int flags)
{
	return syscall(SYS_recvfrom, fd, out, cap, flags, NULL, NULL);
}

ssize_t
call_send(int fd, const void *bytes, size_t len, int flags)
{
	return syscall(SYS_sendto, fd, bytes, len, flags, NULL, 0);
}

ssize_t
call_write(int fd, const void *bytes, size_t len)
{
	return syscall(SYS_write, fd, bytes, len);
}

/* That of epoll_wait(2) is not on every kind of machine. */
int
call_epoll_wait(int fd, struct epoll_event *events, int most, int timeout_ms)
{
	return (int)syscall(SYS_epoll_pwait, fd, events, most, timeout_ms, NULL, sizeof(uint64_t));
}
