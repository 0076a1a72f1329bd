/*
 * date - see date.h.
 *
 * Neither strptime nor gmtime: the first looks at the locale, the second at the time zone.  The
 * calendar is the proleptic Gregorian one, reckoned from 1 March so that the leap day
 * comes last: see Hinnant, https://howardhinnant.github.io/date_algorithms.html.
 */
#include "config.h"

#include "http/date.h"

enum { DAY_SECONDS = 86400, ERA_DAYS = 146097, ERA_YEARS = 400 };

static const int64_t first_second = -62167219200;	/* 0000-01-01 00:00:00 */
static const int64_t last_second = 253402300799;	/* 9999-12-31 23:59:59 */

static const char month_names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const struct slice day_names[7] = {
	SLICE("Sunday"),   SLICE("Monday"), SLICE("Tuesday"),  SLICE("Wednesday"),
	SLICE("Thursday"), SLICE("Friday"), SLICE("Saturday"),
};

struct civil {
	int64_t year;
	int64_t month;	/* 0 = January */
	int64_t day;	/* of the month, from 1 */
	int64_t hour, minute, second;
};

/* Days since 1970-01-01; years from 0 on. */
static int64_t
days_of_civil(int64_t year, int64_t month, int64_t day)
{
	int64_t y = year - (month < 2);			/* the year that began in March */
	int64_t m = (month + 10) % 12;			/* 0 = March */
	int64_t era = (y + ERA_YEARS) / ERA_YEARS - 1;	/* of year -1 (January of 0) it is -1 */
	int64_t of_era = y - era * ERA_YEARS;
	int64_t of_year = (153 * m + 2) / 5 + day - 1;

	return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void
civil_of_days(struct civil *c, int64_t days)
{
	int64_t since = days + 719468 + ERA_DAYS;	/* since 1 March of the year -400 */
	int64_t day = since % ERA_DAYS;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t of_year = day - (year * 365 + year / 4 - year / 100);
	int64_t m = (5 * of_year + 2) / 153;

	c->day = of_year - (153 * m + 2) / 5 + 1;
	c->month = (m + 2) % 12;
	c->year = (since / ERA_DAYS - 1) * ERA_YEARS + year + (c->month < 2);
}

static int64_t
clamp(int64_t when)
{
	if (when < first_second)
		return first_second;
	return when > last_second ? last_second : when;
}

/* The civil date of a second between the two above, and how many days it is from 1970. */
static int64_t
civil_of_time(struct civil *c, int64_t when)
{
	int64_t since = when - first_second;
	int64_t days = since / DAY_SECONDS + first_second / DAY_SECONDS;
	int64_t second = since % DAY_SECONDS;

	civil_of_days(c, days);
	c->hour = second / 3600;
	c->minute = second / 60 % 60;
	c->second = second % 60;
	return days;
}

static void
put_number(char *out, int64_t n, size_t digits)
{
	while (digits-- > 0) {
		out[digits] = (char)('0' + n % 10);
		n /= 10;
	}
}

void
date_format(char out[DATE_SIZE], time_t when)
{
	struct civil c;
	int64_t days = civil_of_time(&c, clamp(when));

	memcpy(out, "Day, 00 Mon 0000 00:00:00 GMT", DATE_SIZE);
	memcpy(out, day_names[((days + 4) % 7 + 7) % 7].p, 3);	/* day 0 was a Thursday */
	put_number(out + 5, c.day, 2);
	memcpy(out + 8, month_names[c.month], 3);
	put_number(out + 12, c.year, 4);
	put_number(out + 17, c.hour, 2);
	put_number(out + 20, c.minute, 2);
	put_number(out + 23, c.second, 2);
}

void
date_format_rfc3339(char out[DATE_RFC3339_SIZE], time_t when)
{
	struct civil c;

	civil_of_time(&c, clamp(when));
	memcpy(out, "0000-00-00T00:00:00Z", DATE_RFC3339_SIZE);
	put_number(out, c.year, 4);
	put_number(out + 5, c.month + 1, 2);
	put_number(out + 8, c.day, 2);
	put_number(out + 11, c.hour, 2);
	put_number(out + 14, c.minute, 2);
	put_number(out + 17, c.second, 2);
}

/* Reading: each conversion takes its bytes off the front of *s, or says false. */

static bool
take_number(struct slice *s, size_t digits, int64_t *out)
{
	uint64_t n;

	if (s->len < digits || !slice_to_number(slice_head(*s, digits), 9999, &n))
		return false;
	*out = (int64_t)n;
	*s = slice_after(*s, digits);
	return true;
}

static bool
take_literal(struct slice *s, struct slice literal)
{
	if (!slice_starts(*s, literal))
		return false;
	*s = slice_after(*s, literal.len);
	return true;
}

/* The weekday is not compared with the date: nothing hangs on it. */
static bool
take_weekday(struct slice *s, size_t letters)
{
	for (size_t i = 0; i < 7; i++)
		if (take_literal(s, slice_head(day_names[i], letters)))
			return true;
	return false;
}

static bool
take_month(struct slice *s, int64_t *month)
{
	for (*month = 0; *month < 12; ++*month)
		if (take_literal(s, slice_from(month_names[*month], 3)))
			return true;
	return false;
}

/*
 * Two digits of a year (RFC 9110 5.6.7): what seems to lie more than 50 years ahead is in the
 * past, so it is the last such year that is not further ahead.
 */
static bool
take_short_year(struct slice *s, time_t now, int64_t *year)
{
	struct civil today;
	int64_t last;

	if (!take_number(s, 2, year))
		return false;
	civil_of_time(&today, clamp(now));
	last = today.year + 50;
	*year = last - (last + 100 - *year) % 100;
	return true;
}

static bool
take(struct slice *s, char conversion, time_t now, struct civil *c)
{
	switch (conversion) {
	case 'a':
		return take_weekday(s, 3);
	case 'A':
		return take_weekday(s, SIZE_MAX);
	case 'b':
		return take_month(s, &c->month);
	case 'd':
		return take_number(s, 2, &c->day);
	case 'e':
		return take_literal(s, SLICE(" ")) ? take_number(s, 1, &c->day)
						   : take_number(s, 2, &c->day);
	case 'Y':
		return take_number(s, 4, &c->year);
	case 'y':
		return take_short_year(s, now, &c->year);
	case 'H':
		return take_number(s, 2, &c->hour);
	case 'M':
		return take_number(s, 2, &c->minute);
	default:
		return take_number(s, 2, &c->second);
	}
}

/* Does the whole text have the form?  "%a" and so on as in strptime(3). */
static bool
parse(struct slice text, const char *form, time_t now, struct civil *c)
{
	for (; *form; form++) {
		bool good = *form == '%' ? take(&text, *++form, now, c)
					 : take_literal(&text, slice_from(form, 1));

		if (!good)
			return false;
	}
	return text.len == 0;
}

static bool
is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Does that moment exist?  RFC 5322 3.3 has leap seconds. */
static bool
exists(const struct civil *c)
{
	static const unsigned char days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t last = days[c->month] + (c->month == 1 && is_leap(c->year));

	return c->day >= 1 && c->day <= last && c->hour < 24 && c->minute < 60 && c->second <= 60;
}

bool
date_parse(struct slice text, time_t now, time_t *out)
{
	static const char *const forms[] = {
		"%a, %d %b %Y %H:%M:%S GMT",	/* IMF-fixdate */
		"%A, %d-%b-%y %H:%M:%S GMT",	/* RFC 850 */
		"%a %b %e %H:%M:%S %Y",		/* asctime */
	};

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		struct civil c = { 0 };

		if (!parse(text, forms[i], now, &c))
			continue;
		if (!exists(&c))
			return false;
		*out = days_of_civil(c.year, c.month, c.day) * DAY_SECONDS + c.hour * 3600 +
		       c.minute * 60 + c.second;
		return true;
	}
	return false;
}
