/*
 * encoder - whole buffers in a content coding, as small as it gets.
 *
 * gzip is always there; br and zstd are files that a stub replaces in a build without their
 * library.  Pure; any thread.
 */
#ifndef CONTENT_ENCODER_H
#define CONTENT_ENCODER_H

#include "http/coding.h"

struct encoder {
	enum coding coding;
	const char *suffix; /* ".gz" */
	/* Why its library cannot be loaded, for the user; NULL when it is, or needs none. */
	const char *(*missing)(void);
	/*
	 * Encodes into out, which has room for cap bytes.  The length; 0 when it does not fit or
	 * memory ran out.  The same input always gives the same output.  NULL in a build without.
	 */
	size_t (*encode)(struct slice in, char *out, size_t cap);
};

extern const struct encoder encoder_gzip, encoder_br, encoder_zstd;

#endif
