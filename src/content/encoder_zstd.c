/* encoder_zstd - see encoder.h; libzstd, RFC 8878. */
#include "config.h"

#include "content/encoder.h"

#include <zstd.h>

#include "base/library.h"

LIBRARY_NOTE("zstd", "precompress writes .zst files", "\"" ZSTD_SONAME "\"");

/* RFC 8878 3.1.1.1.2: decoders in browsers take windows of up to 8 MiB; this level stays below. */
enum { LEVEL = 19 };

static __typeof__(ZSTD_compress) *compress_whole;
static __typeof__(ZSTD_isError) *is_error;

static void
find(struct library *l)
{
	library_find(l, "ZSTD_compress", &compress_whole);
	library_find(l, "ZSTD_isError", &is_error);
}

static struct library zstd = LIBRARY(ZSTD_SONAME, "Zstandard", find);

static const char *
missing(void)
{
	return library_load(&zstd);
}

static size_t
encode(struct slice in, char *out, size_t cap)
{
	size_t n;

	if (missing())
		return 0;
	n = compress_whole(out, cap, in.p, in.len, LEVEL);
	return is_error(n) ? 0 : n;
}

const struct encoder encoder_zstd = { CODING_ZSTD, ".zst", missing, encode };
