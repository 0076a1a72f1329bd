/* Digests, against the examples of FIPS 180-4 and RFC 4231. */
#include "config.h"

#include "base/digest.h"

#include <stdio.h>

#include "check.h"

static void
need_openssl(void)
{
	if (!digest_missing())
		return;
	print_message("# skip: built without OpenSSL\n");
	skip();
}

static const char *
hex(const unsigned char digest[DIGEST_SIZE])
{
	static char text[2 * DIGEST_SIZE + 1];

	for (int i = 0; i < DIGEST_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	return text;
}

static void
test_sha256(void **state)
{
	unsigned char out[DIGEST_SIZE];
	struct digest *d;

	(void)state;
	need_openssl();
	d = digest_new();
	assert_non_null(d);
	assert_true(digest_add(d, SLICE("a")));
	assert_true(digest_add(d, SLICE("bc")));
	assert_true(digest_end(d, out));
	digest_free(d);
	assert_string_equal(hex(out),
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void
test_hmac(void **state)
{
	unsigned char out[DIGEST_SIZE];

	(void)state;
	need_openssl();
	assert_true(digest_hmac(SLICE("Jefe"), SLICE("what do ya want for nothing?"), out));
	assert_string_equal(hex(out),
			    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void
test_equal(void **state)
{
	(void)state;
	need_openssl();
	assert_true(digest_equal("abc", "abc", 3));
	assert_false(digest_equal("abc", "abd", 3));
	assert_true(digest_equal("abc", "abd", 2));
	assert_true(digest_equal("", "", 0));
}

/* Available means that it works, and the other way round. */
static void
test_available(void **state)
{
	unsigned char out[DIGEST_SIZE];
	struct digest *d = digest_new();

	(void)state;
	assert_int_equal(d != NULL, !digest_missing());
	assert_int_equal(digest_hmac(SLICE("key"), SLICE("text"), out), !digest_missing());
	assert_int_equal(digest_equal("a", "a", 1), !digest_missing());
	if (d)
		digest_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_available),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
