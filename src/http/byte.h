/*
 * byte - what a byte may be, by the grammars of RFC 9110, 9112 and 3986.
 *
 * One table look-up a byte, whatever the locale.  Bytes above 0x7F are obs-text: they may
 * stand in field values and, as browsers and old links send them, in targets, and nowhere
 * else.  Pure; any thread.
 */
#ifndef HTTP_BYTE_H
#define HTTP_BYTE_H

#include <stdbool.h>

enum {
	BYTE_TOKEN = 1 << 0,	/* tchar, RFC 9110 5.6.2 */
	BYTE_VALUE = 1 << 1,	/* field-vchar, SP and HTAB, RFC 9110 5.5 */
	BYTE_TARGET = 1 << 2,	/* VCHAR and obs-text: what can stand between the two spaces */
	BYTE_PATH = 1 << 3,	/* may stand in a path as sent, '%' and '/' included */
	BYTE_QUERY = 1 << 4,	/* the same for a query */
	BYTE_PCHAR = 1 << 5,	/* pchar but '%', and '/': may stay as it is, RFC 3986 3.3 */
	BYTE_HOST = 1 << 6,	/* unreserved, RFC 3986 2.3 */
	BYTE_DIGIT = 1 << 7,
};

extern const unsigned char byte_classes[256];

/* Is c in one of the classes? */
static inline bool
byte_is(char c, unsigned classes)
{
	return byte_classes[(unsigned char)c] & classes;
}

/*
 * Where the first byte stands that is not of the class, or end.  For the classes that have every
 * byte from some on but DEL, BYTE_TARGET and BYTE_VALUE: eight at a time.
 */
const char *byte_skip(const char *at, const char *end, unsigned class);

/* The value of a hexadecimal digit, or -1. */
static inline int
byte_hex(char c)
{
	if (byte_is(c, BYTE_DIGIT))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
