/* signed_link - see signed_link.h. */
#include "config.h"

#include "content/signed_link.h"

#include "base/digest.h"
#include "http/byte.h"
#include "http/uri.h"

enum { TEXT_ROOM = 8 * 1024, EXPIRES_DIGITS = 20 };

/* The value of a parameter; else SLICE_NONE, also of one that is said twice: which one is meant? */
static struct slice
find_once(struct slice query, struct slice name)
{
	struct slice value;

	return uri_query_value(query, name, &value) == 1 ? value : SLICE_NONE;
}

static bool
decode_hex(struct slice s, unsigned char out[DIGEST_SIZE])
{
	if (s.len != 2ul * DIGEST_SIZE)
		return false;
	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		int high = byte_hex(s.p[2 * i]), low = byte_hex(s.p[2 * i + 1]);

		if (high == -1 || low == -1)
			return false;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

/* Every secret is tried: a new one can be in use before the old one's links have ended. */
static bool
is_signed(const struct set_words *secrets, struct slice text, const unsigned char *signature)
{
	unsigned char right[DIGEST_SIZE];
	bool good = false;

	for (size_t i = 0; i < secrets->count; i++)
		if (digest_hmac(secrets->words[i], text, right) &&
		    digest_equal(right, signature, DIGEST_SIZE))
			good = true;
	return good;
}

const char *
signed_link_check(const struct set_words *secrets, struct slice path, struct slice query,
		  time_t now)
{
	struct slice expires = find_once(query, SLICE("expires"));
	struct slice hex = find_once(query, SLICE("signature"));
	unsigned char signature[DIGEST_SIZE];
	char text[TEXT_ROOM];
	uint64_t until;

	if (!secrets || secrets->count == 0)
		return NULL;
	if (!slice_to_number(expires, INT64_MAX, &until) || expires.len > EXPIRES_DIGITS ||
	    !decode_hex(hex, signature))
		return "this link is not signed";
	if (path.len + 1 + expires.len > sizeof text)
		return "this path is too long for a signed link";
	memcpy(text, path.p, path.len);
	text[path.len] = '\n';
	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): a number has digits */
	memcpy(text + path.len + 1, expires.p, expires.len);
	if (!is_signed(secrets, slice_from(text, path.len + 1 + expires.len), signature))
		return "this link's signature is not that of any secret";
	return (uint64_t)now < until ? NULL : "this link has expired";
}
