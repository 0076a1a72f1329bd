/* http2_library - see http2_library.h. */
#include "config.h"

#include "http/http2_library.h"

#include <nghttp2/nghttp2ver.h>

const char *
http2_library(void)
{
	return "nghttp2 " NGHTTP2_VERSION;
}
