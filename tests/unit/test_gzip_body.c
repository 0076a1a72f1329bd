/* Files compressed while they are sent: the same bytes, whatever the room; files that change. */
#include "config.h"

#include "content/gzip_body.h"

#include <zlib.h>

#include "scratch.h"

/* A file of that many bytes, some of which are worth compressing. */
static int
make_file(size_t size)
{
	static char block[4096];
	uint32_t seed = 12345;
	int fd = scratch_file();

	while (size > 0) {
		size_t n = size < sizeof block ? size : sizeof block;

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1664525 + 1013904223;
			block[i] = seed >> 31 ? (char)(seed >> 16) : 'a';
		}
		assert_int_equal(write(fd, block, n), n);
		size -= n;
	}
	return fd;
}

/* Fills with that much room at a time; what comes is unpacked and compared to the file. */
struct reader {
	z_stream z;
	int fd;
	off_t at;
	bool ended;
};

static void
unpack(struct reader *r, const char *bytes, size_t len)
{
	static unsigned char out[65536], wanted[65536];

	r->z.next_in = (unsigned char *)(uintptr_t)bytes;
	r->z.avail_in = (uInt)len;
	while (r->z.avail_in > 0 || r->z.avail_out == 0) {
		int result;
		size_t n;

		assert_false(r->ended);
		r->z.next_out = out;
		r->z.avail_out = sizeof out;
		result = inflate(&r->z, Z_NO_FLUSH);
		assert_true(result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR);
		r->ended = result == Z_STREAM_END;
		n = sizeof out - r->z.avail_out;
		assert_int_equal(pread(r->fd, wanted, n, r->at), n);
		assert_memory_equal(out, wanted, n);
		r->at += (off_t)n;
		if (result == Z_BUF_ERROR || r->ended)
			break;
	}
	assert_int_equal(r->z.avail_in, 0);
}

static struct body_stream *
new_body(struct gzip_pool *pool, int fd, int level)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return gzip_body_new(pool, fd, &st, level, NULL);
}

static void
check_decodes(struct gzip_pool *pool, size_t size, size_t room)
{
	static char out[70000];
	struct reader r = { .fd = make_file(size) };
	struct body_stream *s = new_body(pool, dup(r.fd), 5);
	enum body_fill filled = BODY_FILLED;
	size_t len = 0, fills = 0;

	assert_non_null(s);
	assert_int_equal(inflateInit2(&r.z, 15 + 16), Z_OK);
	for (; filled == BODY_FILLED; fills++) {
		out[room] = '#';
		filled = s->fill(s, out, room, &len);
		assert_int_not_equal(filled, BODY_BROKEN);
		assert_true(len <= room && out[room] == '#');
		unpack(&r, out, len);
		assert_true(fills < size + 1000);
	}
	assert_int_equal(r.at, size);
	assert_true(r.ended);
	inflateEnd(&r.z);
	s->close(s);
	close(r.fd);
}

static void
test_decodes(void **state)
{
	static const size_t sizes[] = { 0, 1, 100, 32767, 32768, 32769, 65536, 1000000 };
	static const size_t rooms[] = { 1, 2, 17, 4096, 16384, 65536 };
	struct gzip_pool *pool = gzip_pool_new();

	(void)state;
	assert_non_null(pool);
	for (size_t i = 0; i < COUNT(sizes); i++)
		for (size_t n = 0; n < COUNT(rooms); n++)
			if (sizes[i] < 100000 || rooms[n] > 100) /* else it takes long */
				check_decodes(pool, sizes[i], rooms[n]);
	gzip_pool_free(pool);
}

/* So many at a time, whether they are read or not; and there is room again when one has ended. */
static void
test_full(void **state)
{
	struct gzip_pool *pool = gzip_pool_new();
	struct body_stream *s[8];

	(void)state;
	for (size_t i = 0; i < COUNT(s); i++) {
		assert_false(gzip_pool_is_full(pool));
		s[i] = new_body(pool, scratch_file(), 1);
		assert_non_null(s[i]);
	}
	assert_true(gzip_pool_is_full(pool));
	s[3]->close(s[3]);
	assert_false(gzip_pool_is_full(pool));
	for (size_t i = 0; i < COUNT(s); i++)
		if (i != 3)
			s[i]->close(s[i]);
	gzip_pool_free(pool);
}

/* What compresses to almost nothing takes its turns too: no fill reads without end. */
static void
test_bounded_work(void **state)
{
	struct gzip_pool *pool = gzip_pool_new();
	int fd = scratch_file(), fills = 0;
	enum body_fill filled = BODY_FILLED;
	off_t size = 64 << 20;
	struct body_stream *s;
	char out[16384];
	size_t len;

	(void)state;
	assert_int_equal(ftruncate(fd, size), 0); /* zeroes */
	s = new_body(pool, fd, 1);
	assert_non_null(s);
	for (; filled == BODY_FILLED; fills++)
		filled = s->fill(s, out, sizeof out, &len);
	assert_int_equal(filled, BODY_END);
	assert_true(fills >= 250); /* a quarter of a megabyte each */
	s->close(s);
	gzip_pool_free(pool);
}

/* Fills until the end or the break; returns which it was. */
static enum body_fill
run(struct body_stream *s)
{
	enum body_fill filled = BODY_FILLED;
	char out[4096];
	size_t len;

	for (int i = 0; i < 100000 && filled == BODY_FILLED; i++)
		filled = s->fill(s, out, sizeof out, &len);
	return filled;
}

static void
test_shrinks(void **state)
{
	struct gzip_pool *pool = gzip_pool_new();
	char out[16];
	size_t len;

	(void)state;
	for (int begun = 0; begun < 2; begun++) {
		int fd = make_file(200000);
		struct body_stream *s = new_body(pool, fd, 5);

		assert_non_null(s);
		if (begun)
			assert_int_equal(s->fill(s, out, sizeof out, &len), BODY_FILLED);
		assert_int_equal(ftruncate(fd, 199999), 0);
		assert_int_equal(run(s), BODY_BROKEN);
		s->close(s);
	}
	check_decodes(pool, 50000, 4096); /* the state of the broken one is as new */
	gzip_pool_free(pool);
}

/* Other bytes of the same length do not belong to the validators that went ahead. */
static void
test_rewritten(void **state)
{
	const struct timespec later[2] = { { .tv_sec = 2000000000 }, { .tv_sec = 2000000000 } };
	struct gzip_pool *pool = gzip_pool_new();
	int fd = make_file(200000);
	struct body_stream *s = new_body(pool, fd, 5);
	char out[16];
	size_t len;

	(void)state;
	assert_int_equal(s->fill(s, out, sizeof out, &len), BODY_FILLED);
	assert_int_equal(futimens(fd, later), 0); /* as a clock with a coarse tick would later do */
	assert_int_equal(run(s), BODY_BROKEN);
	s->close(s);
	gzip_pool_free(pool);
}

/* A log that is written to while it is sent: exactly what was there when it was looked at. */
static void
test_grows(void **state)
{
	struct gzip_pool *pool = gzip_pool_new();
	static char out[300000];
	static unsigned char unpacked[300000];
	int fd = make_file(100000);
	struct body_stream *s = new_body(pool, dup(fd), 5);
	z_stream z = { 0 };
	size_t len, n;

	(void)state;
	assert_non_null(s);
	assert_int_equal(s->fill(s, out, 20, &len), BODY_FILLED);
	assert_int_equal(lseek(fd, 0, SEEK_END), 100000);
	assert_int_equal(write(fd, out, 1000), 1000);
	for (enum body_fill filled = BODY_FILLED; filled == BODY_FILLED; len += n) {
		filled = s->fill(s, out + len, sizeof out - len, &n);
		assert_int_not_equal(filled, BODY_BROKEN);
	}
	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	z.next_in = (unsigned char *)out;
	z.avail_in = (uInt)len;
	z.next_out = unpacked;
	z.avail_out = sizeof unpacked;
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.total_out, 100000);
	inflateEnd(&z);
	s->close(s);
	close(fd);
	gzip_pool_free(pool);
}

/* Many at a time, left at every stage: nothing leaks, and the pool serves those that come later. */
static void
test_pool(void **state)
{
	struct gzip_pool *pool = gzip_pool_new();
	struct body_stream *s[20];
	int before = scratch_count_fds();
	char out[100];
	size_t len;

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < COUNT(s); i++) {
			s[i] = new_body(pool, make_file(60000), 5);
			assert_non_null(s[i]);
			if (i % 3 == 1)
				s[i]->fill(s[i], out, sizeof out, &len);
			if (i % 3 == 2)
				assert_int_equal(run(s[i]), BODY_END);
		}
		for (size_t i = 0; i < COUNT(s); i++)
			s[i]->close(s[i]);
		check_decodes(pool, 60000, 4096);
	}
	assert_int_equal(scratch_count_fds(), before);
	gzip_pool_free(pool);
	gzip_pool_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decodes), cmocka_unit_test(test_bounded_work),
		cmocka_unit_test(test_full),	cmocka_unit_test(test_shrinks),
		cmocka_unit_test(test_grows),	cmocka_unit_test(test_rewritten),
		cmocka_unit_test(test_pool),
	};

	return cmocka_run_group_tests_name("gzip_body", tests, NULL, NULL);
}
