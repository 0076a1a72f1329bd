/*
 * ini_source - one file, line by line, through inih.
 *
 * Only the lines that are good INI come out, as sections and keys with the place where
 * they stand; what is wrong with the others goes to the problems.  Keys below a broken section
 * header are passed over, so that they cannot land in the section before it.  One thread; may be
 * called from within its own handler (that is how a file includes another).
 */
#ifndef CONFIG_INI_SOURCE_H
#define CONFIG_INI_SOURCE_H

#include "base/slice.h"
#include "config/origin.h"

struct problems;

struct ini_entry {
	struct origin at;
	struct slice line;    /* without indentation and line end */
	struct slice section; /* what stands between the brackets; empty before the first */
	struct slice key;     /* empty: this is the header of the section */
	struct slice value;   /* everything behind '=', blanks and comment too */
};

/* The slices point into the bytes of the file. */
typedef void ini_source_handler(void *user, const struct ini_entry *);

/* file is the name for origins and must outlive them. */
void ini_source_read(const char *file, struct slice bytes, struct problems *, ini_source_handler *,
		     void *user);

#endif
