/*
 * signed_link - `signed_links`: addresses that whoever has the secret hands out for a while.
 *
 * Such an address has ?expires=SECONDS&signature=HEX behind its path, among whatever else: the
 * second since 1970 in which it ends, and the HMAC-SHA-256 (RFC 2104) of the path as it is without
 * percent-encoding, a line feed, and those SECONDS.  Any thread.
 */
#ifndef CONTENT_SIGNED_LINK_H
#define CONTENT_SIGNED_LINK_H

#include <time.h>

#include "config/settings.h"

/*
 * Was the link made with one of the secrets, and does it still hold?  NULL, or why not.  The list
 * may be NULL or off: then all links are good.
 */
const char *signed_link_check(const struct set_words *secrets, struct slice path,
			      struct slice query, time_t now);

#endif
