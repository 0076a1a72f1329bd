/* encoder_br - see encoder.h; libbrotlienc, RFC 7932. */
#include "config.h"

#include "content/encoder.h"

#include <brotli/encode.h>

#include "base/library.h"

LIBRARY_NOTE("br", "precompress writes .br files", "\"" BROTLI_SONAME "\"");

static __typeof__(BrotliEncoderCompress) *compress_whole;

static void
find(struct library *l)
{
	library_find(l, "BrotliEncoderCompress", &compress_whole);
}

static struct library brotli = LIBRARY(BROTLI_SONAME, "Brotli", find);

static const char *
missing(void)
{
	return library_load(&brotli);
}

static size_t
encode(struct slice in, char *out, size_t cap)
{
	size_t n = cap;

	if (missing() ||
	    !compress_whole(BROTLI_MAX_QUALITY, BROTLI_MAX_WINDOW_BITS, BROTLI_MODE_GENERIC, in.len,
			    (const uint8_t *)in.p, &n, (uint8_t *)out))
		return 0;
	return n;
}

const struct encoder encoder_br = { CODING_BR, ".br", missing, encode };
