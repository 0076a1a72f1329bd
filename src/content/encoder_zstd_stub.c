/* encoder_zstd_stub - see encoder.h: a build without libzstd. */
#include "config.h"

#include "content/encoder.h"

const struct encoder encoder_zstd = { CODING_ZSTD, ".zst", NULL, NULL };
