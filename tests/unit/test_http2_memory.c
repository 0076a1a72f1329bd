/* The pieces of memory that nghttp2 is given: theirs alone, aligned, zeroed, kept up to a bound. */
#include "config.h"

#include <stdint.h>

#include "server/http2_record.h"

#include "check.h"

enum { MANY = 400, LARGE = 4000 };

static struct http2_memory memory;

/* Of every size around those that are kept; each is written whole, and none is another's. */
static void
test_pieces_are_apart(void **state)
{
	nghttp2_mem m = http2_memory_functions(&memory);
	unsigned char *pieces[MANY];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < MANY; i++) {
			pieces[i] = m.malloc(3 * i, m.mem_user_data);
			assert_non_null(pieces[i]);
			assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
			memset(pieces[i], (int)(i % 251), 3 * i);
		}
		for (size_t i = 0; i < MANY; i++)
			for (size_t n = 0; n < 3 * i; n++)
				assert_int_equal(pieces[i][n], i % 251);
		for (size_t i = 0; i < MANY; i++)
			m.free(pieces[i], m.mem_user_data);
	}
	m.free(NULL, m.mem_user_data);
	http2_memory_fini(&memory);
	assert_int_equal(memory.bytes, 0);
}

static void
test_a_piece_is_used_again(void **state)
{
	nghttp2_mem m = http2_memory_functions(&memory);
	unsigned char *piece = m.malloc(100, m.mem_user_data), *again;

	(void)state;
	memset(piece, 0xff, 100);
	m.free(piece, m.mem_user_data);
	again = m.calloc(10, 10, m.mem_user_data);
	assert_ptr_equal(again, piece);
	for (int i = 0; i < 100; i++)
		assert_int_equal(again[i], 0);
	m.free(again, m.mem_user_data);
	http2_memory_fini(&memory);
}

static void
test_sizes_that_cannot_be(void **state)
{
	nghttp2_mem m = http2_memory_functions(&memory);

	(void)state;
	assert_null(m.malloc(SIZE_MAX, m.mem_user_data));
	assert_null(m.calloc(SIZE_MAX / 8 + 1, 8, m.mem_user_data)); /* 0 bytes, if it wraps */
	m.free(m.calloc(0, 8, m.mem_user_data), m.mem_user_data);
	http2_memory_fini(&memory);
}

/* From small to large, across the largest that is kept, and back. */
static void
test_growing(void **state)
{
	nghttp2_mem m = http2_memory_functions(&memory);
	unsigned char *piece = m.realloc(NULL, 1, m.mem_user_data);

	(void)state;
	piece[0] = 1;
	for (size_t size = 2; size <= LARGE; size++) {
		piece = m.realloc(piece, size, m.mem_user_data);
		assert_int_equal(piece[size / 2 - 1], (unsigned char)(size / 2));
		piece[size - 1] = (unsigned char)size;
	}
	piece = m.realloc(piece, 70, m.mem_user_data);
	for (size_t i = 0; i < 70; i++)
		assert_int_equal(piece[i], i + 1);
	m.free(piece, m.mem_user_data);
	http2_memory_fini(&memory);
}

static void
test_few_are_kept(void **state)
{
	nghttp2_mem m = http2_memory_functions(&memory);
	void *pieces[MANY];

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		pieces[i] = m.malloc(500, m.mem_user_data);
	for (size_t i = 0; i < MANY; i++)
		m.free(pieces[i], m.mem_user_data);
	assert_in_range(memory.bytes, 32 * 1024, 64 * 1024);
	http2_memory_fini(&memory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces_are_apart),
		cmocka_unit_test(test_a_piece_is_used_again),
		cmocka_unit_test(test_sizes_that_cannot_be),
		cmocka_unit_test(test_growing),
		cmocka_unit_test(test_few_are_kept),
	};

	return cmocka_run_group_tests_name("http2_memory", tests, NULL, NULL);
}
