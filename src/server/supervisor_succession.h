/*
 * supervisor_succession - a supervisor becomes another program, and stays the same process.
 *
 * Private to the files supervisor*.c, but for the layout, which generations tell.
 */
#ifndef SERVER_SUPERVISOR_SUCCESSION_H
#define SERVER_SUPERVISOR_SUCCESSION_H

#include <stdbool.h>

struct supervisor;

/* A number for what is handed on: programs with the same understand each other. */
unsigned succession_layout(void);

/* Is there another program where ours was, whose generation serves and understands us? */
bool succession_is_due(const struct supervisor *);

/* Becomes that program.  Comes back when it cannot be executed: the error log has been told. */
void succession_run(struct supervisor *);

/* The successor takes all over.  False when there is nothing, or out of memory. */
bool succession_take(struct supervisor *);

#endif
