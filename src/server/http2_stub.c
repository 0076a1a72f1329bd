/* http2_stub - see http2.h: a build without nghttp2, where no connection speaks HTTP/2. */
#include "config.h"

#include "server/http2.h"

const struct driver http2_driver;

void
http2_free_stock(struct worker *w)
{
	(void)w;
}
