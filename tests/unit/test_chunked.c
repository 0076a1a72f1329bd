/*
 * The chunked coding, whole, byte by byte, split at every position and cut short everywhere;
 * every piece ends at an unreadable page.
 */
#include "config.h"

#include "http/chunked.h"

#include "check.h"
#include "guard.h"

static struct guard guard;

/* Decodes one piece and appends its content to *text.  The last result; *used: how far it came. */
static enum chunked_result
feed(struct chunked *c, struct slice piece, char *text, size_t *len, size_t *used)
{
	struct slice input = guard_place(&guard, piece), data;
	enum chunked_result result;

	*used = 0;
	do {
		size_t n;

		result = chunked_decode(c, slice_after(input, *used), &n, &data);
		*used += n;
		if (result != CHUNKED_DATA && data.len > 0)
			fail_msg("content without saying so: \"%s\"", check_show(piece));
		if (data.len > 0)
			memcpy(text + *len, data.p, data.len);
		*len += data.len;
	} while (result == CHUNKED_DATA);
	if (result == CHUNKED_MORE)
		assert_int_equal(*used, piece.len);
	return result;
}

struct outcome {
	enum chunked_result result;
	size_t used;
	char text[4096];
	size_t len;
};

/* In pieces: the first of `first` bytes, the others of `rest` bytes. */
static void
decode(struct outcome *o, struct slice input, size_t first, size_t rest)
{
	struct chunked c;
	struct slice piece = slice_head(input, first);
	size_t n;

	chunked_init(&c);
	*o = (struct outcome){ .result = CHUNKED_MORE };
	while (o->result == CHUNKED_MORE && o->used < input.len) {
		o->result = feed(&c, piece, o->text, &o->len, &n);
		o->used += n;
		piece = slice_head(slice_after(input, o->used), rest);
	}
	assert_int_equal(c.total, o->len);
	if (o->result == CHUNKED_MORE || o->result == CHUNKED_DONE)
		return;
	assert_int_equal(feed(&c, SLICE("0\r\n\r\n"), o->text, &o->len, &n), CHUNKED_BAD);
	assert_int_equal(n, 0);
}

static void
check_every_way(struct slice input, enum chunked_result result, struct slice text, size_t left_over)
{
	static struct outcome o;
	const char *what = check_show(input);

	for (size_t split = 0; split <= input.len + 1; split++) {
		if (split <= input.len)
			decode(&o, input, split, input.len);
		else
			decode(&o, input, 1, 1);
		if (o.result != result)
			fail_msg("%s: result %d, split at %zu", what, o.result, split);
		if (result == CHUNKED_BAD)
			continue;
		check_slice(what, slice_from(o.text, o.len), text);
		assert_int_equal(input.len - o.used, left_over);
	}
	if (result == CHUNKED_BAD)
		return;
	for (size_t len = 0; len < input.len - left_over; len++) {
		decode(&o, slice_head(input, len), len, 1);
		if (o.result != CHUNKED_MORE)
			fail_msg("%s: result %d after %zu bytes", what, o.result, len);
	}
}

#define LAST "0\r\n\r\n"

static void
test_good_bodies(void **state)
{
	static const struct {
		struct slice input, text;
		size_t left_over;
	} rows[] = {
		{ SLICE(LAST), SLICE(""), 0 },
		{ SLICE(LAST "GET"), SLICE(""), 3 },
		{ SLICE("0000000000000000\r\n\r\n"), SLICE(""), 0 },
		{ SLICE("5\r\nhello\r\n" LAST), SLICE("hello"), 0 },
		{ SLICE("5\r\nhello\r\n6\r\n world\r\n" LAST), SLICE("hello world"), 0 },
		{ SLICE("00000000000000a\r\n0123456789\r\n" LAST), SLICE("0123456789"), 0 },
		{ SLICE("A\r\n0123456789\r\n" LAST), SLICE("0123456789"), 0 },
		{ SLICE("5\r\n\r\n0\r\n\r\n" LAST "\r\n"), SLICE("\r\n0\r\n"), 2 },
		{ SLICE("1;a\r\nx\r\n" LAST), SLICE("x"), 0 },
		{ SLICE("1;a=b\r\nx\r\n" LAST), SLICE("x"), 0 },
		{ SLICE("1 ; a = b\t;c ;d=e\r\nx\r\n" LAST), SLICE("x"), 0 },
		{ SLICE("1;a=\"\"\r\nx\r\n" LAST), SLICE("x"), 0 },
		{ SLICE("1;a=\"b;\\\"\\\\ \xFF\";c=f00 ;d\r\nx\r\n" LAST), SLICE("x"), 0 },
		{ SLICE("0;a\r\n\r\n"), SLICE(""), 0 },
		{ SLICE("0\r\nA: b\r\nContent-Length: 5\r\nc:\r\n\r\n"), SLICE(""), 0 },
		{ SLICE("0\r\n!0a: \t\"\\\xFF;=:\r\n\r\n"), SLICE(""), 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_every_way(rows[i].input, CHUNKED_DONE, rows[i].text, rows[i].left_over);
}

static void
test_bad_bodies(void **state)
{
	static const struct slice rows[] = {
		SLICE("\r\n"),
		SLICE("g\r\n"),
		SLICE(" 5\r\nhello\r\n"),
		SLICE("\t5\r\nhello\r\n"),
		SLICE("5 \r\nhello\r\n"),
		SLICE("+5\r\nhello\r\n"),
		SLICE("-5\r\nhello\r\n"),
		SLICE("0x5\r\nhello\r\n"),
		SLICE("5h\r\nhello\r\n"),
		SLICE("5,5\r\nhello\r\n"),
		SLICE("5\nhello\r\n"),			/* bare LF */
		SLICE("5\rhello\r\n"),			/* bare CR */
		SLICE("5\r\r\nhello\r\n"),
		SLICE("5\0\r\nhello\r\n"),
		SLICE("10000000000000000\r\nx"),	/* 17 digits */
		SLICE("00000000000000005\r\nhello\r\n"),
		SLICE(";a\r\n"),
		SLICE("5;\r\nhello\r\n"),
		SLICE("5; \r\nhello\r\n"),
		SLICE("5;a \r\nhello\r\n"),
		SLICE("5;a=\r\nhello\r\n"),
		SLICE("5;a==b\r\nhello\r\n"),
		SLICE("5;a=b=c\r\nhello\r\n"),
		SLICE("5;a=b c\r\nhello\r\n"),
		SLICE("5;=b\r\nhello\r\n"),
		SLICE("5;a,b\r\nhello\r\n"),
		SLICE("5;a\nb\r\nhello\r\n"),		/* what an old parser ends the line with */
		SLICE("5;a=\"b\r\nhello\r\n"),
		SLICE("5;a=\"b\n\"\r\nhello\r\n"),
		SLICE("5;a=\"\\\r\n\"\r\nhello\r\n"),
		SLICE("5;a=\"b\"c\r\nhello\r\n"),
		SLICE("5;a\x80\r\nhello\r\n"),
		SLICE("5\r\nhelloX\n0\r\n\r\n"),	/* longer than it said */
		SLICE("5\r\nhello\n0\r\n\r\n"),
		SLICE("5\r\nhello\rX"),
		SLICE("5\r\nhello0\r\n\r\n"),
		SLICE("5\r\nhell\r\n0\r\n\r\n"),	/* shorter */
		SLICE("0\r\n\n"),
		SLICE("0\r\n\r\r\n"),
		SLICE("0\r\n \r\n"),
		SLICE("0\r\nA\r\n\r\n"),
		SLICE("0\r\nA : b\r\n\r\n"),
		SLICE("0\r\n: b\r\n\r\n"),
		SLICE("0\r\nA: b\r\n c\r\n\r\n"),	/* obs-fold */
		SLICE("0\r\nA: b\n\r\n"),
		SLICE("0\r\nA: b\rc\r\n\r\n"),
		SLICE("0\r\nA: \0\r\n\r\n"),
		SLICE("0\r\nA: \x7F\r\n\r\n"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check_every_way(rows[i], CHUNKED_BAD, SLICE(""), 0);
}

/* before + count times 'a' + after */
static enum chunked_result
long_body(const char *before, size_t count, const char *after)
{
	static char text[16384];
	static struct outcome o;
	size_t len = strlen(before);

	memcpy(text, before, len);
	memset(text + len, 'a', count);
	strcpy(text + len + count, after);
	decode(&o, slice_of(text), sizeof text, 1);
	return o.result;
}

static void
test_limits(void **state)
{
	(void)state;
	assert_int_equal(long_body("0;", 1021, "\r\n\r\n"), CHUNKED_DONE);
	assert_int_equal(long_body("0;", 1022, "\r\n\r\n"), CHUNKED_BAD);
	assert_int_equal(long_body("0;", 1023, ""), CHUNKED_BAD);
	assert_int_equal(long_body("0\r\na:", 8192 - 6, "\r\n\r\n"), CHUNKED_DONE);
	assert_int_equal(long_body("0\r\na:", 8192 - 5, "\r\n\r\n"), CHUNKED_BAD);
	assert_int_equal(long_body("0\r\n", 8193, ""), CHUNKED_BAD);
}

/* A size line may be long in each chunk: the limit is a line's. */
static void
test_lines_begin_anew(void **state)
{
	struct chunked c;
	char line[700];
	size_t len = 0, used;
	char text[8];

	(void)state;
	snprintf(line, sizeof line, "1;%0600d\r\nx\r\n", 0);
	chunked_init(&c);
	for (int i = 0; i < 4; i++)
		assert_int_equal(feed(&c, slice_of(line), text, &len, &used), CHUNKED_MORE);
	assert_int_equal(len, 4);
}

static void
test_largest_size(void **state)
{
	struct chunked c;
	struct slice data, input = SLICE("ffffffffffffffff\r\nabc");
	size_t used;

	(void)state;
	chunked_init(&c);
	assert_int_equal(chunked_decode(&c, input, &used, &data), CHUNKED_DATA);
	check_slice("data", data, SLICE("abc"));
	assert_int_equal(used, input.len);
	assert_true(c.left == UINT64_MAX - 3);
}

static void
test_nothing_in_nothing_out(void **state)
{
	struct chunked c;
	struct slice data;
	size_t used = 9;

	(void)state;
	chunked_init(&c);
	assert_int_equal(chunked_decode(&c, SLICE_NONE, &used, &data), CHUNKED_MORE);
	assert_int_equal(used, 0);
	assert_int_equal(chunked_decode(&c, SLICE(LAST "x"), &used, &data), CHUNKED_DONE);
	assert_int_equal(used, sizeof LAST - 1);
	assert_int_equal(chunked_decode(&c, SLICE("x"), &used, &data), CHUNKED_DONE);
	assert_int_equal(used, 0);
}

static void
test_size_lines(void **state)
{
	static const struct {
		size_t len;
		struct slice line;
	} rows[] = {
		{ 0, SLICE("0\r\n") },		     { 1, SLICE("1\r\n") },
		{ 15, SLICE("f\r\n") },		     { 16, SLICE("10\r\n") },
		{ 0x1a2b, SLICE("1a2b\r\n") },	     { 0x10000, SLICE("10000\r\n") },
		{ SIZE_MAX, SLICE("ffffffffffffffff\r\n") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *out = guard_room(&guard, 18);

		check_slice("line", slice_from(out, chunked_format_size(out, rows[i].len)),
			    rows[i].line);
	}
}

static int
set_up(void **state)
{
	(void)state;
	guard_init(&guard, 16384);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	guard_fini(&guard);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_bodies),
		cmocka_unit_test(test_bad_bodies),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_lines_begin_anew),
		cmocka_unit_test(test_largest_size),
		cmocka_unit_test(test_nothing_in_nothing_out),
		cmocka_unit_test(test_size_lines),
	};

	return cmocka_run_group_tests_name("chunked", tests, set_up, tear_down);
}
