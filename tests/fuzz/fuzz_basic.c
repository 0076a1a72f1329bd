/*
 * Basic credentials.
 *
 * What is read encodes back to the bytes of the token; and what any name and password encode to is
 * read as these.
 */
#include "config.h"

#include "fuzz.h"
#include "http/basic.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* RFC 4648 4.  The caller frees it. */
static struct slice
encode(struct slice s)
{
	char *out = malloc(s.len / 3 * 4 + 5);
	size_t n = 0;

	require(out);
	for (size_t i = 0; i < s.len; i += 3) {
		uint32_t bits = 0;

		for (size_t j = 0; j < 3; j++)
			bits = bits << 8 | (i + j < s.len ? (unsigned char)s.p[i + j] : 0);
		for (size_t j = 0; j < 4; j++)
			out[n++] = i + j > s.len ? '=' : digits[bits >> (18 - 6 * j) & 63];
	}
	return slice_from(out, n);
}

static bool
is_clean(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7F)
			return false;
	return true;
}

static void
check_field(struct slice field)
{
	struct slice token = field, scheme, all, again;
	struct basic b;

	if (!basic_parse(&b, field))
		return;
	require(slice_word(&token, &scheme) && slice_equal_nocase(scheme, SLICE("basic")));
	all = slice_from(b.bytes, b.user.len + 1 + b.password.len);
	require(b.user.p == b.bytes && b.password.p == b.bytes + b.user.len + 1);
	require(all.len <= BASIC_MAX && b.bytes[b.user.len] == ':');
	require(is_clean(all) && slice_find(b.user, ':') == b.user.len);
	again = encode(all);
	require(slice_equal(again, slice_trim(token)));
	free((char *)(uintptr_t)again.p);
}

static void
check_credentials(struct slice all)
{
	size_t colon = slice_find(all, ':');
	struct slice token = encode(all);
	char *field = malloc(token.len + 6);
	struct basic b;
	bool good;

	require(field);
	memcpy(field, "basiC ", 6);
	memcpy(field + 6, token.p, token.len);
	good = basic_parse(&b, slice_from(field, token.len + 6));
	require(good == (colon < all.len && all.len <= BASIC_MAX && is_clean(all)));
	if (good)
		require(slice_equal(b.user, slice_head(all, colon)) &&
			slice_equal(b.password, slice_after(all, colon + 1)));
	free(field);
	free((char *)(uintptr_t)token.p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice field = fuzz_slice(data, size);
	char *copy = fuzz_copy(field);

	field.p = copy;
	check_field(field);
	check_credentials(field);
	free(copy);
	return 0;
}
