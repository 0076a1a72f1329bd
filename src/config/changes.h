/*
 * changes - what one configuration says otherwise than another, host by host.
 *
 * For the log of a reload.  What was said is compared, not what it comes to: the order of lines in
 * different sections, comments and the places of lines do not count.  One thread.
 */
#ifndef CONFIG_CHANGES_H
#define CONFIG_CHANGES_H

#include <stdio.h>

#include "config/config.h"

/*
 * A line for each section ("host example.org: changed: root header", "location x: added") and for
 * each file with other contents ("file /etc/x.pem: changed").  Returns how many lines.
 */
unsigned config_changes(const struct config *before, const struct config *after, FILE *);

#endif
