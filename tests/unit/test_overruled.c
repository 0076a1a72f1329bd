/* `off` of a nearer level is told of where it took something away, and nowhere else. */
#include "config.h"

#include "command/overruled.h"

#include "site.h"

static struct site_under_test t;

static void
begin(const char *ini)
{
	scratch_init(&t.scratch);
	scratch_write(&t.scratch, "index.html", SLICE("x"));
	scratch_write(&t.scratch, "x.zz1", SLICE("x"));
	scratch_dir(&t.scratch, "l");
	scratch_write(&t.scratch, "l/x.zz1", SLICE("x"));
	scratch_write(&t.scratch, "l/x.txt", SLICE("x"));
	scratch_write(&t.scratch, "l/x.html", SLICE("x"));
	site_init(&t, ini);
}

static void
end(void)
{
	site_fini(&t);
	scratch_fini(&t.scratch);
}

/* The keys, with a blank behind each. */
static void
check(const char *target, const char *wanted)
{
	struct said_line line;
	char got[256] = "";
	size_t at = 0, n = 0;

	site_ask(&t, target, NULL);
	while (overruled_next(&t.x, &at, &line)) {
		check_slice(target, line.value, SLICE("off"));
		assert_non_null(line.at.file);
		n += (size_t)snprintf(got + n, sizeof got - n, "%.*s ", SLICE_FMT(line.key));
	}
	if (strcmp(got, wanted) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", target, got, wanted);
}

static void
nothing_is_taken_from_nothing(void **state)
{
	(void)state;
	begin("[server]\nroot = @\ncors = off\nreferers = off\nheader = off\nerror = off\nmime = off\n"
	      "redirect = off\nlimit_rate = off\nreturn = off\nfallback = off\nallow = off\n"
	      "[location l]\npath = /l/\nclean_urls = off\nfallback = off\n");
	check("GET /", "");
	check("GET /none", "");
	check("GET /l/x.html", "");
	end();
}

static void
values(void **state)
{
	(void)state;
	begin("[server]\nroot = @\ncors = *\nreferers = a none\nlimit_rate = 1m/s\nfallback = /index.html\n"
	      "clean_urls = on\nallow = all\ncache_control = auto\nmethods = GET\nsecurity_headers = on\n"
	      "[location l]\npath = /l/\ncors = off\nreferers = off\nlimit_rate = off\nfallback = off\n"
	      "clean_urls = off\nallow = off\ncache_control = off\nmethods = off\nsecurity_headers = off\n"
	      "etag = off\nindex = off\n");
	check("GET /x.zz1", "");
	check("GET /l/x.txt",
	      "etag cache_control security_headers cors allow referers limit_rate methods ");
	check("GET /l/none",
	      "security_headers cors clean_urls fallback allow referers limit_rate methods ");
	check("GET /l/", "index security_headers cors allow referers limit_rate methods ");
	end();
}

static void
the_nearest_that_speaks_counts(void **state)
{
	(void)state;
	begin("[server]\nroot = @\ncors = *\n[host a]\ncors = off\n"
	      "[location l]\npath = /l/\ncors = https://b.example\n"
	      "[location txt]\npath = *.txt\ncors = off\n");
	check("GET /x.zz1", "cors ");
	check("GET /l/x.zz1", "");
	check("GET /l/x.txt", "cors ");
	end();
}

static void
what_merges(void **state)
{
	(void)state;
	begin("[server]\nroot = @\nheader = X: 1\nheader_always = Y: 1\nerror = 404 \"x\"\n"
	      "mime = zz1:text/x-one\nredirect = /old -> /new\nrewrite = /v -> /x.zz1\n"
	      "[host a]\nheader = off\nheader_always = off\nerror = off\nmime = off\nredirect = off\n"
	      "rewrite = off\n[location l]\npath = /l/\nheader = X: 2\nerror = 404 \"y\"\n"
	      "mime = zz1:text/x-two\n");
	check("GET /index.html", "header header_always ");
	check("GET /x.zz1", "header header_always mime ");
	check("GET /none", "header_always error ");
	check("GET /old", "redirect header_always error ");
	check("GET /v", "rewrite header_always error ");
	check("GET /l/x.zz1", "header_always ");
	check("GET /l/none", "header_always ");
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_taken_from_nothing),
		cmocka_unit_test(values),
		cmocka_unit_test(the_nearest_that_speaks_counts),
		cmocka_unit_test(what_merges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
