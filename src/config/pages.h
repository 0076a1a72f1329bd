/*
 * pages - fixed pages whose media type is not known before all is read.
 *
 * Private to src/config: setter_return.c makes them, mime.c gives them their types.
 */
#ifndef CONFIG_PAGES_H
#define CONFIG_PAGES_H

#include "config/settings.h"

struct place;

struct page {
	struct page *next;
	struct set_return *fixed;
	const struct place *place;
	struct slice type; /* as said; empty = by the file, or text/plain */
	struct slice file; /* where the content came from; empty = from the line */
};

#endif
