/*
 * landlock - what the process may still reach by path, TCP port and signal, by the kernel's own
 * rules (landlock(7)).
 *
 * Everything is refused that is not allowed one by one between open and enforce.  What the kernel
 * does not know yet is left out: landlock_abi() tells.  Descriptors that are open already keep what
 * they could.  Main thread, before any other exists.
 */
#ifndef SERVER_LANDLOCK_H
#define SERVER_LANDLOCK_H

#include <stdint.h>

/* Parts of a fence; each needs a kernel that has it. */
enum {
	LANDLOCK_FILES = 1 << 0,  /* ABI 1, Linux 5.13; truncation from 6.2, devices from 6.10 */
	LANDLOCK_TCP = 1 << 1,	  /* ABI 4, Linux 6.7: no bind, no connect */
	LANDLOCK_OTHERS = 1 << 2, /* ABI 6, Linux 6.12: no signal and no abstract unix socket of
				     processes outside */
	LANDLOCK_ALL = LANDLOCK_FILES | LANDLOCK_TCP | LANDLOCK_OTHERS,
};

/* What may be done with a file, or with everything below a folder. */
enum {
	LANDLOCK_READ = 1 << 0,	  /* and list */
	LANDLOCK_APPEND = 1 << 1, /* open for writing; make files */
	LANDLOCK_REMOVE = 1 << 2, /* take names of files away */
};

struct landlock {
	int fd;		/* of the rules; -1 = none */
	unsigned parts; /* those that the kernel has */
	uint64_t files; /* the rights it knows */
};

#define LANDLOCK_NONE ((struct landlock){ .fd = -1 })

/* The kernel's version of it, 0 when it has none, or does not use it. */
int landlock_abi(void);

/* Begins a fence of those parts.  0, or -1 with errno: ENOSYS, or EOPNOTSUPP where it is not in
 * use. */
int landlock_open(struct landlock *, unsigned parts);

/* Allows something.  0, also for what no rule can speak of and none needs, like a pipe; -1 with
 * errno when the path leads nowhere. */
int landlock_allow(struct landlock *, const char *path, unsigned what);

/* From here on it holds, for this thread and all it makes, for good.  NO_NEW_PRIVS must be set.
 * 0, or -1 with errno; the rules are closed in any case. */
int landlock_enforce(struct landlock *);

#endif
