/* Hashes: equal for equal keys, folded or not, other for others, and other in the next process. */
#include "config.h"

#include "base/hash.h"

#include "check.h"
#include "guard.h"

/* Keys of every length up to 64, of which each differs from the one before by one byte. */
static void
test_every_byte_counts(void **state)
{
	struct guard guard;
	char key[64];

	(void)state;
	guard_init(&guard, sizeof key);
	for (size_t len = 0; len <= sizeof key; len++) {
		uint64_t plain;

		memset(key, 'a', sizeof key);
		plain = hash_bytes(guard_place(&guard, slice_from(key, len)));
		assert_true(plain == hash_bytes(slice_from(key, len)));
		if (len < sizeof key)
			assert_true(plain != hash_bytes(slice_from(key, len + 1)));
		for (size_t i = 0; i < len; i++) {
			key[i] = 'b';
			assert_true(plain != hash_bytes(slice_from(key, len)));
			key[i] = '\0';
			assert_true(plain != hash_bytes(slice_from(key, len)));
			key[i] = 'a';
		}
	}
	guard_fini(&guard);
}

static void
test_folding(void **state)
{
	const struct slice lower = SLICE("abcdefghijklmnopqrstuvwxyz-09@[`{");
	const struct slice upper = SLICE("ABCDEFGHIJKLMNOPQRSTUVWXYZ-09@[`{");

	(void)state;
	assert_true(hash_bytes_nocase(lower) == hash_bytes_nocase(upper));
	assert_true(hash_bytes(lower) != hash_bytes(upper));
	assert_true(hash_bytes_nocase(lower) == hash_bytes(lower));
	assert_true(hash_bytes_nocase(SLICE("@")) != hash_bytes_nocase(SLICE("`")));
	assert_true(hash_bytes_nocase(SLICE("[")) != hash_bytes_nocase(SLICE("{")));
}

/* SipHash-1-3 with the key 0: what Python 3.11 says to hash(b"a") with PYTHONHASHSEED=0. */
static void
test_vectors(void **state)
{
	static const struct {
		struct slice text;
		uint64_t hash;
	} rows[] = {
		{ SLICE("a"), 0x407448d2b89b1813 },
		{ SLICE("0123456"), 0x810aaf7acf670379 },
		{ SLICE("01234567"), 0xda3dcedf84ea6cc6 },
		{ SLICE("0123456789abcdef!"), 0x9463628f6c8882ca },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (hash_bytes(rows[i].text) != rows[i].hash)
			fail_msg("%s: %016llx", rows[i].text.p,
				 (unsigned long long)hash_bytes(rows[i].text));
}

/* After test_vectors, which needs the key that was never drawn. */
static void
test_seed(void **state)
{
	uint64_t before = hash_bytes(SLICE("a"));

	(void)state;
	hash_seed();
	assert_true(hash_bytes(SLICE("a")) != before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte_counts),
		cmocka_unit_test(test_folding),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_seed),
	};

	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
