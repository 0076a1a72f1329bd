/*
 * child - parts of a test that change the process for good run in one of their own.
 */
#ifndef UNIT_CHILD_H
#define UNIT_CHILD_H

#include "check.h"

#include <sys/wait.h>
#include <unistd.h>

/* Runs f in a child, which exits with what it returns; how that ended, as waitpid(2) says it. */
static inline int
child_status(int (*f)(void))
{
	pid_t child = fork();
	int status;

	assert_int_not_equal(child, -1);
	if (child == 0)
		_exit(f());
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

#endif
