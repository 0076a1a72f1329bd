/*
 * said - from a line of the configuration back to what it says.
 *
 * Settings remember the line they came from; here is what else that line was: for `explain`, which
 * has the time to look through everything.  Immutable after load; any thread.
 */
#ifndef CONFIG_SAID_H
#define CONFIG_SAID_H

#include "config/config.h"

/* Key and value as dump writes them.  What nobody said has the default, and its origin is built in;
 * without a default the value is empty. */
struct said_line {
	struct slice key, value;
	struct origin at;
};

/* The line at that origin; all empty when no key stands there. */
struct said_line said_at(const struct config *, struct origin);

/*
 * A list remembers its first line only.  Of all its lines the one that has the word, in any case;
 * the first when none has.
 */
struct origin said_word_at(const struct config *, struct origin first, struct slice word);

/* The first line of a key of [server], [gzip] or that [host]. */
struct said_line said_in_server(const struct config *, const char *key);
struct said_line said_in_gzip(const struct config *, const char *key);
struct said_line said_in_host(const struct config *, const struct site *, const char *key);

#endif
