/*
 * Dates, in each of the three forms.
 *
 * What is read is a moment that the C library writes in the same form with the same bytes, but for
 * the name of the day and leap seconds; what the C library writes is read as the same moment.
 */
#include "config.h"

#include "fuzz.h"
#include "http/date.h"

enum { TEXT_ROOM = 64 };

static const time_t now = 1795600000; /* in 2026 */
static const int64_t first_second = -62167219200, seconds_there_are = 315569520000;

static const struct {
	const char *form;
	char day_ends; /* behind the name of the day, which is not compared */
	bool short_year;
} forms[] = {
	{ "%a, %d %b %Y %H:%M:%S GMT", ',', false },
	{ "%A, %d-%b-%y %H:%M:%S GMT", ',', true },
	{ "%a %b %e %H:%M:%S %Y", ' ', false },
};

/* As strftime(3), which writes no zeros before a year: those below 1000 are none here. */
static struct slice
write_as(size_t form, time_t when, char out[TEXT_ROOM])
{
	struct tm tm;

	gmtime_r(&when, &tm);
	if (tm.tm_year + 1900 < 1000)
		return SLICE_NONE;
	return slice_from(out, strftime(out, TEXT_ROOM, forms[form].form, &tm));
}

/* Without the name of the day, if it ends so. */
static struct slice
without_day(struct slice text, size_t form)
{
	return slice_after(text, slice_find(text, forms[form].day_ends));
}

/* Is the text that moment in one of the forms? */
static bool
is_written(struct slice text, time_t when)
{
	char bytes[TEXT_ROOM];

	for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
		struct slice form = write_as(f, when, bytes);

		if (form.len == 0 || slice_equal(without_day(form, f), without_day(text, f)))
			return true;
	}
	return false;
}

/*
 * As the C library writes it: a second 60 is that behind the 59th, and in the asctime form a day
 * may have its zero (RFC 9110 5.6.7).
 */
static struct slice
straighten(struct slice text, char *out, bool *leap)
{
	memcpy(out, text.p, text.len);
	*leap = false;
	if (text.len == strlen("Sun Nov 06 08:49:37 1994") && out[7] == ' ' && out[8] == '0')
		out[8] = ' ';
	for (size_t i = 2; i + 2 < text.len; i++)
		if (memcmp(out + i, ":60", 3) == 0 && out[i - 3] == ':') {
			out[i + 1] = '5';
			out[i + 2] = '9';
			*leap = true;
		}
	return slice_from(out, text.len);
}

static void
check_read(struct slice text, time_t when)
{
	char out[TEXT_ROOM];
	bool leap;

	require(text.len < sizeof out);
	require(when >= first_second && when <= first_second + seconds_there_are);
	text = straighten(text, out, &leap);
	require(is_written(text, when - leap));
}

static void
check_written(time_t when)
{
	char text[DATE_SIZE], rfc3339[DATE_RFC3339_SIZE], bytes[TEXT_ROOM];
	time_t again;

	date_format(text, when);
	require(date_parse(slice_from(text, DATE_SIZE), now, &again) && again == when);
	date_format_rfc3339(rfc3339, when);
	require(memcmp(rfc3339, text + 12, 4) == 0 && memcmp(rfc3339 + 11, text + 17, 8) == 0);
	for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
		struct slice form = write_as(f, when, bytes);

		if (form.len == 0)
			continue;
		require(date_parse(form, now, &again));
		if (!forms[f].short_year)
			require(again == when);
		if (f == 0)
			require(slice_equal(form, slice_from(text, DATE_SIZE)));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = fuzz_slice(data, size);
	char *copy = fuzz_copy(text);
	uint64_t seconds = 0;
	time_t when;

	text.p = copy;
	if (date_parse(text, now, &when))
		check_read(text, when);
	memcpy(&seconds, data, size < sizeof seconds ? size : sizeof seconds);
	check_written((time_t)(seconds % (uint64_t)seconds_there_are) + first_second);
	free(copy);
	return 0;
}
