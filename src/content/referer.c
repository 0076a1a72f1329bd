/* referer - see referer.h. */
#include "config.h"

#include "content/referer.h"

#include "http/uri.h"

/* The host in an absolute URI (RFC 9110 10.1.3). */
static bool
find_host(struct host *host, struct slice uri)
{
	size_t n = 0;

	if (slice_starts(uri, SLICE("https://")))
		uri = slice_after(uri, 8);
	else if (slice_starts(uri, SLICE("http://")))
		uri = slice_after(uri, 7);
	else
		return false;
	while (n < uri.len && uri.p[n] != '/' && uri.p[n] != '?' && uri.p[n] != '#')
		n++;
	return uri_parse_host(host, slice_head(uri, n));
}

/* "*.example.net" is every name below that. */
static bool
matches(struct slice pattern, struct slice name)
{
	struct slice suffix = slice_after(pattern, 1);

	if (!slice_starts(pattern, SLICE("*.")))
		return slice_equal_nocase(pattern, name);
	return name.len > suffix.len &&
	       slice_equal_nocase(slice_after(name, name.len - suffix.len), suffix);
}

const struct slice *
referer_find(const struct set_words *allowed, struct slice referer)
{
	struct host host;
	bool none = referer.len == 0;

	if (!allowed || (!none && !find_host(&host, referer)))
		return NULL;
	for (size_t i = 0; i < allowed->count; i++) {
		bool is_none = slice_equal(allowed->words[i], SLICE("none"));

		if (none ? is_none : !is_none && matches(allowed->words[i], host.name))
			return &allowed->words[i];
	}
	return NULL;
}

bool
referer_allowed(const struct set_words *allowed, struct slice referer)
{
	return !allowed || allowed->count == 0 || referer_find(allowed, referer);
}
