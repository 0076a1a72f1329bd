/*
 * budget - who may use how many descriptors.
 *
 * Main thread, at start.
 */
#ifndef SERVER_BUDGET_H
#define SERVER_BUDGET_H

#include <stdbool.h>
#include <stddef.h>

enum {
	BUDGET_REFUSING = 64, /* connections that are turned away at a time, at most */
	BUDGET_LEAST = 9,     /* 8 connections, and one that is turned away */
};

struct budget {
	size_t limit; /* RLIMIT_NOFILE in force: the hard limit */
	size_t fixed; /* needed whatever the load */
	unsigned
		refusing; /* connections that may be turned away at a time: an eighth of the rest */
	unsigned connections; /* at most this many, of three quarters of the rest, at least 8 */
	size_t files;	      /* what remains for files that are being sent */
	bool clamped;	      /* max_connections asked for more */
};

/*
 * Raises the soft limit to the hard one (never that) and divides what it gives.  fixed_to_come:
 * descriptors that will be opened for good on top of those open now.  0, or -1 with errno; EMFILE
 * when not even 8 connections fit, and one to be turned away.
 */
int budget_make(struct budget *, size_t fixed_to_come, unsigned max_connections);

/* The division alone.  Pure. */
void budget_divide(struct budget *, unsigned max_connections);

#endif
