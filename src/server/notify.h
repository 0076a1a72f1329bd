/*
 * notify - words to the service manager (sd_notify(3), the documented protocol).
 *
 * Does nothing where NOTIFY_SOCKET is not set.  Main thread; errors are of no consequence.
 */
#ifndef SERVER_NOTIFY_H
#define SERVER_NOTIFY_H

/* Gets hold of the manager's socket, while that is still possible.  Without it each
 * notify_send() does so anew. */
void notify_open(void);

/* Sends assignments, one a line: "READY=1\nSTATUS=...". */
void notify_send(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
