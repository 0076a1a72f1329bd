/* A file as HTTP sees it: type, charset, validators, coding. */
#include "config.h"

#include "content/representation.h"

#include "content/variant.h"
#include "site.h"

static struct site_under_test t;

/* The representation of a file of that name, for a request with these lines. */
static struct representation
represent(const char *name, const char *lines, const struct stat *st)
{
	struct file_entry e = { .on_the_fly = false };
	struct representation rep;

	site_route(&t, "GET /x", lines);
	representation_init(&rep, &t.x, st, slice_of(name));
	e.on_the_fly = representation_is_worth_gzip(&rep, &t.x);
	rep.negotiable = variant_negotiable(&e);
	rep.coding = variant_choose(&e, &t.x);
	assert_true(representation_validate(&rep, &t.x, -1, st));
	return rep;
}

static struct stat
status(off_t size, time_t mtime, long mtime_ns, time_t ctime_, long ctime_ns)
{
	return (struct stat){ .st_mode = S_IFREG,
			      .st_size = size,
			      .st_mtim = { mtime, mtime_ns },
			      .st_ctim = { ctime_, ctime_ns } };
}

static void
begin(const char *ini)
{
	scratch_init(&t.scratch);
	site_init(&t, ini);
	t.x.now = (struct timespec){ 2000000000, 500000000 };
}

static void
end(void)
{
	site_fini(&t);
	scratch_fini(&t.scratch);
}

/* Strong only when neither time can be given to other bytes any more. */
static void
test_strength(void **state)
{
	static const struct {
		time_t mtime, ctime_; /* seconds before now */
		long mtime_ns, ctime_ns;
		bool strong;
	} cases[] = {
		{ 10, 10, 0, 0, true },
		{ 1, 1, 500000000, 500000000, true }, /* a second, to the nanosecond */
		{ 1, 1, 500000001, 0, false },
		{ 1, 1, 0, 500000001, false },
		{ 0, 10, 0, 0, false },
		{ 10, 0, 0, 0, false },
		{ 2, 2, 999999999, 999999999, true },
		{ -10, -10, 0, 0, false }, /* from the future */
		{ 10, -10, 0, 0, false },
		{ 1000000000, 1000000000, 999999999, 0, true },
	};

	(void)state;
	begin("[server]\nroot = @\n");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct stat st = status(7, t.x.now.tv_sec - cases[i].mtime, cases[i].mtime_ns,
					t.x.now.tv_sec - cases[i].ctime_, cases[i].ctime_ns);
		struct representation rep = represent("x", NULL, &st);

		if (slice_starts(rep.validators.etag, SLICE("W/")) == cases[i].strong)
			fail_msg("case %zu: %s", i, check_show(rep.validators.etag));
	}
	end();
}

/* Other bytes, another tag; the same file elsewhere, the same tag. */
static void
test_tag(void **state)
{
	struct stat st = status(1000, 1500000000, 5, 1500000000, 6), other = st;
	struct slice tag;
	char copy[100];

	(void)state;
	begin("[server]\nroot = @\n[gzip]\nmin_size = 10\n");
	tag = represent("x.html", NULL, &st).validators.etag;
	assert_true(slice_starts(tag, SLICE("\"")) && slice_ends(tag, SLICE("\"")));
	snprintf(copy, sizeof copy, "%.*s", SLICE_FMT(tag));
	other.st_ino = 99;
	other.st_ctim.tv_nsec++;
	check_slice("replica", represent("x.html", NULL, &other).validators.etag, slice_of(copy));
	other.st_mtim.tv_nsec++;
	assert_false(
		slice_equal(represent("x.html", NULL, &other).validators.etag, slice_of(copy)));
	other = st;
	other.st_size++;
	assert_false(
		slice_equal(represent("x.html", NULL, &other).validators.etag, slice_of(copy)));
	tag = represent("x.html", "Accept-Encoding: gzip\r\n", &st).validators.etag;
	assert_true(slice_ends(tag, SLICE("-gz\"")));
	end();
}

static void
test_last_modified(void **state)
{
	struct stat st = status(1, 1500000000, 999999999, 1500000000, 0);

	(void)state;
	begin("[server]\nroot = @\n");
	assert_int_equal(represent("x", NULL, &st).validators.last_modified, 1500000000);
	st.st_mtim.tv_sec = t.x.now.tv_sec + 1000; /* RFC 9110 8.8.2.1 */
	assert_int_equal(represent("x", NULL, &st).validators.last_modified, t.x.now.tv_sec);
	end();
}

static void
test_types(void **state)
{
	static const struct {
		const char *name, *type;
	} cases[] = {
		{ "a.html", "text/html; charset=utf-8" },
		{ "A.HTML", "text/html; charset=utf-8" },
		{ "a.txt", "text/plain; charset=utf-8" },
		{ "a.png", "image/png" },
		{ "a.b.png", "image/png" },
		{ "a", "application/octet-stream" },
		{ "a.nonsense", "application/octet-stream" },
		{ "a.x", "text/x-own; charset=utf-8" },
		{ "a.own", "application/own" },
	};
	struct stat st = status(1, 0, 0, 0, 0);

	(void)state;
	begin("[server]\nroot = @\nmime = own:application/own\n[mime]\nx = text/x-own\n");
	for (size_t i = 0; i < COUNT(cases); i++)
		check_slice(cases[i].name, represent(cases[i].name, NULL, &st).type,
			    slice_of(cases[i].type));
	end();
	begin("[server]\nroot = @\ncharset = gbk\ndefault_type = text/plain\n");
	check_slice("gbk", represent("a.html", NULL, &st).type, SLICE("text/html; charset=gbk"));
	check_slice("default", represent("a", NULL, &st).type, SLICE("text/plain; charset=gbk"));
	end();
	begin("[server]\nroot = @\ncharset = off\n");
	check_slice("off", represent("a.html", NULL, &st).type, SLICE("text/html"));
	end();
}

static void
check_coding(const char *name, off_t size, const char *lines, bool negotiable, enum coding coding)
{
	struct stat st = status(size, 0, 0, 0, 0);
	struct representation rep = represent(name, lines, &st);

	if (rep.negotiable != negotiable || rep.coding != coding)
		fail_msg("%s of %ld, %s: negotiable %d, coding %d", name, (long)size,
			 lines ? lines : "nothing", rep.negotiable, (int)rep.coding);
}

static void
test_codings(void **state)
{
	static const char gzip[] = "Accept-Encoding: gzip\r\n";

	(void)state;
	begin("[server]\nroot = @\n[gzip]\nmin_size = 100\nmax_size = 1000\n");
	check_coding("a.html", 100, gzip, true, CODING_GZIP);
	check_coding("a.html", 1000, gzip, true, CODING_GZIP);
	check_coding("a.html", 99, gzip, false, CODING_IDENTITY);
	check_coding("a.html", 1001, gzip, false, CODING_IDENTITY);
	check_coding("a.png", 500, gzip, false, CODING_IDENTITY);
	check_coding("a.html", 500, NULL, true, CODING_IDENTITY);
	check_coding("a.html", 500, "Accept-Encoding: br\r\n", true, CODING_IDENTITY);
	check_coding("a.html", 500, "Accept-Encoding: gzip;q=0\r\n", true, CODING_IDENTITY);
	check_coding("a.html", 500, "Accept-Encoding: *\r\n", true, CODING_GZIP);
	end();
	begin("[server]\nroot = @\ngzip = off\n");
	check_coding("a.html", 5000, gzip, false, CODING_IDENTITY);
	end();
	begin("[server]\nroot = @\n[gzip]\nenable = no\n");
	check_coding("a.html", 5000, gzip, false, CODING_IDENTITY);
	end();
}

/* The fields of a 200 and of a 304 (RFC 9110 15.4.5). */
static void
test_fields(void **state)
{
	struct stat st = status(5000, 1500000000, 0, 1500000000, 0);
	struct representation rep;

	(void)state;
	begin("[server]\nroot = @\n");
	rep = represent("a.html", "Accept-Encoding: gzip\r\n", &st);
	response_init(&t.x.response, 200);
	representation_add_fields(&rep, &t.x);
	check_slice("type", site_field(&t, "Content-Type"), SLICE("text/html; charset=utf-8"));
	check_slice("nosniff", site_field(&t, "X-Content-Type-Options"), SLICE("nosniff"));
	check_slice("modified", site_field(&t, "Last-Modified"),
		    SLICE("Fri, 14 Jul 2017 02:40:00 GMT"));
	check_slice("tag", site_field(&t, "ETag"), rep.validators.etag);
	check_slice("coding", site_field(&t, "Content-Encoding"), SLICE("gzip"));
	check_slice("vary", site_field(&t, "Vary"), SLICE("Accept-Encoding"));
	response_init(&t.x.response, 304);
	representation_add_fields(&rep, &t.x);
	assert_null(site_field(&t, "Content-Type").p);
	assert_null(site_field(&t, "Content-Encoding").p);
	check_slice("tag", site_field(&t, "ETag"), rep.validators.etag);
	check_slice("vary", site_field(&t, "Vary"), SLICE("Accept-Encoding"));
	end();
	begin("[server]\nroot = @\netag = off\n");
	rep = represent("a.png", NULL, &st);
	response_init(&t.x.response, 200);
	representation_add_fields(&rep, &t.x);
	assert_null(site_field(&t, "ETag").p);
	assert_null(site_field(&t, "Vary").p);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strength),      cmocka_unit_test(test_tag),
		cmocka_unit_test(test_last_modified), cmocka_unit_test(test_types),
		cmocka_unit_test(test_codings),	      cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests_name("representation", tests, NULL, NULL);
}
