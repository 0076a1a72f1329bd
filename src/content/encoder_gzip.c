/* encoder_gzip - see encoder.h; zlib, RFC 1952. */
#include "config.h"

#include "content/encoder.h"

#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16, MEMORY_LEVEL = 9 };

static size_t
encode(struct slice in, char *out, size_t cap)
{
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)in.p,
		       .avail_in = (uInt)in.len,
		       .next_out = (unsigned char *)out,
		       .avail_out = (uInt)cap };
	size_t n = 0;

	if (in.len > UINT32_MAX || cap > UINT32_MAX ||
	    deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return 0;
	if (deflate(&z, Z_FINISH) == Z_STREAM_END)
		n = cap - z.avail_out;
	deflateEnd(&z);
	return n;
}

const struct encoder encoder_gzip = { CODING_GZIP, ".gz", NULL, encode };
