/* basic - see basic.h. */
#include "config.h"

#include "http/basic.h"

/* The six bits of a digit of base64 (RFC 4648 4), or -1. */
static int
bits_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four digits become three bytes; padding stands only at the end, and hides no bits. */
static bool
decode(char *out, size_t cap, struct slice s, size_t *len)
{
	size_t pad = slice_ends(s, SLICE("==")) ? 2 : slice_ends(s, SLICE("=")) ? 1 : 0;
	unsigned bits = 0;
	size_t n = 0;

	if (s.len == 0 || s.len % 4 != 0 || s.len / 4 * 3 - pad > cap)
		return false;
	for (size_t i = 0; i < s.len - pad; i++) {
		int digit = bits_of(s.p[i]);

		if (digit == -1)
			return false;
		bits = bits << 6 | (unsigned)digit;
		if (i % 4 > 0)
			out[n++] = (char)(bits >> (6 - 2 * (i % 4)));
	}
	*len = n;
	return (bits & ((1u << 2 * pad) - 1)) == 0;
}

static bool
has_control(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

bool
basic_parse(struct basic *b, struct slice field)
{
	struct slice scheme, token, all;
	size_t len, colon;

	/* RFC 9110 11.1: the scheme in any case; 11.4: one space or more behind it */
	if (!slice_word(&field, &scheme) || !slice_equal_nocase(scheme, SLICE("Basic")))
		return false;
	token = slice_trim(field);
	if (!decode(b->bytes, sizeof b->bytes, token, &len))
		return false;
	all = slice_from(b->bytes, len);
	colon = slice_find(all, ':');
	if (colon == all.len || has_control(all))
		return false;
	b->user = slice_head(all, colon);
	b->password = slice_after(all, colon + 1);
	return true;
}
