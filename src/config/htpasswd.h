/*
 * htpasswd - a file of names and password hashes, read when the configuration is.
 *
 * A line is NAME:HASH, the hash as crypt(3) has it; empty lines and those that begin with '#' say
 * nothing.  Only methods that are slow to guess are taken: yescrypt, scrypt, bcrypt, SHA-512 and
 * SHA-256.  Immutable after load; any thread.
 */
#ifndef CONFIG_HTPASSWD_H
#define CONFIG_HTPASSWD_H

#include "base/slice.h"

struct loader;

struct htpasswd_user {
	struct slice name;
	struct slice hash; /* NUL-terminated */
	unsigned line;
};

struct htpasswd {
	struct slice path; /* NUL-terminated */
	size_t index;	   /* of all such files: what is known of one is not of another */
	const struct htpasswd_user *users; /* sorted by name; one at least */
	size_t count;
};

/*
 * Reads the file, once however often it is named.  NULL, or the words for the user; what is wrong
 * in its lines goes to the problems.
 */
const char *htpasswd_load(struct loader *, struct slice path, const struct htpasswd **out);

/* The user, or NULL. */
const struct htpasswd_user *htpasswd_find(const struct htpasswd *, struct slice name);

#endif
