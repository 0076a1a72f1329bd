/*
 * The chunked coding.
 *
 * The pieces in which a body arrives change nothing; what is taken reads the same to a decoder
 * that knows lines and numbers only; what is coded decodes to the same.
 */
#include "config.h"

#include "fuzz.h"
#include "http/chunked.h"

struct outcome {
	enum chunked_result result;
	size_t used;
	char *text;
	size_t len;
};

/* Pieces of at most `largest` bytes, of sizes drawn from the input; 0: all in one. */
static void
decode(struct outcome *o, struct slice input, uint32_t largest)
{
	struct chunked c;

	chunked_init(&c);
	*o = (struct outcome){ .result = CHUNKED_MORE, .text = malloc(input.len + 1) };
	require(o->text);
	for (uint32_t turn = 0; o->used < input.len && o->result == CHUNKED_MORE; turn++) {
		uint32_t drawn = largest ? fuzz_draw(slice_head(input, 16), turn) % largest : 0;
		struct slice piece = slice_head(slice_after(input, o->used),
						largest ? 1 + drawn : input.len);
		char *copy = fuzz_copy(piece);
		struct slice rest = slice_from(copy, piece.len);

		do {
			struct slice data;
			size_t used;

			o->result = chunked_decode(&c, rest, &used, &data);
			require(used <= rest.len && fuzz_inside(data, rest));
			require((o->result == CHUNKED_DATA) == (data.len > 0));
			if (data.len > 0)
				memcpy(o->text + o->len, data.p, data.len);
			o->len += data.len;
			o->used += used;
			rest = slice_after(rest, used);
		} while (o->result == CHUNKED_DATA);
		require(o->result != CHUNKED_MORE || rest.len == 0);
		free(copy);
	}
	require(c.total == o->len);
}

/* For a body that was taken: from number to number. */
static void
check_naively(const struct outcome *o, struct slice input)
{
	struct slice rest = slice_head(input, o->used);
	size_t len = 0;

	require(slice_ends(rest, SLICE("\r\n\r\n")));
	for (;;) {
		size_t line = slice_find(rest, '\n') + 1;
		unsigned long long size = strtoull(rest.p, NULL, 16);	/* ends at CR or ';' */

		require(line >= 3 && rest.p[line - 2] == '\r');
		rest = slice_after(rest, line);
		if (size == 0)
			break;
		require(size + 2 < rest.len);
		require(memcmp(o->text + len, rest.p, size) == 0);
		require(rest.p[size] == '\r' && rest.p[size + 1] == '\n');
		len += size;
		rest = slice_after(rest, size + 2);
	}
	require(len == o->len);
	for (size_t i = 0; i < rest.len; i++) {
		require(rest.p[i] != '\n' || (i > 0 && rest.p[i - 1] == '\r'));
		require(rest.p[i] != '\0');
	}
}

/* The input as content: coded and decoded again. */
static void
check_round_trip(struct slice content)
{
	char *coded = malloc(18 + content.len + 7);
	struct outcome o;
	size_t len;

	require(coded);
	if (content.len == 0)
		goto out;
	len = chunked_format_size(coded, content.len);
	memcpy(coded + len, content.p, content.len);
	len += content.len;
	memcpy(coded + len, "\r\n0\r\n\r\n", 7);
	len += 7;
	decode(&o, slice_from(coded, len), 64);
	require(o.result == CHUNKED_DONE && o.used == len);
	require(slice_equal(slice_from(o.text, o.len), content));
	free(o.text);
out:
	free(coded);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t sizes[] = { 1, 7, 100 };
	struct slice input = fuzz_slice(data, size);
	struct outcome whole, pieces;

	decode(&whole, input, 0);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		decode(&pieces, input, sizes[i]);
		require(pieces.result == whole.result);
		require(pieces.len == whole.len && memcmp(pieces.text, whole.text, whole.len) == 0);
		require(pieces.used == whole.used);
		free(pieces.text);
	}
	if (whole.result == CHUNKED_DONE)
		check_naively(&whole, input);
	free(whole.text);
	check_round_trip(input);
	return 0;
}
