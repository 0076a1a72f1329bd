/*
 * stop - the server that runs finishes what is in flight and leaves.
 *
 * Main thread; the return value is the exit status.
 */
#ifndef COMMAND_STOP_H
#define COMMAND_STOP_H

/* config_path: NULL = the installed default.  It comes back when the server has left. */
int command_stop(const char *config_path);

#endif
