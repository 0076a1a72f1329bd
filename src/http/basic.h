/*
 * basic - the credentials of HTTP's Basic authentication (RFC 7617).
 *
 * Pure; any thread.
 */
#ifndef HTTP_BASIC_H
#define HTTP_BASIC_H

#include "base/slice.h"

enum { BASIC_MAX = 1024 }; /* bytes of user-id, colon and password */

struct basic {
	struct slice user, password;
	char bytes[BASIC_MAX]; /* which they are slices of */
};

/*
 * Reads the value of an Authorization field.  False when it is of another scheme, no good base64
 * (RFC 4648 4), without a colon, longer than BASIC_MAX, or has control characters (RFC 7617 2).
 */
bool basic_parse(struct basic *, struct slice field);

#endif
