/*
 * load_base - what every load of tests/bench begins with: time, requests, connections on loopback.
 *
 * Whatever the machine itself refuses ends the program with words.
 */
#ifndef TESTS_BENCH_LOAD_BASE_H
#define TESTS_BENCH_LOAD_BASE_H

#include <stddef.h>
#include <stdint.h>

struct load_request {
	const char *bytes;
	size_t size;
};

struct load_requests {
	struct load_request *each;
	size_t count; /* at least one */
};

/* Says what failed, by errno, and ends with status 1. */
_Noreturn void load_die(const char *what);

/* Monotonic. */
int64_t load_now_ns(void);

/* All of a file, with a NUL behind it; of at most some MiB.  Nobody frees it. */
char *load_read(const char *path, size_t *size);

/* Requests of a file, one behind the other, each ending in an empty line and no longer than max. */
struct load_requests load_requests_read(const char *path, size_t max);

/* A non-blocking socket that connects to that port, registered with epoll for everything, edge-
 * triggered, under that pointer.  Each comes from another address in turn, for want of ports. */
int load_connect(int epoll_fd, uint16_t port, void *p);

/* As many descriptors as the machine allows. */
void load_make_room(void);

#endif
