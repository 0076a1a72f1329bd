/*
 * Values of the configuration.
 *
 * What is split and quoted again splits into the same words; numbers are written as they are read;
 * a format of the access log is taken whole or refused with words.
 */
#include "config.h"

#include "base/address.h"
#include "config/value.h"
#include "fuzz.h"
#include "log/access_format.h"

static struct arena arena;

static void
check_words(struct slice raw)
{
	struct value v, again;

	if (value_split(&v, raw, &arena))
		return;
	require(v.count > 0 && v.text.len > 0 && fuzz_inside(v.text, raw));
	for (size_t i = 0; i < v.count; i++) {
		struct slice quoted = value_quote(v.words[i].text, &arena);

		require(quoted.p && !value_split(&again, quoted, &arena));
		require(again.count == 1 && again.words[0].quoted);
		require(slice_equal(again.words[0].text, v.words[i].text));
	}
	require(!value_split(&again, v.text, &arena) && again.count == v.count);
	for (size_t i = 0; i < v.count; i++)
		require(slice_equal(again.words[i].text, v.words[i].text));
}

static void
check_whole(struct slice raw)
{
	struct slice text, again, quoted;

	if (value_whole(&text, raw, &arena))
		return;
	require(text.len > 0 && text.len <= VALUE_MAX);
	quoted = value_quote(text, &arena);
	require(quoted.p && !value_whole(&again, quoted, &arena));
	require(slice_equal(again, text));
}

/* The number as it is written, with room for any. */
static double
naive_number(struct slice word, enum unit unit)
{
	static const double sizes[] = { 1, 1024, 1048576, 1073741824 };
	char digits[400] = "";
	char last = word.p[word.len - 1] | 0x20, before = word.len > 1 ? word.p[word.len - 2] : '0';
	double n;

	require(word.len < sizeof digits);
	memcpy(digits, word.p, word.len);
	n = strtod(digits, NULL);
	if (unit == UNIT_SIZE)
		return n * sizes[last == 'k' ? 1 : last == 'm' ? 2 : last == 'g' ? 3 : 0];
	if (unit == UNIT_TIME && last == 's')
		return n * ((before | 0x20) == 'm' ? 1 : 1000);
	if (unit == UNIT_TIME)
		return n * (last == 'm'	  ? 60000
			    : last == 'h' ? 3600000
			    : last == 'd' ? 86400000
					  : 1);
	return n;
}

static void
check_number(struct slice word, enum unit unit)
{
	uint64_t n, again;
	struct slice text;

	if (value_number(&n, word, unit, 1, UINT64_MAX - 1, &arena))
		return;
	require(n >= 1 && n < UINT64_MAX);
	if (word.len < 300) { /* more are zeros in front */
		double wanted = naive_number(word, unit);

		require((double)n <= wanted * 1.000001 && (double)n >= wanted * 0.999999);
	}
	text = value_format(n, unit, &arena);
	require(text.p && !value_number(&again, text, unit, 1, UINT64_MAX - 1, &arena));
	require(again == n);
}

static void
check_address(struct slice text)
{
	char out[ADDRESS_TEXT_SIZE];
	struct address a, again;

	if (address_parse(&a, text))
		return;
	require(a.len > 0 && a.len <= sizeof a.local);
	if (a.any.sa_family == AF_UNIX || address_port(&a) == 0)
		return;
	require(!address_parse(&again, slice_from(out, address_format(&a, out))));
	require(address_port(&again) == address_port(&a));
	require(address_equal(&a, &again) || a.dual);
}

static void
check_format(struct slice text)
{
	struct access_format f;
	size_t len = 0;

	if (access_format_parse(&f, text, &arena))
		return;
	require(slice_equal(f.source, text) && f.count <= text.len);
	for (size_t i = 0; i < f.count; i++) {
		require(f.items[i].kind < ACCESS_KIND_COUNT);
		require(fuzz_inside(f.items[i].text, f.source));
		len += f.items[i].text.len;
	}
	require(len <= text.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice raw = fuzz_slice(data, size);
	char *copy = fuzz_copy(raw);
	bool on;

	raw.p = copy;
	arena_init(&arena, 1024);
	check_words(raw);
	check_whole(raw);
	check_number(raw, UNIT_NONE);
	check_number(raw, UNIT_TIME);
	check_number(raw, UNIT_SIZE);
	check_address(raw);
	check_format(raw);
	value_switch(&on, raw);
	arena_fini(&arena);
	free(copy);
	return 0;
}
