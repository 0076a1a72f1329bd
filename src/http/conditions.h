/*
 * conditions - conditional requests (RFC 9110 13).
 *
 * Compares what the client sent with the selected representation's validators.  Pure; any thread.
 */
#ifndef HTTP_CONDITIONS_H
#define HTTP_CONDITIONS_H

#include <time.h>

#include "http/request.h"

struct validators {
	struct slice etag;	/* with its quotes and W/, or none */
	time_t last_modified;
	bool has_last_modified;
	bool strong_date;	/* last_modified tells all versions apart (RFC 9110 8.8.2.2) */
};

enum condition {
	CONDITION_SEND,			/* carry on: 200 or 206 */
	CONDITION_NOT_MODIFIED,		/* 304 */
	CONDITION_FAILED,		/* 412 */
};

/*
 * Evaluates If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since in the
 * precedence of RFC 9110 13.2.2, for a request on an existing representation that would otherwise
 * succeed.  Ignored are dates that do not parse or stand in several lines; an entity-tag that is
 * malformed matches nothing, nor does what follows it in its line.  now: see date_parse().
 */
enum condition conditions_evaluate(const struct request *, const struct validators *, time_t now);

/*
 * May a Range be honoured as far as If-Range goes (RFC 9110 13.1.5)?  True without one; else the
 * tag must match strongly, or the date exactly and be strong.
 */
bool conditions_if_range(const struct request *, const struct validators *, time_t now);

/* Comparison of two entity-tags with their quotes (RFC 9110 8.8.3.2); none equals nothing. */
bool etag_equal_weak(struct slice a, struct slice b);
bool etag_equal_strong(struct slice a, struct slice b);

#endif
