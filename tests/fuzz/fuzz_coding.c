/*
 * Accept-Encoding; each line of the input is a line of the field.
 *
 * What is chosen is there and acceptable, and nothing that is there is liked better.  Without
 * quotes in it the field reads the same to a reader who splits at commas.
 */
#include "config.h"

#include "fuzz.h"
#include "http/byte.h"
#include "http/coding.h"

enum { LINES = 8 };

/* The lines as the parser would leave them.  False when a value holds what no value can. */
static bool
make_request(struct request *r, struct field *fields, struct slice input)
{
	*r = (struct request){ .method = METHOD_GET, .fields = fields };
	while (input.len > 0 && r->field_count < LINES) {
		struct slice line = slice_head(input, slice_find(input, '\n'));

		for (size_t i = 0; i < line.len; i++)
			if (!byte_is(line.p[i], BYTE_VALUE))
				return false;
		fields[r->field_count++] = (struct field){
			.name = SLICE("accept-encoding"),
			.value = slice_trim(line),
			.id = FIELD_ACCEPT_ENCODING,
		};
		r->first[FIELD_ACCEPT_ENCODING] = 1;
		input = slice_after(input, line.len + 1);
	}
	return true;
}

/* The weight of an element in thousandths, or -1 when it is malformed. */
static int
naive_weight(struct slice element)
{
	static const char *const forms[] = { "0", "0.", "0.d", "0.dd", "0.ddd", "1", "1.", "1.0",
					     "1.00", "1.000" };
	size_t semicolon = slice_find(element, ';');
	struct slice weight = slice_trim(slice_after(element, semicolon + 1));
	char text[6] = "";

	if (semicolon == element.len)
		return 1000;
	if (weight.len < 3 || weight.len > 7 || (weight.p[0] | 0x20) != 'q' || weight.p[1] != '=')
		return -1;
	memcpy(text, weight.p + 2, weight.len - 2);
	for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
		size_t i = 0;

		while (forms[f][i] && (forms[f][i] == 'd' ? text[i] >= '0' && text[i] <= '9'
							  : text[i] == forms[f][i]))
			i++;
		if (!forms[f][i] && i == weight.len - 2)
			return (int)(strtod(text, NULL) * 1000 + 0.5);
	}
	return -1;
}

/* What is said of a name last, or -1 for nothing. */
static int
naive_q(const struct request *r, struct slice name, struct slice other_name)
{
	int q = -1;

	for (size_t i = 0; i < r->field_count; i++) {
		struct slice rest = r->fields[i].value;

		while (rest.len > 0) {
			struct slice element = slice_head(rest, slice_find(rest, ','));
			struct slice word;
			int weight;

			rest = slice_after(rest, element.len + 1);
			element = slice_trim(element);
			word = slice_trim(slice_head(element, slice_find(element, ';')));
			weight = naive_weight(element);
			if (weight >= 0 && (slice_equal_nocase(word, name) ||
					    slice_equal_nocase(word, other_name)))
				q = weight;
		}
	}
	return q;
}

static void
check_naively(const struct coding_preferences *p, const struct request *r)
{
	int any = naive_q(r, SLICE("*"), SLICE("*"));

	for (size_t i = 0; i < r->field_count; i++)
		if (slice_find(r->fields[i].value, '"') < r->fields[i].value.len)
			return;
	for (enum coding c = 0; c < CODING_COUNT; c++) {
		struct slice name = coding_token(c);
		int q = naive_q(r, name, c == CODING_GZIP ? SLICE("x-gzip") : name);

		if (q < 0)
			q = any;
		if (q < 0)
			q = c == CODING_IDENTITY;
		require(p->q[c] == (unsigned)q);
	}
}

static void
check_choice(const struct coding_preferences *p, unsigned available)
{
	enum coding choice = coding_choose(p, available);

	require(choice == CODING_IDENTITY || (available & 1u << choice));
	require(choice == CODING_IDENTITY || p->q[choice] > 0);
	for (enum coding c = 0; c < CODING_COUNT; c++)
		if (c == CODING_IDENTITY || (available & 1u << c))
			require(p->q[c] <= p->q[choice]);
	if (choice != CODING_IDENTITY)
		return;
	for (enum coding c = CODING_IDENTITY + 1; c < CODING_COUNT; c++)
		if (available & 1u << c)
			require(p->q[c] == 0 || p->q[c] < p->q[CODING_IDENTITY]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request r;
	struct field fields[LINES];
	struct coding_preferences p;

	if (!make_request(&r, fields, fuzz_slice(data, size)))
		return 0;
	coding_preferences(&p, &r);
	for (enum coding c = 0; c < CODING_COUNT; c++)
		require(p.q[c] <= 1000);
	check_naively(&p, &r);
	for (unsigned available = 0; available < 1u << CODING_COUNT; available++)
		check_choice(&p, available);
	return 0;
}
