/* Listings as responses: forms, fields, sizes, and the same bytes whatever room there is. */
#include "config.h"

#include "content/listing.h"

#include "content/folder_order.h"
#include "site.h"

#define ACCEPT(value) "Accept: " value "\r\n"

static struct site_under_test t;

static int
start(void **state)
{
	(void)state;
	scratch_init(&t.scratch);
	scratch_dir(&t.scratch, "root");
	scratch_dir(&t.scratch, "root/in");
	scratch_dir(&t.scratch, "root/in/folder");
	scratch_dir(&t.scratch, "root/empty");
	scratch_write(&t.scratch, "root/in/<a> & \"b\"", SLICE("12345"));
	scratch_write(&t.scratch, "root/in/caf\xE9", SLICE(""));
	scratch_write(&t.scratch, "root/in/README", SLICE("<b>read</b> \xFF me"));
	site_init(&t, "[server]\nroot = @/root\nlisting = on\n"
		      "[location closed]\npath = /empty\nlisting = off\n");
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	site_fini(&t);
	scratch_fini(&t.scratch);
	return 0;
}

static bool
body_has(const char *words)
{
	struct slice body = site_body(&t);

	return memmem(body.p, body.len, words, strlen(words)) != NULL;
}

static void
test_forms(void **state)
{
	static const struct {
		const char *line, *lines, *type, *vary;
	} rows[] = {
		{ "GET /in/", NULL, "text/html; charset=utf-8", "Accept" },
		{ "GET /in/", ACCEPT("text/html, */*;q=0.8"), "text/html; charset=utf-8",
		  "Accept" },
		{ "GET /in/", ACCEPT("application/json"), "application/json", "Accept" },
		{ "GET /in/", ACCEPT("text/html;q=0.5, application/json;q=0.6"), "application/json",
		  "Accept" },
		{ "GET /in/", ACCEPT("text/plain"), "text/plain; charset=utf-8", "Accept" },
		{ "GET /in/", ACCEPT("image/png"), "text/html; charset=utf-8", "Accept" },
		{ "GET /in/?format=json", NULL, "application/json", "" },
		{ "GET /in/?a=b&format=text&c", NULL, "text/plain; charset=utf-8", "" },
		{ "GET /in/?format=html", ACCEPT("application/json"), "text/html; charset=utf-8",
		  "" },
		{ "GET /in/?format=text&format=json", NULL, "application/json", "" },
		{ "GET /in/?format=xml", NULL, "text/html; charset=utf-8", "Accept" },
		{ "GET /in/?xformat=json&formatx=json&format", NULL, "text/html; charset=utf-8",
		  "Accept" },
		{ "HEAD /in/?format=json", NULL, "application/json", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(site_ask(&t, rows[i].line, rows[i].lines), 200);
		check_slice(rows[i].line, site_field(&t, "Content-Type"), slice_of(rows[i].type));
		check_slice(rows[i].line, site_field(&t, "Vary"), slice_of(rows[i].vary));
		check_slice(rows[i].line, site_field(&t, "Cache-Control"), SLICE("no-cache"));
		check_slice(rows[i].line, site_field(&t, "ETag"), SLICE_NONE);
		assert_false(t.x.response.has_length);
	}
}

static void
test_off(void **state)
{
	(void)state;
	assert_int_equal(site_ask(&t, "GET /empty/", NULL), 403);
	assert_true(t.x.look.no_index);
	assert_false(t.x.route.scope->now.listing->on);
	assert_int_equal(site_ask(&t, "GET /none/", NULL), 404);
	assert_false(t.x.look.no_index);
}

static void
test_escapes(void **state)
{
	(void)state;
	assert_int_equal(site_ask(&t, "GET /in/", NULL), 200);
	assert_true(body_has("href=\"./%3Ca%3E%20&amp;%20%22b%22\"><bdi>&lt;a&gt; &amp; "
			     "&quot;b&quot;</bdi>"));
	site_ask(&t, "GET /in/", NULL);
	assert_true(body_has("href=\"./caf%E9\"><bdi>caf\xEF\xBF\xBD</bdi>"));
	site_ask(&t, "GET /in/", NULL);
	assert_true(body_has("href=\"./folder/\"><bdi>folder/</bdi>"));
	site_ask(&t, "GET /in/", NULL);
	assert_true(body_has("<data value=\"5\" title=\"5 bytes\">5 bytes</data>"));
	site_ask(&t, "GET /in/", NULL);
	assert_true(body_has("<pre>\n&lt;b&gt;read&lt;/b&gt; \xEF\xBF\xBD me</pre>"));
	site_ask(&t, "GET /in/?format=json", NULL);
	assert_true(body_has("{\"name\":\"<a> & \\\"b\\\"\",\"url\":\"./%3Ca%3E%20&%20%22b%22\","
			     "\"type\":\"file\",\"size\":5,\"modified\":\""));
}

/* How a size is said. */
static void
test_sizes(void **state)
{
	static const struct {
		off_t size;
		const char *words;
	} rows[] = {
		{ 0, ">0 bytes<" },
		{ 1, ">1 byte<" },
		{ 1023, ">1023 bytes<" },
		{ 1024, ">1.0 KiB<" },
		{ 1434, ">1.4 KiB<" },
		{ 10188, ">9.9 KiB<" },
		{ 10189, ">10 KiB<" },
		{ 1024 * 1023, ">1023 KiB<" },
		{ 1024 * 1024, ">1.0 MiB<" },
		{ 1536 * 1024, ">1.5 MiB<" },
		{ (off_t)3 << 30, ">3.0 GiB<" },
		{ (off_t)5 << 40, ">5.0 TiB<" },
	};
	const char *path = scratch_at(&t.scratch, "root/in/README");

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (truncate(path, rows[i].size) != 0)
			continue; /* more than this file system can do */
		assert_int_equal(site_ask(&t, "GET /in/", NULL), 200);
		if (!body_has(rows[i].words))
			fail_msg("%lld is not %s", (long long)rows[i].size, rows[i].words);
	}
}

/* The body, asked for that many bytes at a time. */
static size_t
drain(size_t room, char *out, size_t cap)
{
	struct body_stream *s = t.x.response.body.stream;
	enum body_fill filled = BODY_FILLED;
	size_t len = 0;

	while (filled == BODY_FILLED) {
		size_t n = 0;

		assert_true(len + room <= cap);
		filled = s->fill(s, out + len, room, &n);
		assert_true(n <= room);
		len += n;
	}
	assert_int_equal(filled, BODY_END);
	return len;
}

static void
test_rooms(void **state)
{
	static const size_t rooms[] = { 1, 2, 3, 100, 4095, 16000 };
	static char wanted[40000], got[40000];
	size_t length, n;

	(void)state;
	site_ask(&t, "GET /in/", NULL);
	length = drain(16384, wanted, sizeof wanted);
	for (size_t i = 0; i < COUNT(rooms); i++) {
		site_ask(&t, "GET /in/", NULL);
		n = drain(rooms[i], got, sizeof got);
		check_slice("room", slice_from(got, n), slice_from(wanted, length));
	}
}

/* Neither a header nor a README that is too long, and one that a location treats in its own way. */
static void
test_extras(void **state)
{
	static char much[20000];

	(void)state;
	memset(much, 'x', sizeof much);
	scratch_write(&t.scratch, "root/in/.header.html", SLICE("<p id=top>hello</p>"));
	site_ask(&t, "GET /in/", NULL);
	assert_true(body_has("<div>\n<p id=top>hello</p>\n</div>"));
	site_ask(&t, "GET /in/?format=json", NULL);
	assert_false(body_has("hello"));
	scratch_write(&t.scratch, "root/in/.header.html", slice_from(much, sizeof much));
	scratch_write(&t.scratch, "root/in/README", slice_from(much, sizeof much));
	site_ask(&t, "GET /in/", NULL);
	assert_false(body_has("<div>"));
	site_ask(&t, "GET /in/", NULL);
	assert_true(body_has("x</pre>\n<p><a href=\"./README\">All of README</a></p>"));
	site_fini(&t);
	site_init(&t, "[server]\nroot = @/root\nlisting = on\n"
		      "[location secret]\npath = READM?\nreturn = 403\n");
	site_ask(&t, "GET /in/", NULL);
	assert_false(body_has("<pre>"));
}

static void
test_cache_control(void **state)
{
	static const struct {
		const char *said, *wanted;
	} rows[] = { { "auto", "no-cache" },
		     { "off", "no-cache" },
		     { "\"max-age=60\"", "max-age=60" } };
	char ini[200];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		site_fini(&t);
		snprintf(ini, sizeof ini,
			 "[server]\nroot = @/root\nlisting = on\ncache_control = %s\n",
			 rows[i].said);
		site_init(&t, ini);
		site_ask(&t, "GET /in/?format=json", NULL);
		check_slice(rows[i].said, site_field(&t, "Cache-Control"),
			    slice_of(rows[i].wanted));
	}
}

/* A fill looks at a bounded number of names: gathering many takes several, which give no byte. */
static void
test_bounded_work(void **state)
{
	struct body_stream *s;
	char name[64], out[8192];
	size_t n = 0;
	int fills = 0;

	(void)state;
	for (int i = 0; i < 1500; i++) {
		snprintf(name, sizeof name, "root/empty/%d", i);
		scratch_write(&t.scratch, name, SLICE(""));
	}
	site_fini(&t);
	site_init(&t, "[server]\nroot = @/root\nlisting = on\n");
	assert_int_equal(site_ask(&t, "GET /empty/", NULL), 200);
	for (s = t.x.response.body.stream; n == 0; fills++)
		assert_int_equal(s->fill(s, out, sizeof out, &n), BODY_FILLED);
	assert_in_range(fills, 10, 1500);
}

/* Left at every stage, nothing stays behind. */
static void
test_left(void **state)
{
	int before = scratch_count_fds();
	char out[200];
	size_t n;

	(void)state;
	for (int fills = 0; fills < 40; fills++) {
		site_ask(&t, "GET /in/", NULL);
		for (int i = 0; i < fills; i++)
			t.x.response.body.stream->fill(t.x.response.body.stream, out, sizeof out,
						       &n);
	}
	exchange_reset(&t.x);
	assert_true(scratch_count_fds() <= before + 1); /* the root itself */
	assert_int_equal(store_folder_budget(t.store)->used, 0);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, start, finish)
	const struct CMUnitTest tests[] = {
		CASE(test_forms), CASE(test_off),	   CASE(test_escapes),
		CASE(test_sizes), CASE(test_rooms),	   CASE(test_extras),
		CASE(test_left),  CASE(test_bounded_work), CASE(test_cache_control),
	};

	return cmocka_run_group_tests_name("listing", tests, NULL, NULL);
}
