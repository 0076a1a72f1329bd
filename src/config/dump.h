/*
 * dump - a configuration as a file that loads to the same configuration.
 *
 * Every value that holds is there, defaults included, each with the place it was said at in a
 * comment behind it; what was included stands in its place.  Any thread.
 */
#ifndef CONFIG_DUMP_H
#define CONFIG_DUMP_H

#include <stdio.h>

#include "config/config.h"

void config_dump(const struct config *, FILE *);

#endif
