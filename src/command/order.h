/*
 * order - what the commands for a server that runs have in common.
 *
 * They find its control socket by the configuration, ask, and pass on what it answers.  Main
 * thread; the return value is the exit status.
 */
#ifndef COMMAND_ORDER_H
#define COMMAND_ORDER_H

#include <stdbool.h>

#include "server/control.h"

/*
 * Asks the server of that configuration (NULL = the installed default), which need not be good any
 * more, and writes its answer to standard output and standard error as it comes.  until_gone:
 * comes back only when the server's process has ended.
 *
 * The exit status is the server's, or 1 when none answers or it left without an end of its answer;
 * standard error says so, and what can be done.
 */
int order_server(const char *config_path, enum control_command, bool until_gone);

/* The same for a socket that is known, with an absolute path of the configuration or NULL. */
int order_server_at(const char *socket_path, const char *config_path, enum control_command,
		    bool until_gone);

#endif
