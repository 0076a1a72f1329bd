/*
 * accept - which media type the client would like best (RFC 9110 12.5.1).
 *
 * Pure; any thread.
 */
#ifndef HTTP_ACCEPT_H
#define HTTP_ACCEPT_H

#include "http/request.h"

/*
 * How much the client likes a type ("text/html", without parameters), in thousandths; 0 = not
 * acceptable.  The most specific range that matches decides: type/subtype, then type/ *, then all;
 * of equals the best.  Parameters other than q are passed over, a malformed member counts as
 * absent.  Without an Accept line everything is acceptable.
 */
unsigned accept_quality(const struct request *, struct slice type);

#endif
