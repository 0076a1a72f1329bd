/* encoder_br - see encoder.h; libbrotlienc, RFC 7932. */
#include "config.h"

#include "content/encoder.h"

#include <brotli/encode.h>

static size_t
encode(struct slice in, char *out, size_t cap)
{
	size_t n = cap;

	if (!BrotliEncoderCompress(BROTLI_MAX_QUALITY, BROTLI_MAX_WINDOW_BITS, BROTLI_MODE_GENERIC,
				   in.len, (const uint8_t *)in.p, &n, (uint8_t *)out))
		return 0;
	return n;
}

const struct encoder encoder_br = { CODING_BR, ".br", true, encode };
