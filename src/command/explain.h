/*
 * explain - which line of which file decides what a URL gets.
 *
 * Main thread; the return value is the exit status.
 */
#ifndef COMMAND_EXPLAIN_H
#define COMMAND_EXPLAIN_H

#include <stddef.h>

enum { EXPLAIN_FIELDS = 32 };

/*
 * Answers the URL (http://host/path, or /path for the default host) with the server's own code,
 * without sending anything, and prints how it came to that.  from: the address of the client, or
 * "unix".  fields: request fields, "Name: value".  0, or 1 when the configuration or the URL cannot be used.
 */
int command_explain(const char *config_path, const char *url, const char *from,
		    const char *const *fields, size_t field_count);

#endif
