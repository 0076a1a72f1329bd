/*
 * check - is the configuration good, and would a start on this machine find what it needs?
 *
 * Reads it, says so, and does nothing else whatever.
 */
#ifndef COMMAND_CHECK_H
#define COMMAND_CHECK_H

/* NULL = the installed default.  The exit status: 0 good, 1 not. */
int command_check(const char *config_path);

#endif
