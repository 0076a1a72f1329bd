/*
 * setter_limit - how much a client may have, and how little: limit_requests, limit_rate,
 * max_connections_per_ip, min_rate.
 */
#include "config/setter.h"

#include "config/loader.h"

enum { RATE_MAX = 100000, BURST_MAX = 1000000 };

/* "10/s", "30/m". */
static const char *
parse_rate(struct slice word, uint64_t *number, uint64_t *period_ms)
{
	size_t slash = slice_find(word, '/');
	struct slice unit = slice_after(word, slash);

	if (slice_equal_nocase(unit, SLICE("/s")))
		*period_ms = 1000;
	else if (slice_equal_nocase(unit, SLICE("/m")))
		*period_ms = 60000;
	else
		return "a rate is a number of requests a second or a minute, as in 10/s or 30/m";
	if (!slice_to_number(slice_head(word, slash), RATE_MAX, number) || *number == 0)
		return "a rate is a number from 1 to 100000, as in 10/s or 30/m";
	return NULL;
}

static const char *
parse_limit(struct assignment *a, struct set_limit_requests *set)
{
	const char *words = parse_rate(a->value.words[0].text, &set->number, &set->period_ms);
	bool burst_said = false;

	set->burst = set->number;
	for (size_t i = 1; i < a->value.count && !words; i++) {
		struct slice word = a->value.words[i].text;

		if (slice_equal_nocase(word, SLICE("observe")) && !set->observe) {
			set->observe = true;
		} else if (slice_equal_nocase(word, SLICE("burst")) && !burst_said) {
			burst_said = true;
			words = ++i < a->value.count
					? value_number(&set->burst, a->value.words[i].text,
						       UNIT_NONE, 1, BURST_MAX, a->loader->arena)
					: "behind burst stands how many may come at once";
		} else {
			words = "a limit is RATE [burst NUMBER] [observe]";
		}
	}
	return words;
}

const char *
set_limit_requests(struct assignment *a)
{
	struct set_limit_requests *set = arena_alloc(a->loader->arena, sizeof *set);
	const struct set_limit_requests **into = a->into;
	const char *words = NULL;

	if (!set)
		return "out of memory";
	*set = (struct set_limit_requests){ .at = a->at, .off = assignment_is_off(a) };
	if (!set->off)
		words = parse_limit(a, set);
	if (words)
		return words;
	set->text = arena_copy(a->loader->arena, a->value.text);
	set->index = a->loader->config->limit_count++;
	*into = set;
	return set->text.p ? NULL : "out of memory";
}

/* "500k/s", as bytes. */
static const char *
parse_speed(const struct assignment *a, uint64_t most, uint64_t *bytes)
{
	struct slice word = a->value.words[0].text;

	if (!slice_ends(word, SLICE("/s")) && !slice_ends(word, SLICE("/S")))
		return "a speed is a size for each second, as in 500k/s";
	return value_number(bytes, slice_head(word, word.len - 2), UNIT_SIZE, 1, most,
			    a->loader->arena);
}

static const char *
parse_limit_rate(struct assignment *a, struct set_limit_rate *set)
{
	const struct word *words = a->value.words;
	uint64_t most = 1ull << 40;
	const char *failed = parse_speed(a, most, &set->bytes);

	if (failed || a->value.count == 1)
		return failed;
	if (a->value.count != 3 || !slice_equal_nocase(words[1].text, SLICE("after")))
		return "a speed is SIZE/s [after SIZE]";
	return value_number(&set->after, words[2].text, UNIT_SIZE, 0, most, a->loader->arena);
}

const char *
set_limit_rate(struct assignment *a)
{
	struct set_limit_rate *set = arena_alloc(a->loader->arena, sizeof *set);
	const struct set_limit_rate **into = a->into;
	const char *words = NULL;

	if (!set)
		return "out of memory";
	*set = (struct set_limit_rate){ .at = a->at };
	if (!assignment_is_off(a))
		words = parse_limit_rate(a, set);
	if (words)
		return words;
	set->text = arena_copy(a->loader->arena, a->value.text);
	*into = set;
	return set->text.p ? NULL : "out of memory";
}

/* A count of [server]; off is 0. */
const char *
set_number_or_off(struct assignment *a)
{
	unsigned *into = a->into;

	if (!assignment_is_off(a))
		return set_number(a);
	*into = 0;
	return NULL;
}

/* A speed of [server]; off is 0. */
const char *
set_speed_or_off(struct assignment *a)
{
	uint64_t *into = a->into;
	const char *words = setter_one_word(a);

	if (!words && !assignment_is_off(a))
		return parse_speed(a, a->directive->max, into);
	*into = 0;
	return words;
}
