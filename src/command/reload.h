/*
 * reload - the server that runs takes its configuration as it stands now, or says why not.
 *
 * Main thread; the return value is the exit status.
 */
#ifndef COMMAND_RELOAD_H
#define COMMAND_RELOAD_H

/* config_path: NULL = the installed default. */
int command_reload(const char *config_path);

#endif
