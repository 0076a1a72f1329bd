/*
 * file_cache - what one worker knows of files it has answered with.
 *
 * An entry says what a path leads to under one set of settings, as it was when somebody looked, and
 * keeps a document for each coding it was sent in.  How long that is believed is the user's affair.
 * Bounded by entries, bytes and descriptors; what was used since the last round survives, and a
 * scan of files that are asked for once does not push it out.  One thread.
 */
#ifndef CONTENT_FILE_CACHE_H
#define CONTENT_FILE_CACHE_H

#include <sys/stat.h>

#include "base/list.h"
#include "base/slice.h"
#include "http/coding.h"

struct document;
struct file_cache;
struct location;
struct site;

/* Whose settings hold, and which path is looked up. */
struct file_key {
	const struct site *site;
	const struct location *prefix, *glob;
	bool rewritten;
	struct slice path;
};

/* Which version of which file. */
struct file_identity {
	bool there;
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec mtime, ctime;
};

/*
 * Among thousands of files an entry is not in the processor's cache when it is asked for: what each
 * answer looks at comes first, in two lines of that.
 */
struct file_entry {
	uint64_t hash;		 /* the cache's */
	struct file_entry *next; /* the cache's */
	struct file_key key;	 /* its path is the entry's own */
	int64_t checked_ms;	 /* monotonic, when the file system was asked */
	dev_t root_device;	 /* the root it was asked beneath */
	ino_t root_inode;
	unsigned short status;			 /* LOOKUP_FOUND, or 404 */
	bool kept, used, pinned;		 /* the cache's */
	bool young;				 /* it could have changed without a new time */
	bool on_the_fly;			 /* gzip may be made of it */
	unsigned char beside;			 /* bits of the codings in which there is a file */
	struct document *document[CODING_COUNT]; /* in each coding; NULL = not made yet */

	const char *reason;
	char *path_bytes;			 /* owned; what path is a slice of */
	struct slice path;			 /* of the file, below the root, NUL-terminated */
	struct file_identity file[CODING_COUNT]; /* the file itself, and those beside it */

	/* the cache's: */
	struct link queue;
	size_t bytes, descriptors;
	char bytes_of_key[];
};

struct file_cache_limits {
	size_t entries; /* 0 = nothing is kept */
	size_t bytes;
	size_t descriptors;
};

/* NULL with errno ENOMEM. */
struct file_cache *file_cache_new(const struct file_cache_limits *);

/* Documents that are being sent live on.  NULL is allowed. */
void file_cache_free(struct file_cache *);

/* The entry, or NULL. */
struct file_entry *file_cache_find(struct file_cache *, const struct file_key *);

/* An entry of that key that is not kept; its caller's.  NULL when out of memory. */
struct file_entry *file_entry_new(const struct file_key *);

/* Keeps the entry, unless the cache has no room at all; whoever is there with its key goes. */
void file_cache_keep(struct file_cache *, struct file_entry *);

/* Forgets the entry and frees it, kept or not.  NULL is allowed. */
void file_cache_drop(struct file_cache *, struct file_entry *);

/* From here to file_entry_release() it does not go to make room for others. */
void file_entry_pin(struct file_entry *);

/* Behind its use: frees it if it is not kept.  NULL is allowed. */
void file_entry_release(struct file_entry *);

/* A document of the entry weighs so much more, or less; others go until there is room. */
void file_cache_charge(struct file_cache *, struct file_entry *, ptrdiff_t bytes,
		       ptrdiff_t descriptors);

/* Descriptors have run out: gives one back.  False when there is none.  Preserves errno. */
bool file_cache_give_descriptor(struct file_cache *);

/* May files that could be in memory have descriptors?  Half of them are for others. */
bool file_cache_spares_descriptors(const struct file_cache *);

/* The most that one document's content may weigh to be kept in memory. */
size_t file_cache_content_max(const struct file_cache *);

/* What became of it so far. */
struct file_cache_counts {
	uint64_t known;	 /* answers by what was known */
	uint64_t looked; /* times the file system was asked */
	uint64_t pushed; /* entries that went to make room */
};

/* Counted by whoever looks: was an entry good enough? */
void file_cache_count(struct file_cache *, bool known);

struct file_cache_counts file_cache_counts(const struct file_cache *);

/* How much is kept now, for tests. */
struct file_cache_limits file_cache_usage(const struct file_cache *);

#endif
