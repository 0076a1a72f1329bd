/*
 * folder - what lies in a directory, under the policy that serving has.
 *
 * Names, types, sizes and times of what could be asked for: regular files and directories whose
 * names are not hidden, and symbolic links to such where they are followed.  A name with a control
 * byte is in no URL and passed over.  Each call does a bounded amount of work.  One thread.
 */
#ifndef CONTENT_FOLDER_H
#define CONTENT_FOLDER_H

#include "content/docroot.h"

struct folder_entry {
	struct slice name; /* good until the next call */
	bool directory;
	uint64_t size; /* bytes; 0 for a directory */
	int64_t time;  /* of the last change, in seconds */
};

enum { FOLDER_BUFFER = 8192 };

struct folder {
	int fd;			    /* owned */
	const struct docroot *root; /* must outlive the folder */
	const char *path;	    /* below the root: empty or with a slash at its end */
	enum docroot_links links;
	bool hidden;	/* show hidden names too */
	size_t at, len; /* of buffer */
	_Alignas(8) char buffer[FOLDER_BUFFER];
};

enum folder_read {
	FOLDER_ENTRY,
	FOLDER_PASSED, /* something that is not listed: ask again */
	FOLDER_END,
	FOLDER_BROKEN, /* the rest cannot be read */
};

/* At most one read of the directory, and one look at one name. */
enum folder_read folder_read(struct folder *, struct folder_entry *);

void folder_close(struct folder *);

#endif
