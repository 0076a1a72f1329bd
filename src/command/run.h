/*
 * run - the server itself, in the foreground or detached.
 *
 * Main thread; the return value is the exit status.
 */
#ifndef COMMAND_RUN_H
#define COMMAND_RUN_H

#include <stdbool.h>

/* Serves what the file says until it is told to stop.  detach: comes back, in the parent, when the
 * server is ready or has failed.  alone: one process, without a supervisor. */
/* The same process goes on as another program (supervisor_succession.h). */
int command_succeed(const char *config_path);

int command_run(const char *config_path, bool detach, bool alone);

#endif
