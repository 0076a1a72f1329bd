/* byte - see byte.h.  The compiler works the table out from the grammars. */
#include "config.h"

#include "http/byte.h"

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define IN(c, low, high) ((c) >= (low) && (c) <= (high))
#define DIGIT(c) IN(c, '0', '9')
#define ALPHA(c) (IN(c, 'A', 'Z') || IN(c, 'a', 'z'))
#define VCHAR(c) IN(c, 0x21, 0x7E)
#define OBS_TEXT(c) ((c) >= 0x80)

/* RFC 9110 5.6.2 */
#define TOKEN(c)                                                                          \
	(ALPHA(c) || DIGIT(c) || (c) == '!' || IN(c, '#', '\'') || (c) == '*' || (c) == '+' || \
	 (c) == '-' || (c) == '.' || IN(c, '^', '`') || (c) == '|' || (c) == '~')

/* RFC 9110 5.5: no CR, LF, NUL or other control byte. */
#define VALUE(c) (VCHAR(c) || OBS_TEXT(c) || (c) == ' ' || (c) == '\t')

/* RFC 3986 2.2, 2.3, 3.3 */
#define UNRESERVED(c) (ALPHA(c) || DIGIT(c) || (c) == '-' || (c) == '.' || (c) == '_' || (c) == '~')
#define SUB_DELIM(c) ((c) == '!' || (c) == '$' || IN(c, '&', ',') || (c) == ';' || (c) == '=')
#define PCHAR(c) (UNRESERVED(c) || SUB_DELIM(c) || (c) == ':' || (c) == '@' || (c) == '/')

/*
 * What RFC 3986 forbids but browsers send: the URL standard (https://url.spec.whatwg.org/)
 * leaves [ ] ^ | as they are in a path, and { } ` \ besides in a query.  None of them
 * means anything here.  A backslash in a path does: to some it separates.
 */
#define PATH(c) \
	(PCHAR(c) || OBS_TEXT(c) || (c) == '%' || (c) == '[' || (c) == ']' || (c) == '^' || \
	 (c) == '|')
#define QUERY(c) \
	(PATH(c) || (c) == '?' || (c) == '{' || (c) == '}' || (c) == '`' || (c) == '\\')

#define CLASSES(c)                                                                           \
	(TOKEN(c) * BYTE_TOKEN + VALUE(c) * BYTE_VALUE + (VCHAR(c) || OBS_TEXT(c)) * BYTE_TARGET + \
	 PATH(c) * BYTE_PATH + QUERY(c) * BYTE_QUERY + PCHAR(c) * BYTE_PCHAR +               \
	 UNRESERVED(c) * BYTE_HOST + DIGIT(c) * BYTE_DIGIT)

#define ROW4(c) CLASSES(c), CLASSES((c) + 1), CLASSES((c) + 2), CLASSES((c) + 3)
#define ROW16(c) ROW4(c), ROW4((c) + 4), ROW4((c) + 8), ROW4((c) + 12)
#define ROW64(c) ROW16(c), ROW16((c) + 16), ROW16((c) + 32), ROW16((c) + 48)

const unsigned char byte_classes[256] = { ROW64(0), ROW64(64), ROW64(128), ROW64(192) };

static const uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;

/*
 * Which of the eight bytes has a value below least (at most 0x80), or that of DEL?  The classic tests
 * for a byte below a number and for a zero byte: the lowest bit that is set is that of the first
 * such byte, since nothing is borrowed from below it; those above may be wrong.
 */
static inline uint64_t
odd_bytes(uint64_t word, uint64_t least)
{
	uint64_t del = word ^ 0x7f * ones;

	return (((word - least * ones) & ~word) | ((del - ones) & ~del)) & highs;
}

const char *
byte_skip(const char *at, const char *end, unsigned class)
{
	uint64_t least = class == BYTE_TARGET ? 0x21 : 0x20, word, odd;

	while (end - at >= (ptrdiff_t)sizeof word) {
		memcpy(&word, at, sizeof word);
		odd = odd_bytes(le64toh(word), least);
		if (odd == 0) {
			at += sizeof word;
			continue;
		}
		at += __builtin_ctzll(odd) / 8;
		if (!byte_is(*at, class)) /* a tab is a value's, too */
			return at;
		at++;
	}
	while (at < end && byte_is(*at, class))
		at++;
	return at;
}
