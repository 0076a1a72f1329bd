/* encoder_br_stub - see encoder.h: a build without libbrotlienc. */
#include "config.h"

#include "content/encoder.h"

const struct encoder encoder_br = { CODING_BR, ".br", NULL, NULL };
