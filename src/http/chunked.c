/*
 * chunked - see chunked.h.
 *
 * The grammar of RFC 9112 7.1 as a table: a state and a symbol give the next state.  What the
 * table does not name is BAD, so nothing gets through because somebody forgot it.
 */
#include "config.h"

#include "http/chunked.h"

#include "http/byte.h"

enum {
	SIZE_DIGITS_MAX = 16,		/* as many as a uint64_t has */
	SIZE_LINE_MAX = 1024,
	TRAILERS_MAX = 8192,
};

enum state {
	BAD,
	SIZE_START,
	SIZE,
	EXT_BLANK,		/* before a ';' */
	EXT_NAME_START,
	EXT_NAME,
	EXT_NAME_BLANK,		/* before a '=' or ';' */
	EXT_VALUE_START,
	EXT_VALUE,
	EXT_QUOTED,
	EXT_ESCAPE,		/* behind a backslash */
	EXT_QUOTED_END,
	SIZE_LF,
	DATA,
	DATA_CR,
	DATA_LF,
	TRAILER_START,
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF,
	END_LF,
	DONE,
	STATE_COUNT
};

/* In this order, because the table names ranges of them. */
enum symbol {
	CONTROL,	/* has no place anywhere */
	LF,
	CR,
	HEX,
	TOKEN,		/* the rest of tchar */
	SEMICOLON,
	EQUAL,
	COLON,
	BLANK,
	VISIBLE,	/* any other VCHAR, and obs-text */
	QUOTE,
	BACKSLASH,
	SYMBOL_COUNT
};

static const unsigned char next_state[STATE_COUNT][SYMBOL_COUNT] = {
	[SIZE_START] = { [HEX] = SIZE },
	[SIZE] = { [HEX] = SIZE, [SEMICOLON] = EXT_NAME_START, [BLANK] = EXT_BLANK,
		   [CR] = SIZE_LF },

	/* *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ), RFC 9112 7.1.1 */
	[EXT_BLANK] = { [BLANK] = EXT_BLANK, [SEMICOLON] = EXT_NAME_START },
	[EXT_NAME_START] = { [BLANK] = EXT_NAME_START, [HEX ... TOKEN] = EXT_NAME },
	[EXT_NAME] = { [HEX ... TOKEN] = EXT_NAME, [SEMICOLON] = EXT_NAME_START,
		       [EQUAL] = EXT_VALUE_START, [BLANK] = EXT_NAME_BLANK, [CR] = SIZE_LF },
	[EXT_NAME_BLANK] = { [BLANK] = EXT_NAME_BLANK, [SEMICOLON] = EXT_NAME_START,
			     [EQUAL] = EXT_VALUE_START },
	[EXT_VALUE_START] = { [BLANK] = EXT_VALUE_START, [HEX ... TOKEN] = EXT_VALUE,
			      [QUOTE] = EXT_QUOTED },
	[EXT_VALUE] = { [HEX ... TOKEN] = EXT_VALUE, [SEMICOLON] = EXT_NAME_START,
			[BLANK] = EXT_BLANK, [CR] = SIZE_LF },
	[EXT_QUOTED] = { [HEX ... VISIBLE] = EXT_QUOTED, [BACKSLASH] = EXT_ESCAPE,
			 [QUOTE] = EXT_QUOTED_END },
	[EXT_ESCAPE] = { [HEX ... BACKSLASH] = EXT_QUOTED },
	[EXT_QUOTED_END] = { [SEMICOLON] = EXT_NAME_START, [BLANK] = EXT_BLANK, [CR] = SIZE_LF },
	[SIZE_LF] = { [LF] = DATA },

	[DATA_CR] = { [CR] = DATA_LF },
	[DATA_LF] = { [LF] = SIZE_START },

	/* field lines as in a head, RFC 9112 7.1.2, 5.1 */
	[TRAILER_START] = { [HEX ... TOKEN] = TRAILER_NAME, [CR] = END_LF },
	[TRAILER_NAME] = { [HEX ... TOKEN] = TRAILER_NAME, [COLON] = TRAILER_VALUE },
	[TRAILER_VALUE] = { [HEX ... BACKSLASH] = TRAILER_VALUE, [CR] = TRAILER_LF },
	[TRAILER_LF] = { [LF] = TRAILER_START },
	[END_LF] = { [LF] = DONE },
};

static enum symbol
symbol_of(char c)
{
	switch (c) {
	case '\n':
		return LF;
	case '\r':
		return CR;
	case ';':
		return SEMICOLON;
	case '=':
		return EQUAL;
	case ':':
		return COLON;
	case ' ':
	case '\t':
		return BLANK;
	case '"':
		return QUOTE;
	case '\\':
		return BACKSLASH;
	}
	if (byte_hex(c) >= 0)
		return HEX;
	if (byte_is(c, BYTE_TOKEN))
		return TOKEN;
	return byte_is(c, BYTE_VALUE) ? VISIBLE : CONTROL;
}

void
chunked_init(struct chunked *c)
{
	*c = (struct chunked){ .state = SIZE_START };
}

/* Everything but content.  The new state, which is BAD as well when a limit is passed. */
static enum state
step(struct chunked *c, char byte)
{
	enum state state = next_state[c->state][symbol_of(byte)];

	if (state == SIZE_START || state == TRAILER_START)
		c->line = 0;
	else if (++c->line > SIZE_LINE_MAX && state < DATA)
		return BAD;
	if (state == SIZE) {
		if (c->line > SIZE_DIGITS_MAX)
			return BAD;
		c->left = c->left << 4 | (unsigned)byte_hex(byte);
	}
	if (state >= TRAILER_START && ++c->trailers > TRAILERS_MAX)
		return BAD;
	if (state == DATA && c->left == 0)
		return TRAILER_START;	/* the last chunk, RFC 9112 7.1 */
	return state;
}

/* A piece of the present chunk. */
static enum chunked_result
give_data(struct chunked *c, struct slice input, size_t *used, struct slice *data)
{
	*data = slice_after(input, *used);
	if (data->len > c->left)
		data->len = (size_t)c->left;
	*used += data->len;
	c->left -= data->len;
	c->total += data->len;
	if (c->left == 0)
		c->state = DATA_CR;
	return CHUNKED_DATA;
}

enum chunked_result
chunked_decode(struct chunked *c, struct slice input, size_t *used, struct slice *data)
{
	*data = SLICE_NONE;
	for (*used = 0; *used < input.len; ++*used) {
		if (c->state == DATA)
			return give_data(c, input, used, data);
		if (c->state == DONE || c->state == BAD)
			break;
		c->state = step(c, input.p[*used]);
	}
	if (c->state == BAD)
		return CHUNKED_BAD;
	return c->state == DONE ? CHUNKED_DONE : CHUNKED_MORE;
}

size_t
chunked_format_size(char out[18], size_t len)
{
	size_t digits = 1, n = 0;

	while (digits < 2 * sizeof len && len >> (4 * digits))
		digits++;
	while (digits-- > 0)
		out[n++] = "0123456789abcdef"[len >> (4 * digits) & 15];
	out[n++] = '\r';
	out[n++] = '\n';
	return n;
}
