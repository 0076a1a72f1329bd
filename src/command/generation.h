/*
 * generation - a generation of the server, as its supervisor starts it.
 *
 * Nobody else does: descriptor CHANNEL_NUMBER is the way to the supervisor.  Main thread; the
 * return value is the exit status.
 */
#ifndef COMMAND_GENERATION_H
#define COMMAND_GENERATION_H

/* NULL = the installed default. */
int command_generation(const char *config_path);

#endif
