/*
 * document - a file in one coding, as it is answered: validators, fields, content.
 *
 * Made once and then shared by every answer until the file is another one.  Small contents are in
 * memory, and so is what was compressed; a larger file is kept open.  Whoever sends it holds it, so
 * that the cache may forget it meanwhile.  One thread.
 */
#ifndef CONTENT_DOCUMENT_H
#define CONTENT_DOCUMENT_H

#include "content/file_blocks.h"
#include "content/file_cache.h"
#include "content/lookup.h"
#include "content/representation.h"

/* Before a content in memory there is room for a head, so that both can leave as one piece. */
enum { DOCUMENT_FRONT = 512 };

/* What each answer looks at comes first, as in struct file_entry. */
struct document {
	unsigned holders;
	int fd;			 /* -1 = closed: the content is here, or the file is opened again */
	struct slice content;	 /* .p is NULL when it is not in memory */
	struct body_front front; /* its bytes are owned, with the content behind them */
	struct slice lines;	 /* of the 200 with all of the content, once its length is known */
	struct slice path;	 /* of the file that has the bytes, NUL-terminated */
	uint64_t file_size;	 /* of the file itself, whose coding this is */
	struct representation rep;
	struct field_block whole, not_modified; /* for 200 and 206, and for 304; .fields is NULL
						   where they depend on the request */
	struct file_entry *entry;		/* NULL when it was forgotten */
	struct file_cache *cache;
	struct file_blocks *blocks; /* owned: pieces of the content in memory; or NULL */
	bool in_blocks;		    /* it may have some */
	struct file_identity id;    /* its version */
	struct stat st;
	struct arena arena;
};

/*
 * A document of an open file, with one holder; its validators are made here.  x->response is used
 * on the way.  Takes the descriptor of f on success.  NULL: x->job is needed first, or there is no
 * memory.
 */
struct document *document_new(struct exchange *, struct representation *, struct found *f);

/* Fetches what answers look at into the processor's cache.  NULL is allowed. */
static inline void
document_prefetch(const struct document *d)
{
	__builtin_prefetch(d);
	__builtin_prefetch((const char *)d + 64);
}

/* Before an answer from a document that was there: false when x->job is needed first. */
bool document_prepare(struct document *, struct exchange *);

void document_hold(struct document *);
/* NULL is allowed. */
void document_release(struct document *);

/* Begins x->response, with the fields of that status: 200, 206 or 304.  The exchange holds it now.
 */
void document_begin_response(struct document *, struct exchange *, unsigned status);

/* Makes x->response the 200 with all of the content, which is at hand. */
void document_respond_whole(struct document *, struct exchange *);

/*
 * Gives it that part of the content, whose bytes are at hand: in memory, or in an open file.  The
 * exchange holds the document.
 */
void document_attach(struct document *, struct exchange *, uint64_t at, uint64_t length);

/* Opens the file for a body that reads by itself.  False when it is another version by now, or
 * fails. */
bool document_open(struct found *, struct exchange *, const struct document *);

/* Bytes of memory, about. */
size_t document_weight(const struct document *);

/*
 * What was compressed of it on the way becomes its content: len bytes behind DOCUMENT_FRONT others.
 * Takes the bytes, which malloc() gave.
 */
void document_take_content(struct document *, char *bytes, size_t len);

/* What fstat(2) says that tells versions apart. */
struct file_identity file_identity_of(const struct stat *);
bool file_identity_equal(const struct file_identity *, const struct file_identity *);

#endif
