/* x509_names - see x509.h: what needs no library. */
#include "config.h"

#include "base/x509.h"

static bool
covers(struct slice name, struct slice host)
{
	size_t dot = slice_find(host, '.');

	if (slice_equal_nocase(name, host))
		return true;
	return slice_starts(name, SLICE("*.")) && dot > 0 && dot < host.len &&
	       slice_equal_nocase(slice_after(name, 1), slice_after(host, dot));
}

bool
x509_covers(const struct slice *names, size_t count, struct slice host)
{
	if (slice_starts(host, SLICE("["))) /* IPv6: certificates have no brackets */
		host = slice_head(slice_after(host, 1), host.len - 2);
	for (size_t i = 0; i < count; i++)
		if (covers(names[i], host))
			return true;
	return false;
}
