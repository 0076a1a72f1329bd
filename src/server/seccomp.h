/*
 * seccomp - the system calls that the process may still make (seccomp(2)).
 *
 * Main thread, before any other exists; holds for all threads to come, for good.
 */
#ifndef SERVER_SECCOMP_H
#define SERVER_SECCOMP_H

#include <stdbool.h>

/*
 * Whatever seccomp.def does not list fails from here on.  alone: nobody else takes away the pid
 * file and unix sockets, so names may be removed.  log: the kernel's log shows what was refused.
 * NO_NEW_PRIVS must be set.  How many calls are allowed, or -1 with errno: ENOTSUP for an
 * architecture that is not known here, ENOSYS or EINVAL for a kernel without it.
 */
int seccomp_enforce(bool alone, bool log);

#endif
