/*
 * signals - how a server hears signals: none is delivered, those that mean something are read.
 *
 * Every signal that could end the process from outside is blocked, in all threads to come; so no
 * code ever runs in a signal handler.  What stops a job at a terminal still does.  Main thread,
 * before any other exists.
 */
#ifndef SERVER_SIGNALS_H
#define SERVER_SIGNALS_H

#include <stddef.h>

/* Blocks them; SIGPIPE is ignored.  0, or -1 with errno. */
int signals_block(void);

/* The same, and a descriptor (signalfd(2), never waited for) to read these from, or -1 with errno.
 */
int signals_open(const int *meant, size_t count);

#endif
