/* cors: who may read, what browsers are told beforehand, and what can be said. */
#include "config.h"

#include "content/cors.h"

#include "load.h"
#include "site.h"

#define ASK "Access-Control-Request-Method: GET\r\n"

static struct site_under_test t;

static void
begin(const char *ini)
{
	scratch_init(&t.scratch);
	scratch_write(&t.scratch, "file.txt", SLICE("text"));
	site_init(&t, ini);
}

static void
end(void)
{
	site_fini(&t);
	scratch_fini(&t.scratch);
}

static void
check(const char *line, const char *lines, unsigned status, const char *origin, const char *vary)
{
	unsigned got = site_ask(&t, line, lines);

	if (got != status)
		fail_msg("%s, %s: %u, not %u", line, lines ? lines : "", got, status);
	check_slice(line, site_field(&t, "Access-Control-Allow-Origin"), slice_of(origin));
	check_slice(line, site_field(&t, "Vary"), slice_of(vary));
}

/* WHATWG Fetch, "CORS protocol and HTTP caches": Vary also where no origin was sent. */
static void
a_list(void **state)
{
	(void)state;
	begin("[server]\nroot = @\ngzip = off\ncors = https://A.example http://b.example:3000\n");
	check("GET /file.txt", NULL, 200, "", "Origin");
	check("GET /file.txt", "Origin: https://a.example\r\n", 200, "https://a.example", "Origin");
	check("GET /file.txt", "Origin: http://b.example:3000\r\n", 200, "http://b.example:3000",
	      "Origin");
	check("GET /file.txt", "Origin: http://b.example\r\n", 200, "", "Origin");
	check("GET /file.txt", "Origin: https://a.example.evil\r\n", 200, "", "Origin");
	check("GET /file.txt", "Origin: null\r\n", 200, "", "Origin");
	check("GET /none", "Origin: https://a.example\r\n", 404, "https://a.example", "Origin");
	check("GET /file.txt", "If-None-Match: *\r\nOrigin: https://a.example\r\n", 304,
	      "https://a.example", "Origin");
	check("OPTIONS /file.txt", "Origin: https://a.example\r\n", 204, "https://a.example",
	      "Origin");
	assert_null(site_field(&t, "Access-Control-Allow-Methods").p); /* not asked beforehand */
	end();
}

static void
everybody(void **state)
{
	(void)state;
	begin("[server]\nroot = @\ngzip = off\ncors = *\n[location off]\npath = /off\ncors = off\n"
	      "return = 200 \"x\"\n");
	check("GET /file.txt", NULL, 200, "*", "");
	check("GET /file.txt", "Origin: null\r\n", 200, "*", "");
	check("GET /off", "Origin: https://a.example\r\n", 200, "", "");
	assert_null(site_field(&t, "Access-Control-Allow-Credentials").p);
	end();
}

static void
asked_beforehand(void **state)
{
	(void)state;
	begin("[server]\nroot = @\ngzip = off\ncors = https://a.example\nmethods = GET\n"
	      "[location off]\npath = /off\ncors = off\n"
	      "[location deny]\npath = /deny\ndeny = all\n");
	check("OPTIONS /file.txt", "Origin: https://a.example\r\n" ASK, 204, "https://a.example",
	      "Origin");
	check_slice("methods", site_field(&t, "Access-Control-Allow-Methods"), SLICE("GET, HEAD"));
	check_slice("fields", site_field(&t, "Access-Control-Allow-Headers"),
		    SLICE("*, Authorization"));
	check_slice("age", site_field(&t, "Access-Control-Max-Age"), SLICE("86400"));
	check("OPTIONS /file.txt", "Origin: https://b.example\r\n" ASK, 204, "", "Origin");
	assert_null(site_field(&t, "Access-Control-Allow-Methods").p);
	check("OPTIONS /file.txt", ASK, 405, "", "Origin"); /* no origin: no browser */
	check("OPTIONS /off", "Origin: https://a.example\r\n" ASK, 405, "", "");
	check("OPTIONS /deny", "Origin: https://a.example\r\n" ASK, 403, "https://a.example",
	      "Origin");
	end();
}

static void
what_can_be_said(void **state)
{
	static const char *const bad[][2] = {
		{ "* https://a.example", "* stands alone" },
		{ "https://a.example\ncors = *", "* stands alone" },
		{ "https://a.example off", "with its scheme" },
		{ "null", "can call itself null" },
		{ "a.example", "with its scheme" },
		{ "https:/a.example", "with its scheme" },
		{ "https://a.example/", "no path" },
		{ "https://*.example", "every origin is written out" },
		{ "https://u@a.example", "this is no host" },
		{ "https://", "this is no host" },
		{ "https://a.example:443", "leave this port out" },
		{ "http://a.example:80", "leave this port out" },
	};
	struct load l;
	const struct set_words *set;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		char text[128];

		snprintf(text, sizeof text, "[server]\nroot = /\ncors = %s\n", bad[i][0]);
		check_refused_with(text, bad[i][1]);
	}
	set = load_good(&l, "[server]\nroot = /\ncors = HTTPS://A.example app://localhost\n"
			    "cors = http://[::1]:8080\n")
		      ->server_settings.cors;
	assert_int_equal(set->count, 3);
	check_slice("origin", set->words[0], SLICE("https://a.example"));
	assert_int_equal(set->at.line, 3);
	load_end(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list),
		cmocka_unit_test(everybody),
		cmocka_unit_test(asked_beforehand),
		cmocka_unit_test(what_can_be_said),
	};

	return cmocka_run_group_tests_name("cors", tests, NULL, NULL);
}
