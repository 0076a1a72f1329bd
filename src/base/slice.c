/* slice - see slice.h.  Nothing here looks at the locale. */
#include "config.h"

#include "base/slice.h"

static unsigned char
fold(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

bool
slice_equal_nocase(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (fold((unsigned char)a.p[i]) != fold((unsigned char)b.p[i]))
			return false;
	return true;
}

bool
slice_starts(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len && slice_equal(slice_head(s, prefix.len), prefix);
}

bool
slice_ends(struct slice s, struct slice suffix)
{
	return s.len >= suffix.len && slice_equal(slice_after(s, s.len - suffix.len), suffix);
}

size_t
slice_find(struct slice s, char c)
{
	const char *at = s.len > 0 ? memchr(s.p, c, s.len) : NULL;

	return at ? (size_t)(at - s.p) : s.len;
}

size_t
slice_find_last(struct slice s, char c)
{
	const char *at = s.len > 0 ? memrchr(s.p, c, s.len) : NULL;

	return at ? (size_t)(at - s.p) : s.len;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct slice
slice_trim(struct slice s)
{
	while (s.len > 0 && is_blank(s.p[0]))
		s = slice_after(s, 1);
	while (s.len > 0 && is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

bool
slice_word(struct slice *s, struct slice *word)
{
	size_t n = 0;

	*s = slice_trim(*s);
	while (n < s->len && !is_blank(s->p[n]))
		n++;
	*word = slice_head(*s, n);
	*s = slice_after(*s, n);
	return n > 0;
}

/* Length of the first list element, up to but without its comma. */
static size_t
element_length(struct slice s)
{
	bool quoted = false;

	for (size_t i = 0; i < s.len; i++) {
		if (quoted && s.p[i] == '\\' && i + 1 < s.len)
			i++; /* quoted-pair, RFC 9110 5.6.4 */
		else if (s.p[i] == '"')
			quoted = !quoted;
		else if (s.p[i] == ',' && !quoted)
			return i;
	}
	return s.len;
}

bool
slice_list_next(struct slice *s, struct slice *element)
{
	while (s->len > 0) {
		size_t n = element_length(*s);

		*element = slice_trim(slice_head(*s, n));
		*s = slice_after(*s, n + 1);
		if (element->len > 0)
			return true;
	}
	return false;
}

enum { NEVER_TOO_MANY = 19 }; /* digits, for 64 bits */

bool
slice_to_number(struct slice s, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;
	size_t i = 0;

	if (s.len == 0)
		return false;
	for (; i < s.len && i < NEVER_TOO_MANY; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(s.p[i] - '0');
	}
	for (; i < s.len; i++) {
		uint64_t digit = (uint64_t)(s.p[i] - '0');

		if (s.p[i] < '0' || s.p[i] > '9' || n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	if (n > max)
		return false;
	*out = n;
	return true;
}

/* Two digits at a time: each division waits for the one before it. */
char *
slice_number_before(char *end, uint64_t n)
{
	static const char pairs[] = "00010203040506070809"
				    "10111213141516171819"
				    "20212223242526272829"
				    "30313233343536373839"
				    "40414243444546474849"
				    "50515253545556575859"
				    "60616263646566676869"
				    "70717273747576777879"
				    "80818283848586878889"
				    "90919293949596979899";
	char *at = end;
	uint32_t rest;

	for (; n > UINT32_MAX; n /= 100) {
		at -= 2;
		memcpy(at, pairs + n % 100 * 2, 2);
	}
	for (rest = (uint32_t)n; rest >= 10; rest /= 100) {
		at -= 2;
		memcpy(at, pairs + (size_t)(rest % 100) * 2, 2);
	}
	if (rest > 0 || at == end)
		*--at = (char)('0' + rest);
	return at;
}

struct slice
slice_of_number(char digits[SLICE_DIGITS], uint64_t n)
{
	char *end = digits + SLICE_DIGITS, *at = slice_number_before(end, n);

	return slice_from(at, (size_t)(end - at));
}
