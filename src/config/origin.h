/*
 * origin - where a value was said.
 *
 * Every value of a configuration remembers its origin; messages, `dump` and `explain` show it.
 * Plain data; any thread.
 */
#ifndef CONFIG_ORIGIN_H
#define CONFIG_ORIGIN_H

struct origin {
	const char *file; /* as opened, lives as long as the configuration; NULL = built in */
	unsigned line;	  /* from 1; 0 = not from a line (built in, or the command line) */
};

#define ORIGIN_BUILTIN ((struct origin){ 0 })

#endif
