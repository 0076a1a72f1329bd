/*
 * glance - one value out of a configuration that may be broken.
 *
 * For who wants to speak to a server that runs, whatever its file looks like by now.  Reads the
 * file and what it includes, and passes over everything that is wrong.  One thread.
 */
#ifndef CONFIG_GLANCE_H
#define CONFIG_GLANCE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The first word that stands behind KEY in [server], of the first line that says it, into out; ""
 * for `off`.  path: NULL = the installed default.  False when nobody says it, or it does not fit:
 * then out is the built-in default.
 */
bool config_glance(const char *path, const char *key, char *out, size_t cap);

#endif
