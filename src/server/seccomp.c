/*
 * seccomp - see seccomp.h.
 *
 * A list of what is allowed, and not of what is forbidden: a server of files needs a fifth of what
 * the kernel offers, and what a future kernel adds is not offered to whoever breaks in.  The price
 * is that the C library may take another call for the same thing tomorrow.  So the list has the
 * cousins too (epoll_wait and epoll_pwait and epoll_pwait2), for other versions of glibc and for
 * musl; and what is newer than this file fails with ENOSYS, on which libraries fall back to what
 * they did before.  All else fails with EPERM.  A refused call ends nothing: it is an error like
 * any other, and where it is not expected it is logged.
 *
 * What the filter is for is that a process which was taken over starts no program, makes no socket,
 * no other process, no executable memory, and reaches nothing of the kernel that has been a way to
 * root so often: namespaces, mounts, keys, bpf, io_uring, perf, ptrace.  Which files it opens is
 * Landlock's concern (server/landlock.c): a filter sees numbers and no paths.
 *
 * The filter is a program of two instructions for each call, in the order of seccomp.def.  Since
 * Linux 5.11 the kernel runs it once for each number beforehand and then asks one bit for what is
 * allowed without looking at arguments; before that, a call costs as much as it stands far down.
 */
#include "config.h"

#include "server/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#if defined __x86_64__ && !defined __ILP32__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined __aarch64__ && defined __AARCH64EL__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE 0 /* not known here: no filter */
#endif

/* The highest number that was looked at when seccomp.def was written (Linux 6.18). */
enum { NEWEST = 470 };

/* Numbers of x32, which the processor's mode does not tell from those of x86_64. */
enum { X32_BIT = 0x40000000 };

#define CLONE_OF_NAMESPACES                                                                        \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
	 CLONE_NEWPID | CLONE_NEWNET)
#define NAME_MEMORY 0x53564d41 /* PR_SET_VMA, which newer C libraries name their memory with */

/*
 * What this architecture, or its header, does not have.  ABSENT makes no rule.
 */
enum { ABSENT = -1 };
#ifndef __NR_access
#define __NR_access ABSENT
#endif
#ifndef __NR_dup2
#define __NR_dup2 ABSENT
#endif
#ifndef __NR_epoll_wait
#define __NR_epoll_wait ABSENT
#endif
#ifndef __NR_getrlimit
#define __NR_getrlimit ABSENT
#endif
#ifndef __NR_lstat
#define __NR_lstat ABSENT
#endif
#ifndef __NR_open
#define __NR_open ABSENT
#endif
#ifndef __NR_poll
#define __NR_poll ABSENT
#endif
#ifndef __NR_readlink
#define __NR_readlink ABSENT
#endif
#ifndef __NR_select
#define __NR_select ABSENT
#endif
#ifndef __NR_stat
#define __NR_stat ABSENT
#endif
#ifndef __NR_time
#define __NR_time ABSENT
#endif
#ifndef __NR_unlink
#define __NR_unlink ABSENT
#endif
/* Where the header is older than the kernel: these numbers are those of every architecture. */
#ifndef __NR_rseq
#define __NR_rseq (ARCHITECTURE == AUDIT_ARCH_X86_64 ? 334 : 293)
#endif
#ifndef __NR_clone3
#define __NR_clone3 435
#endif
#ifndef __NR_openat2
#define __NR_openat2 437
#endif
#ifndef __NR_faccessat2
#define __NR_faccessat2 439
#endif
#ifndef __NR_epoll_pwait2
#define __NR_epoll_pwait2 441
#endif

enum { ALWAYS, ALONE, UNKNOWN };

struct rule {
	int call;
	int when;
	int arg; /* -1 = not looked at */
	uint32_t mask, value;
};

#define ERROR(number) (SECCOMP_RET_ERRNO | (number))
#define MAX_CODE      1024

struct program {
	struct sock_filter code[MAX_CODE];
	unsigned short len;
	int allowed; /* calls, or calls with certain arguments */
};

static void
add(struct program *p, unsigned code, uint32_t k, unsigned char jt, unsigned char jf)
{
	if (p->len < MAX_CODE)
		p->code[p->len++] = (struct sock_filter)BPF_JUMP((unsigned short)code, k, jt, jf);
}

static void
load(struct program *p, size_t offset)
{
	add(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void
end(struct program *p, uint32_t action)
{
	add(p, BPF_RET | BPF_K, action, 0, 0);
}

/* The lower half of an argument: both architectures keep it first. */
static size_t
argument(int n)
{
	return offsetof(struct seccomp_data, args) + (size_t)n * sizeof(uint64_t);
}

/* The number of the call is loaded, before and behind. */
static void
add_rule(struct program *p, const struct rule *r)
{
	uint32_t action = r->when == UNKNOWN ? ERROR(ENOSYS) : SECCOMP_RET_ALLOW;

	if (r->arg == -1) {
		add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)r->call, 0, 1);
		end(p, action);
		return;
	}
	add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)r->call, 0, 5);
	load(p, argument(r->arg));
	add(p, BPF_ALU | BPF_AND | BPF_K, r->mask, 0, 0);
	add(p, BPF_JMP | BPF_JEQ | BPF_K, r->value, 0, 1);
	end(p, action);
	load(p, offsetof(struct seccomp_data, nr));
}

static void
add_rules(struct program *p, bool alone)
{
	const struct rule rules[] = {
#define SYSTEM_CALL(name)		       { __NR_##name, ALWAYS, -1, 0, 0 },
#define SYSTEM_CALL_ALONE(name)		       { __NR_##name, ALONE, -1, 0, 0 },
#define SYSTEM_CALL_IF(name, arg, mask, value) { __NR_##name, ALWAYS, arg, mask, value },
#define SYSTEM_CALL_UNKNOWN(name)	       { __NR_##name, UNKNOWN, -1, 0, 0 },
#include "server/seccomp.def"
	};

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		if (rules[i].call == ABSENT || (rules[i].when == ALONE && !alone))
			continue;
		add_rule(p, &rules[i]);
		p->allowed += rules[i].when != UNKNOWN;
	}
}

static void
write_program(struct program *p, bool alone)
{
	load(p, offsetof(struct seccomp_data, arch));
	add(p, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	end(p, ERROR(EPERM));
	load(p, offsetof(struct seccomp_data, nr));
	if (ARCHITECTURE == AUDIT_ARCH_X86_64) {
		add(p, BPF_JMP | BPF_JSET | BPF_K, X32_BIT, 0, 1);
		end(p, ERROR(EPERM));
	}
	add_rules(p, alone);
	add(p, BPF_JMP | BPF_JGT | BPF_K, NEWEST, 0, 1);
	end(p, ERROR(ENOSYS));
	end(p, ERROR(EPERM));
}

int
seccomp_enforce(bool alone, bool log)
{
	struct program p = { .len = 0 };
	struct sock_fprog filter = { .filter = p.code };

	if (ARCHITECTURE == 0) {
		errno = ENOTSUP;
		return -1;
	}
	write_program(&p, alone);
	if (p.len == MAX_CODE) {
		errno = E2BIG;
		return -1;
	}
	filter.len = p.len;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, log ? SECCOMP_FILTER_FLAG_LOG : 0u,
		    &filter) == -1)
		return -1;
	return p.allowed;
}
