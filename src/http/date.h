/*
 * date - HTTP dates (RFC 9110 5.6.7).
 *
 * Always GMT, always English, whatever the locale and the time zone.  Pure; any thread.
 */
#ifndef HTTP_DATE_H
#define HTTP_DATE_H

#include <time.h>

#include "base/slice.h"

enum { DATE_SIZE = 29, DATE_RFC3339_SIZE = 20 };

/* Writes "Sun, 06 Nov 1994 08:49:37 GMT", without a NUL.  Years outside 0-9999 are clamped. */
void date_format(char out[DATE_SIZE], time_t when);

/* Writes "1994-11-06T08:49:37Z" (RFC 3339), without a NUL.  Clamps as date_format(). */
void date_format_rfc3339(char out[DATE_RFC3339_SIZE], time_t when);

/*
 * Parses IMF-fixdate, the RFC 850 form (its year is the last one with these two digits that is at
 * most 50 years after now) and the asctime form.  False for anything else, and for days and
 * times that do not exist.  Second 60 is accepted; the name of the day need not fit.
 */
bool date_parse(struct slice text, time_t now, time_t *out);

#endif
