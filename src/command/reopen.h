/*
 * reopen - the server that runs opens its log files anew, after they were renamed.
 *
 * Main thread; the return value is the exit status.
 */
#ifndef COMMAND_REOPEN_H
#define COMMAND_REOPEN_H

/* config_path: NULL = the installed default.  It comes back when nothing more is written into the
 * old files. */
int command_reopen(const char *config_path);

#endif
