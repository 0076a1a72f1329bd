/* Dates: the three forms, what does not exist, and the calendar against the C library's. */
#include "config.h"

#include "http/date.h"

#include "check.h"
#include "guard.h"

static struct guard guard;

static const time_t now = 1760000000;	/* 9 October 2025 */

static void
test_forms(void **state)
{
	static const struct {
		struct slice text;
		time_t when;
	} rows[] = {
		{ SLICE("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777 },
		{ SLICE("Sunday, 06-Nov-94 08:49:37 GMT"), 784111777 },
		{ SLICE("Sun Nov  6 08:49:37 1994"), 784111777 },
		{ SLICE("Wed Nov 16 08:49:37 1994"), 784975777 },
		{ SLICE("Thu, 01 Jan 1970 00:00:00 GMT"), 0 },
		{ SLICE("Wed, 31 Dec 1969 23:59:59 GMT"), -1 },
		{ SLICE("Tue, 29 Feb 2000 00:00:00 GMT"), 951782400 },
		{ SLICE("Sat, 31 Dec 2016 23:59:60 GMT"), 1483228800 },
		{ SLICE("Sat, 01 Jan 0000 00:00:00 GMT"), -62167219200 },
		{ SLICE("Fri, 31 Dec 9999 23:59:59 GMT"), 253402300799 },
		{ SLICE("Mon, 06 Nov 1994 08:49:37 GMT"), 784111777 },	/* was a Sunday */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		time_t when;

		if (!date_parse(guard_place(&guard, rows[i].text), now, &when))
			fail_msg("%s: refused", check_show(rows[i].text));
		if (when != rows[i].when)
			fail_msg("%s: %lld", check_show(rows[i].text), (long long)when);
	}
}

static void
test_no_dates(void **state)
{
	static const struct slice rows[] = {
		SLICE(""),
		SLICE("0"),
		SLICE("784111777"),
		SLICE("Sun, 06 Nov 1994 08:49:37"),
		SLICE("Sun, 06 Nov 1994 08:49:37 UTC"),
		SLICE("Sun, 06 Nov 1994 08:49:37 gmt"),
		SLICE("Sun, 06 Nov 1994 08:49:37 +0000"),
		SLICE("Sun, 06 Nov 1994 08:49:37 GMT "),
		SLICE(" Sun, 06 Nov 1994 08:49:37 GMT"),
		SLICE("Sun,  06 Nov 1994 08:49:37 GMT"),
		SLICE("sun, 06 Nov 1994 08:49:37 GMT"),
		SLICE("Son, 06 Nov 1994 08:49:37 GMT"),
		SLICE("Sun, 6 Nov 1994 08:49:37 GMT"),
		SLICE("Sun, 06 nov 1994 08:49:37 GMT"),
		SLICE("Sun, 06 Now 1994 08:49:37 GMT"),
		SLICE("Sun, 06 Nov 94 08:49:37 GMT"),
		SLICE("Sun, 06 Nov +994 08:49:37 GMT"),
		SLICE("Sun, 06 Nov 1994 8:49:37 GMT"),
		SLICE("Sun, 06 Nov 1994 24:00:00 GMT"),
		SLICE("Sun, 06 Nov 1994 08:60:00 GMT"),
		SLICE("Sun, 06 Nov 1994 08:49:61 GMT"),
		SLICE("Sun, 00 Nov 1994 08:49:37 GMT"),
		SLICE("Sun, 31 Nov 1994 08:49:37 GMT"),
		SLICE("Sun, 32 Dec 1994 08:49:37 GMT"),
		SLICE("Sun, 30 Feb 2000 00:00:00 GMT"),
		SLICE("Sun, 29 Feb 1999 00:00:00 GMT"),
		SLICE("Sun, 29 Feb 1900 00:00:00 GMT"),
		SLICE("Sun, 06-Nov-94 08:49:37 GMT"),
		SLICE("Sunday, 06-Nov-1994 08:49:37 GMT"),
		SLICE("Sunday, 06 Nov 94 08:49:37 GMT"),
		SLICE("Sun Nov 6 08:49:37 1994"),
		SLICE("Sun Nov   6 08:49:37 1994"),
		SLICE("Sun Nov 06 08:49:37 1994 GMT"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		time_t when;

		if (date_parse(guard_place(&guard, rows[i]), now, &when))
			fail_msg("%s: taken", check_show(rows[i]));
	}
}

static void
test_rfc3339(void **state)
{
	static const struct {
		time_t when;
		struct slice text;
	} rows[] = {
		{ 784111777, SLICE("1994-11-06T08:49:37Z") },
		{ 0, SLICE("1970-01-01T00:00:00Z") },
		{ -1, SLICE("1969-12-31T23:59:59Z") },
		{ 951782400, SLICE("2000-02-29T00:00:00Z") },
		{ 253402300800, SLICE("9999-12-31T23:59:59Z") },
		{ INT64_MIN, SLICE("0000-01-01T00:00:00Z") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *out = guard_room(&guard, DATE_RFC3339_SIZE);

		date_format_rfc3339(out, rows[i].when);
		check_slice("rfc3339", slice_from(out, DATE_RFC3339_SIZE), rows[i].text);
	}
}

static void
test_cut_short(void **state)
{
	static const struct slice rows[] = {
		SLICE("Sun, 06 Nov 1994 08:49:37 GMT"),
		SLICE("Sunday, 06-Nov-94 08:49:37 GMT"),
		SLICE("Sun Nov  6 08:49:37 1994"),
	};
	time_t when;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t len = 0; len < rows[i].len; len++)
			assert_false(date_parse(guard_place(&guard, slice_head(rows[i], len)), now,
						&when));
}

static int
year_of(time_t when)
{
	struct tm tm;

	gmtime_r(&when, &tm);
	return tm.tm_year + 1900;
}

static void
test_short_years(void **state)
{
	static const struct {
		int64_t now;
		struct slice text;
		int year;
	} rows[] = {
		{ now, SLICE("Sunday, 06-Nov-25 08:49:37 GMT"), 2025 },
		{ now, SLICE("Sunday, 06-Nov-75 08:49:37 GMT"), 2075 },
		{ now, SLICE("Sunday, 06-Nov-76 08:49:37 GMT"), 1976 },
		{ now, SLICE("Sunday, 06-Nov-99 08:49:37 GMT"), 1999 },
		{ now, SLICE("Sunday, 06-Nov-00 08:49:37 GMT"), 2000 },
		{ 3786912000, SLICE("Sunday, 06-Nov-10 08:49:37 GMT"), 2110 },	/* from 2090 */
		{ 3786912000, SLICE("Sunday, 06-Nov-41 08:49:37 GMT"), 2041 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		time_t when;

		assert_true(date_parse(rows[i].text, rows[i].now, &when));
		assert_int_equal(year_of(when), rows[i].year);
	}
}

/* The same from the C library; the tests run in the C locale. */
static void
check_format(time_t when)
{
	char day[16], hour[16], wanted[64], *out = guard_room(&guard, DATE_SIZE);
	struct tm tm;
	time_t back;

	gmtime_r(&when, &tm);
	strftime(day, sizeof day, "%a, %d %b", &tm);
	strftime(hour, sizeof hour, "%H:%M:%S", &tm);
	snprintf(wanted, sizeof wanted, "%s %04d %s GMT", day, tm.tm_year + 1900, hour);
	date_format(out, when);
	check_slice("format", slice_from(out, DATE_SIZE), slice_of(wanted));
	assert_true(date_parse(slice_from(out, DATE_SIZE), now, &back));
	assert_true(back == when);
}

static void
test_formatting(void **state)
{
	const time_t first = -62167219200, last = 253402300799;

	(void)state;
	check_format(0);
	check_format(now);
	check_format(first);
	check_format(last);
	for (time_t when = first; when < last; when += 5 * 86400 - 7)
		check_format(when);
}

static void
test_clamping(void **state)
{
	static const struct slice first = SLICE("Sat, 01 Jan 0000 00:00:00 GMT");
	static const struct slice last = SLICE("Fri, 31 Dec 9999 23:59:59 GMT");
	char out[DATE_SIZE];

	(void)state;
	date_format(out, INT64_MIN);
	check_slice("first", slice_from(out, DATE_SIZE), first);
	date_format(out, -62167219201);
	check_slice("first", slice_from(out, DATE_SIZE), first);
	date_format(out, INT64_MAX);
	check_slice("last", slice_from(out, DATE_SIZE), last);
}

static int
set_up(void **state)
{
	(void)state;
	guard_init(&guard, 4096);
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
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_no_dates),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_rfc3339),
		cmocka_unit_test(test_short_years),
		cmocka_unit_test(test_formatting),
		cmocka_unit_test(test_clamping),
	};

	return cmocka_run_group_tests_name("date", tests, set_up, tear_down);
}
