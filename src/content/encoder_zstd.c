/* encoder_zstd - see encoder.h; libzstd, RFC 8878. */
#include "config.h"

#include "content/encoder.h"

#include <zstd.h>

/* RFC 8878 3.1.1.1.2: decoders in browsers take windows of up to 8 MiB; this level stays below. */
enum { LEVEL = 19 };

static size_t
encode(struct slice in, char *out, size_t cap)
{
	size_t n = ZSTD_compress(out, cap, in.p, in.len, LEVEL);

	return ZSTD_isError(n) ? 0 : n;
}

const struct encoder encoder_zstd = { CODING_ZSTD, ".zst", true, encode };
