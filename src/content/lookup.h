/*
 * lookup - from a path to an open file beneath a document root.
 *
 * A path without a slash at its end must be a file, one with a slash a directory, whose index is
 * looked for.  What was opened is what is looked at and sent: nothing is asked by name twice.
 * One thread.
 */
#ifndef CONTENT_LOOKUP_H
#define CONTENT_LOOKUP_H

#include <sys/stat.h>

#include "content/docroot.h"
#include "content/exchange.h"

/* An open file and what fstat(2) said of it. */
struct found {
	int fd; /* -1 = none; the holder's */
	struct stat st;
	struct slice path; /* below the root */
};

#define FOUND_NONE ((struct found){ .fd = -1 })

/* Harmless when there is none. */
void found_close(struct found *);

enum {
	LOOKUP_FOUND = 0,
	LOOKUP_WANTS_SLASH = 1, /* the path is a directory and should end with a slash */
	LOOKUP_DIRECTORY = 2,	/* a directory without an index that is to be listed */
	LOOKUP_COLD = 3,	/* x->job is needed first: then the same is asked again */
};

/*
 * Looks for the regular file that route->lookup stands for, beneath the root and under the policy
 * of route->scope; with `clean_urls` that may be one with .html behind it.  LOOKUP_FOUND,
 * LOOKUP_WANTS_SLASH, LOOKUP_DIRECTORY (that was opened too), or the status to answer; *reason then
 * says why.
 */
unsigned lookup_find(struct found *, struct exchange *, const struct route *, const char **reason);

/* The same, but LOOKUP_COLD, once for an exchange, where the disk would have to be waited for. */
unsigned lookup_find_cached(struct found *, struct exchange *, const struct route *,
			    const char **reason);

/*
 * Opens exactly that path (relative, NUL-terminated) beneath the same root, under the same policy,
 * whatever it is.  0, or the status that tells why not.
 */
unsigned lookup_open(struct found *, struct exchange *, const struct route *, struct slice path);

/* The same, but LOOKUP_COLD where the disk would have to be waited for; x->job may know others. */
unsigned lookup_open_cached(struct found *, struct exchange *, const struct route *,
			    struct slice path);

/* What the scope says of symbolic links. */
enum docroot_links lookup_links(const struct scope *);

/* The name behind the last slash. */
struct slice lookup_name(struct slice path);

#endif
