/*
 * serve - one directory, served at once, without any configuration file.
 *
 * Main thread; the return value is the exit status.
 */
#ifndef COMMAND_SERVE_H
#define COMMAND_SERVE_H

/* directory: NULL = the current one.  port: NULL = 8080; text, so that a wrong one gets the words
 * of the configuration. */
int command_serve(const char *directory, const char *port);

#endif
