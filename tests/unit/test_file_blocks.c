/* Pieces of a large file: which are in memory, of which version, and how many. */
#include "config.h"

#include "content/file_blocks.h"

#include "scratch.h"

enum { MANY = 1 << 30 };

static const uint64_t block = FILE_BLOCK_SIZE;

static struct {
	int fd;
	off_t size;
	struct file_stamp stamp; /* as it was last written */
	struct file_blocks *blocks;
} t;

/* What stands at that place of the file, in that version of it. */
static char
byte_at(uint64_t at, int version)
{
	return (char)(at % 251 + (uint64_t)version);
}

/* The whole file anew, at that second: a clock may be too coarse to tell one version from another.
 */
static void
write_version(off_t size, int version)
{
	struct timespec when[2] = { { .tv_sec = 1000 + version }, { .tv_sec = 1000 + version } };
	char *bytes = malloc((size_t)size);
	struct stat st;

	assert_non_null(bytes);
	for (off_t i = 0; i < size; i++)
		bytes[i] = byte_at((uint64_t)i, version);
	assert_int_equal(ftruncate(t.fd, 0), 0);
	assert_int_equal(write(t.fd, bytes, (size_t)size), size);
	assert_int_equal(futimens(t.fd, when), 0);
	assert_int_equal(fstat(t.fd, &st), 0);
	t.stamp = file_stamp_of(&st);
	t.size = size;
	free(bytes);
}

static int
begin(void **state)
{
	(void)state;
	t.fd = scratch_file();
	write_version((off_t)(40 * block + 100), 0);
	t.blocks = file_blocks_new(MANY);
	return t.blocks ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	file_blocks_free(t.blocks);
	close(t.fd);
	return 0;
}

static struct slice
get(uint64_t at, uint64_t length)
{
	return file_blocks_get(t.blocks, t.fd, &t.stamp, at, length, false);
}

static bool
has(uint64_t at, uint64_t length)
{
	return get(at, length).p != NULL;
}

static void
check_bytes(uint64_t at, uint64_t length, int version)
{
	struct slice piece = get(at, length);

	assert_non_null(piece.p);
	assert_int_equal(piece.len, length);
	for (uint64_t i = 0; i < length; i++)
		assert_int_equal(piece.p[i], byte_at(at + i, version));
}

static void
test_second_time(void **state)
{
	size_t before = file_blocks_weight(t.blocks);

	(void)state;
	assert_false(has(block + 10, 100));
	assert_int_equal(file_blocks_weight(t.blocks), before);
	check_bytes(block + 5000, 1, 0); /* another range in the same block */
	check_bytes(block, block, 0);
	assert_int_equal(file_blocks_weight(t.blocks), before + block);
	assert_false(has(block - 1, 2) || has(block - 1, 2)); /* in two of them */
	assert_false(has(2 * block - 1, 2) || has(2 * block - 1, 2));
	assert_false(has(block, block + 1) || has(block, block + 1));
}

static void
test_last_block(void **state)
{
	(void)state;
	assert_false(has(40 * block + 99, 1));
	check_bytes(40 * block, 100, 0);
	check_bytes(40 * block + 99, 1, 0);
}

static void
test_versions(void **state)
{
	struct file_stamp before = t.stamp;

	(void)state;
	assert_false(has(10, 100));
	check_bytes(10, 100, 0);
	assert_false(has(block, 100));
	write_version(t.size, 1); /* in place, of the same size */
	t.stamp = before;
	check_bytes(0, block, 0); /* what was read is what it was */
	for (int i = 0; i < 4; i++)
		assert_false(has(block, 100)); /* what was not cannot be had any more */
	check_bytes(0, block, 0);
	assert_int_equal(ftruncate(t.fd, 2 * block), 0);
	for (int i = 0; i < 4; i++)
		assert_false(has(2 * block, 1) || has(block, 1));
	check_bytes(0, block, 0);
}

static void
test_competition(void **state)
{
	const uint64_t other = (uint64_t)FILE_BLOCKS_MOST * block;
	size_t weight;

	(void)state;
	assert_false(has(0, 1));
	assert_true(has(0, 1));
	weight = file_blocks_weight(t.blocks);
	for (int i = 0; i < 4; i++) {
		assert_false(has(other, 1)); /* the first one is asked for in between */
		check_bytes(0, 10, 0);
	}
	assert_false(has(other, 1));
	check_bytes(other, block, 0);
	assert_int_equal(file_blocks_weight(t.blocks), weight);
	assert_false(has(0, 1));
	for (int i = 0; i < 4; i++) /* somebody may be sending the other one */
		assert_null(file_blocks_get(t.blocks, t.fd, &t.stamp, 0, 1, true).p);
	check_bytes(other, block, 0);
	assert_false(has(0, 1));
	check_bytes(0, block, 0);
}

static void
test_bounds(void **state)
{
	(void)state;
	for (int i = 0; i < 2 * 40; i++)
		get((uint64_t)(i / 2) * block, 1);
	assert_in_range(file_blocks_weight(t.blocks), FILE_BLOCKS_MOST * block,
			(FILE_BLOCKS_MOST + 1) * block);
	file_blocks_free(t.blocks);
	t.blocks = file_blocks_new(3 * block);
	for (int i = 0; i < 2 * 40; i++)
		get((uint64_t)(i / 2) * block, 1);
	assert_in_range(file_blocks_weight(t.blocks), 2 * block, 3 * block);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_second_time, begin, end),
		cmocka_unit_test_setup_teardown(test_last_block, begin, end),
		cmocka_unit_test_setup_teardown(test_versions, begin, end),
		cmocka_unit_test_setup_teardown(test_competition, begin, end),
		cmocka_unit_test_setup_teardown(test_bounds, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
