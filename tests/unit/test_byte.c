/* Every byte against the sets as the RFCs spell them out. */
#include "config.h"

#include "http/byte.h"

#include "check.h"
#include "guard.h"

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define UNRESERVED LETTERS DIGITS "-._~"
#define PCHAR UNRESERVED "!$&'()*+,;=:@/"
#define PATH PCHAR "%[]^|"

static void
check_class(unsigned class, const char *members, bool obs_text)
{
	for (int c = 0; c < 256; c++) {
		bool wanted = c >= 0x80 ? obs_text : c > 0 && strchr(members, c);

		if (byte_is((char)c, class) != wanted)
			fail_msg("class %u: byte %02x", class, c);
	}
}

static void
test_classes(void **state)
{
	char visible[256];
	size_t n = 0;

	(void)state;
	for (int c = 0x21; c < 0x7F; c++)
		visible[n++] = (char)c;
	visible[n] = '\0';
	check_class(BYTE_TARGET, visible, true);
	strcpy(visible + n, " \t");
	check_class(BYTE_VALUE, visible, true);
	check_class(BYTE_TOKEN, LETTERS DIGITS "!#$%&'*+-.^_`|~", false);
	check_class(BYTE_PATH, PATH, true);
	check_class(BYTE_QUERY, PATH "?{}`\\", true);
	check_class(BYTE_PCHAR, PCHAR, false);
	check_class(BYTE_HOST, UNRESERVED, false);
	check_class(BYTE_DIGIT, DIGITS, false);
}

static void
test_hex(void **state)
{
	static const char digits[] = "0123456789abcdefABCDEF";

	(void)state;
	for (int c = 0; c < 256; c++) {
		const char *at = c > 0 ? strchr(digits, c) : NULL;
		int value = at ? (int)(at - digits) : -1;

		assert_int_equal(byte_hex((char)c), value > 15 ? value - 6 : value);
	}
}

/* Eight at a time or one by one: every byte at every place before every end, and none read behind it. */
static void
test_skip(void **state)
{
	static const unsigned classes[] = { BYTE_TARGET, BYTE_VALUE };
	struct guard g;

	(void)state;
	guard_init(&g, 64);
	for (size_t len = 0; len <= 20; len++) {
		for (size_t at = 0; at <= len; at++) {
			for (int c = 0; c < 256; c++) {
				char *p = guard_room(&g, len);

				memset(p, 'a' + c % 26, len);
				if (at < len)
					p[at] = (char)c;
				for (size_t i = 0; i < COUNT(classes); i++) {
					bool odd = at < len && !byte_is((char)c, classes[i]);
					const char *end = byte_skip(p, p + len, classes[i]);

					if (end != p + (odd ? at : len))
						fail_msg("byte %02x at %zu of %zu: %td", c, at, len,
							 end - p);
				}
			}
		}
	}
	guard_fini(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_skip),
	};

	return cmocka_run_group_tests_name("byte", tests, NULL, NULL);
}
