/*
 * listing_page - how a listing is written: between listing.c, which reads, and the three formats.
 *
 * listing.c gathers what it can keep, asks for the beginning, for a row an entry, and then for
 * what is behind them, piece by piece.  Private to the listing files.  One thread.
 */
#ifndef CONTENT_LISTING_PAGE_H
#define CONTENT_LISTING_PAGE_H

#include "content/escape.h"
#include "content/exchange.h"
#include "content/folder_order.h"

enum {
	LISTING_PIECE = 4096,	   /* bytes of a row, or of any other piece */
	LISTING_EXTRA = 16 * 1024, /* bytes of a README or a header that are shown */
};

/* A file that is shown with the page. */
struct listing_extra {
	const char *name; /* NULL = there is none */
	struct slice text;
	bool cut; /* it is longer than LISTING_EXTRA */
};

struct listing {
	struct slice host, path; /* as in the address of the folder, decoded */
	struct folder_sort sort;
	bool whole; /* all entries were gathered: they are sorted, and counted below */
	size_t folders, files;
	uint64_t bytes;
	size_t rows; /* written so far */
	struct listing_extra header, readme;
	unsigned stage; /* of what is behind the rows; the format's own */
};

struct listing_format {
	const char *name; /* for ?format= */
	struct slice type;
	bool has_extras;
	/* Most bytes that begin can need. */
	size_t (*room)(const struct listing *);
	void (*begin)(const struct listing *, struct text *);
	void (*row)(const struct listing *, const struct folder_entry *, struct text *);
	/* The next piece behind the rows.  False: that was the last. */
	bool (*behind)(struct listing *, struct text *);
};

extern const struct listing_format listing_html, listing_json, listing_text;

/* The names of the keys, as ?sort= has them. */
extern const char *const listing_keys[3];

#endif
