/*
 * representation - a file as HTTP sees it: its type, its validators, its coding.
 *
 * Made from an open file and the scope that holds for it; everything it points to lives in the
 * exchange's arena.  One thread.
 */
#ifndef CONTENT_REPRESENTATION_H
#define CONTENT_REPRESENTATION_H

#include <sys/stat.h>

#include "content/exchange.h"
#include "http/coding.h"
#include "http/conditions.h"

struct representation {
	struct slice type; /* with its charset */
	struct origin type_at, charset_at;
	bool codable;		      /* a file of this type may be sent in a coding at all */
	bool made_on_the_fly;	      /* the coding: its bytes are not known beforehand */
	bool negotiable;	      /* would be sent in another coding to another client */
	enum coding coding;	      /* the one for this client */
	struct validators validators; /* of that coding */
	struct origin etag_at;	      /* who said `etag`, for `explain` */
	struct slice cache_control;   /* or none */
	uint64_t size;		      /* of the file */
};

/* Type and charset of a file by its name. */
void representation_type(struct representation *, struct exchange *, const struct scope *,
			 struct slice name);

/*
 * The validators of the coding, from the open file that has its bytes.  False when x->job is needed
 * for them: then all of it is done again.
 */
bool representation_validate(struct representation *, struct exchange *, int fd,
			     const struct stat *);

/* May gzip be made of it on the way? */
bool representation_is_worth_gzip(const struct representation *, const struct exchange *);

/* Can its bytes no longer change without a new time? */
bool representation_is_settled(const struct stat *, const struct timespec *now);

/* All of it for the exchange's route, but for the coding and the validators. */
void representation_init(struct representation *, struct exchange *, const struct stat *,
			 struct slice name);

/* Adds Content-Type, Last-Modified, ETag, Cache-Control, Content-Encoding, Vary: for 200 and, but
 * for the type and coding, 304 (RFC 9110 15.4.5). */
void representation_add_fields(const struct representation *, struct exchange *);

#endif
