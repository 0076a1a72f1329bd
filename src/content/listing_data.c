/* listing_data - see listing_page.h: listings for programs. */
#include "config.h"

#include "content/listing_page.h"

#include "http/date.h"

static size_t
json_room(const struct listing *l)
{
	return 256 + ESCAPE_MOST * l->path.len;
}

static void
json_begin(const struct listing *l, struct text *t)
{
	text_put(t, SLICE("{\"path\":\""));
	text_put_json(t, l->path);
	text_printf(t, "\",\"sorted\":%s,\"entries\":[", l->whole ? "true" : "false");
}

static void
put_time(struct text *t, int64_t when)
{
	char date[DATE_RFC3339_SIZE];

	date_format_rfc3339(date, (time_t)when);
	text_put(t, slice_from(date, sizeof date));
}

static void
json_row(const struct listing *l, const struct folder_entry *e, struct text *t)
{
	text_put(t, l->rows > 0 ? SLICE(",\n{\"name\":\"") : SLICE("\n{\"name\":\""));
	text_put_json(t, e->name);
	text_put(t, SLICE("\",\"url\":\"./"));
	text_put_url(t, e->name);
	if (e->directory)
		text_put(t, SLICE("/\",\"type\":\"directory\",\"modified\":\""));
	else
		text_printf(t, "\",\"type\":\"file\",\"size\":%llu,\"modified\":\"",
			    (unsigned long long)e->size);
	put_time(t, e->time);
	text_put(t, SLICE("\"}"));
}

static bool
json_behind(struct listing *l, struct text *t)
{
	(void)l;
	text_put(t, SLICE("\n]}\n"));
	return false;
}

const struct listing_format listing_json = {
	.name = "json",
	.type = SLICE("application/json"),
	.room = json_room,
	.begin = json_begin,
	.row = json_row,
	.behind = json_behind,
};

static size_t
text_room(const struct listing *l)
{
	(void)l;
	return 1;
}

static void
text_begin(const struct listing *l, struct text *t)
{
	(void)l;
	(void)t;
}

/* Time, size and name, with a tab between them; the name is last, since it can hold blanks. */
static void
text_row(const struct listing *l, const struct folder_entry *e, struct text *t)
{
	(void)l;
	put_time(t, e->time);
	if (e->directory)
		text_put(t, SLICE("\t-\t"));
	else
		text_printf(t, "\t%llu\t", (unsigned long long)e->size);
	text_put_utf8(t, e->name);
	text_put(t, e->directory ? SLICE("/\n") : SLICE("\n"));
}

static bool
text_behind(struct listing *l, struct text *t)
{
	(void)l;
	(void)t;
	return false;
}

const struct listing_format listing_text = {
	.name = "text",
	.type = SLICE("text/plain; charset=utf-8"),
	.room = text_room,
	.begin = text_begin,
	.row = text_row,
	.behind = text_behind,
};
