/*
 * status - status codes, their reason phrases and their plain words.
 *
 * Pure functions; any thread.
 */
#ifndef HTTP_STATUS_H
#define HTTP_STATUS_H

#include "base/slice.h"

/* The reason phrase; for a code that is not in status.def the one of its class. */
struct slice status_reason(unsigned code);

/* One or two sentences for the visitor; empty for 1xx, 2xx and 304. */
struct slice status_words(unsigned code);

/* Is the code in status.def? */
bool status_known(unsigned code);

/* May a response of this status have content at all?  RFC 9110 6.4.1: not 1xx, 204, 304. */
bool status_has_content(unsigned code);

#endif
