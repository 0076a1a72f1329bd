/* Files beneath a root as answers: which are found, and what goes with them. */
#include "config.h"

#include "content/static_file.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "content/file_cache.h"
#include "http/date.h"
#include "log/error_log.h"
#include "site.h"

static struct site_under_test t;

static int
begin(void **state)
{
	struct scratch *s = &t.scratch;

	(void)state;
	scratch_init(s);
	scratch_dir(s, "root");
	scratch_write(s, "secret", SLICE("secret"));
	scratch_write(s, "root/file.txt", SLICE("a file\n"));
	scratch_write(s, "root/empty", SLICE_NONE);
	scratch_dir(s, "root/with");
	scratch_write(s, "root/with/index.html", SLICE("<p>index"));
	scratch_dir(s, "root/second");
	scratch_write(s, "root/second/index.htm", SLICE("<p>second"));
	scratch_dir(s, "root/odd");
	scratch_dir(s, "root/odd/index.html");
	scratch_dir(s, "root/without");
	scratch_dir(s, "root/.git");
	scratch_write(s, "root/.git/config", SLICE("x"));
	scratch_dir(s, "root/.well-known");
	scratch_write(s, "root/.well-known/x", SLICE("acme"));
	scratch_write(s, "root/old.bak", SLICE("x"));
	scratch_link(s, "file.txt", "root/link");
	scratch_link(s, "../secret", "root/out");
	scratch_link(s, "/etc/passwd", "root/absolute");
	assert_int_equal(mkfifo(scratch_at(s, "root/fifo"), 0644), 0);
	scratch_write(s, "root/back\\slash", SLICE("b"));
	scratch_write(s, "root/caf\xc3\xa9 100%?.txt", SLICE("e"));
	return 0;
}

static int
end(void **state)
{
	(void)state;
	site_fini(&t);
	scratch_fini(&t.scratch);
	return 0;
}

static void
check_status(const char *line, unsigned status, const char *body)
{
	unsigned got = site_ask(&t, line, NULL);

	if (got != status)
		fail_msg("%s: %u, not %u", line, got, status);
	if (!body)
		return;
	check_slice(line, site_body(&t), slice_of(body));
	assert_true(t.x.response.has_length);
	assert_int_equal(t.x.response.length, strlen(body));
}

static void
test_found(void **state)
{
	(void)state;
	site_init(&t, "[server]\nroot = @/root\n");
	check_status("GET /file.txt", 200, "a file\n");
	check_slice("file", t.x.file, SLICE("file.txt"));
	check_status("HEAD /file.txt", 200, "a file\n"); /* whose body is not sent */
	check_status("GET /file.txt?query", 200, "a file\n");
	check_status("GET /./without/../file.txt", 200, "a file\n");
	check_status("GET /empty", 200, "");
	check_status("GET /with/", 200, "<p>index");
	check_slice("type", site_field(&t, "Content-Type"), SLICE("text/html; charset=utf-8"));
	check_status("GET /second/", 200, "<p>second");
	check_status("GET /link", 200, "a file\n");
	check_status("GET /.well-known/x", 200, "acme");
	check_status("GET /back%5cslash", 200, "b");
	check_status("GET /caf%c3%a9%20100%25%3f.txt", 200, "e");
}

static void
test_not_found(void **state)
{
	(void)state;
	site_init(&t, "[server]\nroot = @/root\n");
	check_status("GET /nothing", 404, NULL);
	check_status("GET /nothing/", 404, NULL);
	check_status("GET /file.txt/", 404, NULL);
	check_status("GET /file.txt/x", 404, NULL);
	check_status("GET /out", 404, NULL);
	check_status("GET /out/", 404, NULL);
	check_status("GET /absolute", 404, NULL);
	check_status("GET /../secret", 404, NULL);
	check_status("GET /with/%2e%2e/%2e%2e/secret", 404, NULL);
	check_status("GET /.git/config", 404, NULL);
	check_status("GET /.git/", 404, NULL);
	check_status("GET /.git", 404, NULL);
	check_status("GET /%2egit/config", 404, NULL);
	check_status("GET /old.bak", 404, NULL);
	check_status("GET /fifo", 404, NULL);
	check_status("GET /file%2Etxt", 200, NULL);
	check_status("GET /FILE.TXT", 404, NULL);
}

static void
test_no_index(void **state)
{
	(void)state;
	site_init(&t, "[server]\nroot = @/root\n");
	check_status("GET /", 403, NULL);
	check_status("GET /without/", 403, NULL);
	check_status("GET /odd/", 403, NULL); /* whose index is a folder */
	check_status("GET /odd/index.html/", 403, NULL);
	check_status("GET /without", 301, NULL);
}

static void
test_choices(void **state)
{
	(void)state;
	site_init(&t, "[server]\nroot = @/root\nhidden = on\nsymlinks = none\nindex = file.txt\n"
		      "[location no]\npath = /no\nroot = off\n");
	check_status("GET /.git/config", 200, "x");
	check_status("GET /old.bak", 200, "x");
	check_status("GET /link", 404, NULL);
	check_status("GET /", 200, "a file\n");
	check_status("GET /with/", 403, NULL);
	check_status("GET /no/x", 404, NULL);
}

/* What its body is, over TLS or not. */
static void
check_kind(const char *line, bool tls, enum body_kind kind, uint64_t length)
{
	site_route(&t, line, NULL);
	t.x.tls_site = tls ? t.x.route.site : NULL;
	content_respond(&t.x);
	assert_null(t.x.job);
	assert_int_equal(t.x.response.status, 200);
	assert_int_equal(t.x.response.length, length);
	if (t.x.response.body.kind != kind)
		fail_msg("%s: a body of kind %d, not %d", line, t.x.response.body.kind, kind);
	t.x.tls_site = NULL;
}

static void
test_who_sends(void **state)
{
	static const struct file_cache_limits few = { 100, 1 << 20, 4 };
	enum { SMALL = 32 * 1024, MEDIUM = SMALL + 1, LARGE = 128 * 1024 + 1 };
	static const char zeros[LARGE];

	(void)state;
	scratch_write(&t.scratch, "root/s", slice_from(zeros, SMALL));
	scratch_write(&t.scratch, "root/m1", slice_from(zeros, MEDIUM));
	scratch_write(&t.scratch, "root/m2", slice_from(zeros, MEDIUM));
	scratch_write(&t.scratch, "root/m3", slice_from(zeros, MEDIUM));
	scratch_write(&t.scratch, "root/l", slice_from(zeros, LARGE));
	site_init(&t, "[server]\nroot = @/root\ngzip = off\n");
	check_kind("GET /s", false, BODY_SOURCE_MEMORY, SMALL);
	check_kind("GET /m1", false, BODY_SOURCE_FILE, MEDIUM);
	check_kind("GET /m1", true, BODY_SOURCE_MEMORY, MEDIUM);
	check_kind("GET /l", true, BODY_SOURCE_FILE, LARGE);
	exchange_reset(&t.x);
	store_free(t.store);
	t.x.store = t.store = store_new(t.config, &few);
	assert_non_null(t.store);
	check_kind("GET /m1", false, BODY_SOURCE_FILE, MEDIUM);
	assert_in_range(file_cache_usage(store_file_cache(t.store)).bytes, 1, MEDIUM);
	check_kind("GET /m1", true, BODY_SOURCE_MEMORY, MEDIUM);
	assert_in_range(file_cache_usage(store_file_cache(t.store)).bytes, MEDIUM, 2 * MEDIUM);
	check_kind("GET /m1", false, BODY_SOURCE_FILE, MEDIUM);
	check_kind("GET /m2", true, BODY_SOURCE_MEMORY, MEDIUM);
	check_kind("GET /m2", false, BODY_SOURCE_FILE, MEDIUM);
	assert_int_equal(file_cache_usage(store_file_cache(t.store)).descriptors, 2);
	check_kind("GET /m3", false, BODY_SOURCE_MEMORY, MEDIUM); /* the others have half of them */
	check_kind("GET /l", false, BODY_SOURCE_FILE, LARGE);
	assert_int_equal(file_cache_usage(store_file_cache(t.store)).descriptors, 3);
}

/* Several logs in one test would be one too many: what is said is said once. */
static void
test_escape_noted_once(void **state)
{
	static const char words[] = "symbolic link";
	int fd = scratch_file();
	char text[4096] = "", *at;

	(void)state;
	site_init(&t, "[server]\nroot = @/root\n");
	error_log_open(fd, LOG_LEVEL_NOTICE);
	for (int i = 0; i < 3; i++)
		check_status("GET /out", 404, NULL);
	check_status("GET /absolute", 404, NULL);
	error_log_open(STDERR_FILENO, LOG_LEVEL_NOTICE);
	assert_true(pread(fd, text, sizeof text - 1, 0) > 0);
	at = strstr(text, words);
	assert_non_null(at);
	assert_null(strstr(at + 1, words));
	close(fd);
}

/* 503 and not 404 when the root is away: crawlers believe a 404. */
static void
test_root_away(void **state)
{
	int fd = scratch_file();

	(void)state;
	site_init(&t, "[server]\nroot = @/root\n");
	check_status("GET /file.txt", 200, NULL);
	error_log_open(fd, LOG_LEVEL_NOTICE);
	assert_int_equal(rename(scratch_at(&t.scratch, "root"), scratch_at(&t.scratch, "away")), 0);
	t.x.now_ms += 2000;
	check_status("GET /file.txt", 503, NULL);
	assert_true(site_field(&t, "Retry-After").len > 0);
	assert_int_equal(rename(scratch_at(&t.scratch, "away"), scratch_at(&t.scratch, "root")), 0);
	check_status("GET /file.txt", 200, "a file\n");
	error_log_open(STDERR_FILENO, LOG_LEVEL_NOTICE);
	assert_true(lseek(fd, 0, SEEK_END) > 0);
	close(fd);
}

static void
test_no_permission(void **state)
{
	(void)state;
	site_init(&t, "[server]\nroot = @/root\n");
	assert_int_equal(chmod(scratch_at(&t.scratch, "root/with/index.html"), 0), 0);
	assert_int_equal(chmod(scratch_at(&t.scratch, "root/file.txt"), 0), 0);
	assert_int_equal(chmod(t.scratch.path, 0755), 0);
	if (geteuid() == 0 && seteuid(65534) != 0)
		skip();
	check_status("GET /file.txt", 403, NULL);
	check_status("GET /with/", 403, NULL);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

static void
test_conditions(void **state)
{
	char lines[256], date[DATE_SIZE];
	struct stat st;

	(void)state;
	site_init(&t, "[server]\nroot = @/root\n");
	check_status("GET /file.txt", 200, NULL);
	snprintf(lines, sizeof lines, "If-None-Match: %.*s\r\n", SLICE_FMT(site_field(&t, "ETag")));
	assert_int_equal(site_ask(&t, "GET /file.txt", lines), 304);
	assert_int_equal(t.x.response.body.kind, BODY_SOURCE_NONE);
	assert_true(site_field(&t, "ETag").len > 0);
	assert_null(site_field(&t, "Content-Type").p);
	assert_int_equal(site_ask(&t, "HEAD /file.txt", lines), 304);
	assert_int_equal(stat(scratch_at(&t.scratch, "root/file.txt"), &st), 0);
	date_format(date, st.st_mtim.tv_sec);
	snprintf(lines, sizeof lines, "If-Modified-Since: %.*s\r\n", DATE_SIZE, date);
	assert_int_equal(site_ask(&t, "GET /file.txt", lines), 304);
	date_format(date, st.st_mtim.tv_sec - 1);
	snprintf(lines, sizeof lines, "If-Modified-Since: %.*s\r\n", DATE_SIZE, date);
	assert_int_equal(site_ask(&t, "GET /file.txt", lines), 200);
	assert_int_equal(site_ask(&t, "GET /file.txt", "If-Match: \"x\"\r\n"), 412);
	assert_null(site_field(&t, "ETag").p);
	assert_int_equal(site_ask(&t, "GET /nothing", "If-None-Match: *\r\n"), 404);
}

static void
test_gzip(void **state)
{
	static const char accept[] = "Accept-Encoding: gzip\r\n";
	static char text[5000];
	struct slice body;

	(void)state;
	memset(text, 'x', sizeof text);
	scratch_write(&t.scratch, "root/big.txt", slice_from(text, sizeof text));
	site_init(&t, "[server]\nroot = @/root\n");
	assert_int_equal(site_ask(&t, "GET /big.txt", accept), 200);
	assert_false(t.x.response.has_length);
	check_slice("coding", site_field(&t, "Content-Encoding"), SLICE("gzip"));
	body = site_body(&t);
	assert_true(body.len < 200);
	assert_memory_equal(body.p, "\x1f\x8b", 2);
	assert_int_equal(site_ask(&t, "HEAD /big.txt", accept), 200); /* the same head */
	assert_false(t.x.response.has_length);
	check_slice("coding", site_field(&t, "Content-Encoding"), SLICE("gzip"));
	assert_int_equal(site_ask(&t, "GET /big.txt", NULL), 200);
	assert_null(site_field(&t, "Content-Encoding").p);
	check_slice("vary", site_field(&t, "Vary"), SLICE("Accept-Encoding"));
	assert_int_equal(t.x.response.length, sizeof text);
	assert_int_equal(site_ask(&t, "GET /file.txt", accept), 200); /* too small */
	assert_null(site_field(&t, "Vary").p);
}

/* Thousands of answers of every kind, and as many descriptors as before. */
static void
test_nothing_stays_open(void **state)
{
	static const char *const lines[] = { "GET /file.txt", "GET /with/",   "GET /out",
					     "GET /without",  "GET /nothing", "GET /fifo",
					     "GET /odd/",     "HEAD /empty" };
	int before;

	(void)state;
	site_init(&t, "[server]\nroot = @/root\nerror = 404 /file.txt\n");
	site_ask(&t, lines[0], NULL);
	exchange_reset(&t.x);
	before = scratch_count_fds();
	for (int i = 0; i < 2000; i++)
		site_ask(&t, lines[i % COUNT(lines)], i % 3 ? NULL : "If-None-Match: *\r\n");
	exchange_reset(&t.x);
	assert_int_equal(scratch_count_fds(), before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_found, begin, end),
		cmocka_unit_test_setup_teardown(test_not_found, begin, end),
		cmocka_unit_test_setup_teardown(test_no_index, begin, end),
		cmocka_unit_test_setup_teardown(test_choices, begin, end),
		cmocka_unit_test_setup_teardown(test_who_sends, begin, end),
		cmocka_unit_test_setup_teardown(test_escape_noted_once, begin, end),
		cmocka_unit_test_setup_teardown(test_root_away, begin, end),
		cmocka_unit_test_setup_teardown(test_no_permission, begin, end),
		cmocka_unit_test_setup_teardown(test_conditions, begin, end),
		cmocka_unit_test_setup_teardown(test_gzip, begin, end),
		cmocka_unit_test_setup_teardown(test_nothing_stays_open, begin, end),
	};

	return cmocka_run_group_tests_name("static_file", tests, NULL, NULL);
}
