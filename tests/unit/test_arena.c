/*
 * Arenas: alignment, blocks, and memory that runs out.  Linked with --wrap=malloc, so that
 * a test can say which malloc() of the arena fails.
 */
#include "config.h"

#include "base/arena.h"

#include <errno.h>

#include "check.h"

static int mallocs_left = -1;	/* -1: as many as they like */
static int mallocs;

void *__real_malloc(size_t);
void *__wrap_malloc(size_t);

void *
__wrap_malloc(size_t size)
{
	if (mallocs_left == 0) {
		errno = ENOMEM;
		return NULL;
	}
	mallocs_left -= mallocs_left > 0;
	mallocs++;
	return __real_malloc(size);
}

static bool
aligned(const void *p)
{
	return (uintptr_t)p % _Alignof(max_align_t) == 0;
}

static void
test_alignment(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 256);
	for (size_t size = 0; size < 100; size++) {
		char *bytes = arena_bytes(&a, size % 7), *aligned_ones;

		assert_non_null(bytes);
		memset(bytes, 0xAA, size % 7);
		aligned_ones = arena_alloc(&a, size);
		assert_non_null(aligned_ones);
		assert_true(aligned(aligned_ones));
		for (size_t i = 0; i < size; i++)
			assert_int_equal(aligned_ones[i], 0);
		memset(aligned_ones, 0xBB, size);
	}
	arena_fini(&a);
}

/* What was given out never overlaps: each piece keeps its own pattern. */
static void
test_pieces_apart(void **state)
{
	unsigned char *pieces[200];
	struct arena a;

	(void)state;
	arena_init(&a, 64);
	for (size_t i = 0; i < COUNT(pieces); i++) {
		pieces[i] = i % 2 ? arena_alloc(&a, i) : (unsigned char *)arena_bytes(&a, i);
		assert_non_null(pieces[i]);
		memset(pieces[i], (int)i, i);
	}
	for (size_t i = 0; i < COUNT(pieces); i++)
		for (size_t at = 0; at < i; at++)
			assert_int_equal(pieces[i][at], i);
	arena_fini(&a);
}

static void
test_blocks(void **state)
{
	struct arena a;

	(void)state;
	mallocs = 0;
	arena_init(&a, 64);
	assert_int_equal(mallocs, 0);
	assert_non_null(arena_bytes(&a, 24));
	assert_non_null(arena_bytes(&a, 40));		/* fits exactly */
	assert_int_equal(mallocs, 1);
	assert_non_null(arena_bytes(&a, 1));
	assert_int_equal(mallocs, 2);
	assert_non_null(arena_bytes(&a, 1000));		/* a block of its own */
	assert_int_equal(mallocs, 3);
	assert_non_null(arena_bytes(&a, 63));
	assert_int_equal(mallocs, 4);
	assert_non_null(arena_alloc(&a, 1));		/* no room behind the padding */
	assert_int_equal(mallocs, 5);
	arena_fini(&a);
	arena_fini(&a);					/* twice does no harm */
}

/* The first block is used again, zeroed where zeroed memory was asked for. */
static void
test_reset(void **state)
{
	struct arena a;
	char *first;

	(void)state;
	arena_init(&a, 64);
	arena_reset(&a);				/* of nothing */
	first = arena_alloc(&a, 32);
	memset(first, 0xFF, 32);
	assert_non_null(arena_bytes(&a, 500));
	mallocs = 0;
	arena_reset(&a);
	assert_ptr_equal(arena_alloc(&a, 32), first);
	for (size_t i = 0; i < 32; i++)
		assert_int_equal(first[i], 0);
	assert_int_equal(mallocs, 0);
	arena_fini(&a);
	assert_non_null(arena_bytes(&a, 1));		/* and can be used again */
	arena_fini(&a);
}

static void
test_copies(void **state)
{
	struct arena a;
	struct slice s;

	(void)state;
	arena_init(&a, 16);
	s = arena_copy(&a, SLICE("a\0b"));
	check_slice("copy", s, SLICE("a\0b"));
	arena_bytes(&a, 1)[0] = 'x';			/* the NUL is within what was taken */
	assert_int_equal(s.p[3], '\0');
	s = arena_printf(&a, "%d", 1234);
	arena_bytes(&a, 1)[0] = 'x';
	assert_string_equal(s.p, "1234");
	s = arena_copy(&a, SLICE_NONE);
	assert_non_null(s.p);
	assert_string_equal(s.p, "");
	s = arena_printf(&a, "%s-%d", "a text longer than the block", 7);
	check_slice("printf", s, SLICE("a text longer than the block-7"));
	assert_int_equal(s.p[s.len], '\0');
	s = arena_printf(&a, "%s", "");
	assert_non_null(s.p);
	assert_int_equal(s.len, 0);
	arena_fini(&a);
}

static void
test_out_of_memory(void **state)
{
	struct arena a;
	char *kept;

	(void)state;
	arena_init(&a, 64);
	mallocs_left = 1;
	kept = arena_bytes(&a, 40);
	assert_non_null(kept);
	memset(kept, 'k', 40);
	errno = 0;
	assert_null(arena_alloc(&a, 100));
	assert_int_equal(errno, ENOMEM);
	assert_null(arena_bytes(&a, 100));
	assert_null(arena_copy(&a, slice_from(kept, 40)).p);
	assert_null(arena_printf(&a, "%40d", 1).p);
	for (size_t i = 0; i < 40; i++)
		assert_int_equal(kept[i], 'k');
	mallocs_left = -1;
	assert_non_null(arena_alloc(&a, 100));		/* it goes on when memory is back */
	arena_fini(&a);
}

/* Sizes that overflow are refused before malloc() is asked. */
static void
test_overflow(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 64);
	mallocs = 0;
	for (size_t less = 0; less < 32; less++) {
		errno = 0;
		assert_null(arena_bytes(&a, SIZE_MAX - less % 16));
		assert_int_equal(errno, ENOMEM);
		errno = 0;
		assert_null(arena_alloc(&a, SIZE_MAX - less % 16));
		assert_int_equal(errno, ENOMEM);
	}
	assert_null(arena_copy(&a, slice_from("", SIZE_MAX)).p);
	assert_int_equal(mallocs, 0);
	arena_fini(&a);
}

static void
test_weight(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 100);
	assert_int_equal(arena_weight(&a), 0);
	arena_bytes(&a, 10);
	assert_in_range(arena_weight(&a), 100, 140);
	arena_bytes(&a, 1000);
	assert_in_range(arena_weight(&a), 1100, 1180);
	arena_reset(&a);
	assert_in_range(arena_weight(&a), 100, 140);
	arena_fini(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alignment),
		cmocka_unit_test(test_pieces_apart),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_weight),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
