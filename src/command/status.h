/*
 * status - how the server is that runs.
 *
 * Main thread; the return value is the exit status.
 */
#ifndef COMMAND_STATUS_H
#define COMMAND_STATUS_H

#include <stdbool.h>

/* config_path: NULL = the installed default.  json: for programs. */
int command_status(const char *config_path, bool json);

#endif
