/*
 * check - cmocka, with what it needs before it, and slices in assertions.
 */
#ifndef UNIT_CHECK_H
#define UNIT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/slice.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The bytes as a C string literal would have them.  Good until the fourth next call. */
static inline const char *
check_show(struct slice s)
{
	static char texts[4][512];
	static unsigned turn;
	char *text = texts[turn++ % 4];
	size_t n = 0;

	for (size_t i = 0; i < s.len && n < sizeof texts[0] - 8; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '\r' || c == '\n')
			n += (size_t)sprintf(text + n, "\\%c", c == '\r' ? 'r' : 'n');
		else
			n += (size_t)sprintf(text + n, c < 0x20 || c > 0x7E ? "\\x%02x" : "%c", c);
	}
	text[n] = '\0';
	return text;
}

/* Fails with both texts; what says which case it was. */
#define check_slice(what, got, wanted)                                                       \
	do {                                                                                 \
		struct slice got_ = (got), wanted_ = (wanted);                               \
		if (!slice_equal(got_, wanted_))                                             \
			fail_msg("%s: got \"%s\", wanted \"%s\"", (what), check_show(got_),  \
				 check_show(wanted_));                                       \
	} while (0)

#endif
