/* http2_library_stub - see http2_library.h: a build without nghttp2. */
#include "config.h"

#include "http/http2_library.h"

#include <stddef.h>

const char *
http2_library(void)
{
	return NULL;
}
