/*
 * call - system calls of the hot path, without what glibc does for pthread_cancel(3).
 *
 * In a process with threads, each recv(2), send(2) and the like of glibc says first that the thread
 * may be cancelled now, and after that it may not: two atomic exchanges, which cost a tenth of a
 * microsecond in each request.  Nobody cancels a thread here.  Everything else is as in section 2
 * of the manual: -1 with errno, EINTR among them.  accept4(2) and close(2) are not here, which no
 * request needs: by those thread sanitizer knows one descriptor from the next of that number.
 */
#ifndef BASE_CALL_H
#define BASE_CALL_H

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>

ssize_t call_recv(int fd, void *out, size_t cap, int flags);
ssize_t call_send(int fd, const void *bytes, size_t len, int flags);
ssize_t call_write(int fd, const void *bytes, size_t len);
int call_epoll_wait(int fd, struct epoll_event *events, int most, int timeout_ms);

#endif
