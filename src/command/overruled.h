/*
 * overruled - what a nearer level took away from a farther one.
 *
 * `off` decides like any other value, but leaves nothing in the answer to remember its line: here
 * these lines are found again, for `explain`.  One thread.
 */
#ifndef COMMAND_OVERRULED_H
#define COMMAND_OVERRULED_H

#include "config/said.h"
#include "content/exchange.h"

/* The next such line of an exchange that was answered: begin with *at = 0.  False behind the last.
 */
bool overruled_next(const struct exchange *, size_t *at, struct said_line *);

#endif
