/*
 * Queries: signed links, and where a Referer comes from.  The first line is a path, the second a
 * query, the third a Referer.
 *
 * A link is good only when a reader who splits at '&' finds one signature, one end, and they are
 * right; one made here is good until its end and not a second longer, and never for another path.
 */
#include "config.h"

#include "base/digest.h"
#include "content/referer.h"
#include "content/signed_link.h"
#include "lines.h"

static const time_t now = 1795600000;
static const struct slice words[] = { SLICE("a secret of sixteen"), SLICE("the one before it") };
static const struct set_words secrets = { .words = words, .count = 2 };

/* The signature of the path until then.  False in a build without a digest. */
static bool
sign(struct slice secret, struct slice path, struct slice until, char hex[2 * DIGEST_SIZE + 1])
{
	char *text = malloc(path.len + 1 + until.len);
	unsigned char digest[DIGEST_SIZE];
	bool good;

	require(text);
	memcpy(text, path.p, path.len);
	text[path.len] = '\n';
	memcpy(text + path.len + 1, until.p, until.len);
	good = digest_hmac(secret, slice_from(text, path.len + 1 + until.len), digest);
	for (size_t i = 0; good && i < DIGEST_SIZE; i++)
		sprintf(hex + 2 * i, "%02x", digest[i]);
	free(text);
	return good;
}

static struct slice
naive_value(struct slice query, struct slice name)
{
	struct slice value = SLICE_NONE;
	unsigned count = 0;

	while (query.len > 0) {
		struct slice one = slice_head(query, slice_find(query, '&'));
		size_t equals = slice_find(one, '=');

		if (slice_equal(slice_head(one, equals), name) && equals < one.len) {
			count++;
			value = slice_after(one, equals + 1);
		}
		query = slice_after(query, one.len + 1);
	}
	return count == 1 ? value : SLICE_NONE;
}

static void
check_query(struct slice path, struct slice query)
{
	const char *words_for_it = signed_link_check(&secrets, path, query, now);
	struct slice until = naive_value(query, SLICE("expires"));
	struct slice hex = naive_value(query, SLICE("signature"));
	char right[2 * DIGEST_SIZE + 1];
	uint64_t seconds;
	bool good = false;

	if (words_for_it)
		return;
	require(slice_to_number(until, INT64_MAX, &seconds) && seconds > (uint64_t)now);
	for (size_t i = 0; i < 2; i++)
		good |= sign(words[i], path, until, right) &&
			slice_equal_nocase(hex, slice_from(right, 2 * DIGEST_SIZE));
	require(good);
}

static void
check_made(struct slice path)
{
	char until[24], hex[2 * DIGEST_SIZE + 1], query[256];
	struct slice q;
	char *other;

	snprintf(until, sizeof until, "%lld", (long long)now + 1);
	if (path.len == 0 || path.len > 4000 || !sign(words[1], path, slice_of(until), hex))
		return;
	snprintf(query, sizeof query, "a=b&signature=%s&c&expires=%s", hex, until);
	q = slice_of(query);
	require(!signed_link_check(&secrets, path, q, now));
	require(signed_link_check(&secrets, path, q, now + 1));
	require(signed_link_check(&secrets, path, slice_head(q, q.len - 1), now));
	other = fuzz_copy(path);
	other[path.len / 2] ^= 1;
	require(signed_link_check(&secrets, slice_from(other, path.len), q, now));
	free(other);
}

static void
check_referer(struct slice referer)
{
	static const struct slice hosts[] = { SLICE("example.org"), SLICE("*.example.net"),
					      SLICE("none") };
	static const struct set_words list = { .words = hosts, .count = 3 };
	const struct slice *found = referer_find(&list, referer);
	size_t slashes = slice_starts(referer, SLICE("https://")) ? 8 : 7;
	struct slice rest = slice_after(referer, slashes);
	size_t n = 0;

	require(referer_allowed(&list, referer) == (found != NULL));
	if (referer.len == 0)
		require(found == &hosts[2]);
	if (!found || referer.len == 0)
		return;
	require(slice_starts(referer, SLICE("http://")) || slashes == 8);
	while (n < rest.len && rest.p[n] != '/' && rest.p[n] != '?' && rest.p[n] != '#')
		n++;
	rest = slice_head(rest, n);
	rest = slice_head(rest, slice_find(rest, ':'));
	if (slice_ends(rest, SLICE(".")))
		rest.len--;
	require(slice_find(rest, '@') == rest.len);
	if (found == &hosts[0])
		require(slice_equal_nocase(rest, hosts[0]));
	else
		require(rest.len > 12 && slice_equal_nocase(slice_after(rest, rest.len - 12),
							    SLICE(".example.net")));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = fuzz_slice(data, size), path = SLICE_NONE, query = SLICE_NONE;
	char *copy = fuzz_copy(input);

	input.p = copy;
	if (lines_next(&input, &path) && lines_next(&input, &query)) {
		check_query(path, query);
		check_made(path);
		check_referer(input);
	}
	free(copy);
	return 0;
}
