/* cache_control: which names carry a hash, and what is said of which file. */
#include "config.h"

#include "content/cache_control.h"

#include "load.h"

/* tinyhttpd.ini(5): "a piece of the name of 8 to 64 hexadecimal digits, at least one of them a
 * letter and one none, with a '.' or '-' before it and a '.' behind" */
static void
hashes_in_names(void **state)
{
	static const struct {
		const char *name;
		bool hashed;
	} cases[] = {
		{ "app.3f2a9c1b.js", true },
		{ "app-3f2a9c1b.js", true },
		{ "app.3F2A9C1B.js", true },
		{ "app.3f2a9c1b.js.map", true },
		{ "style-0a1b2c3d4e.min.css", true },
		{ "a-b.c-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.x",
		  true },
		{ "a.0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0.x", false },
		{ "app.3f2a9c1.js", false },  /* seven */
		{ "app.3f2a9c1g.js", false }, /* no digit */
		{ "report-20240101.pdf", false },
		{ "the-deadbeef.css", false },
		{ "3f2a9c1b.js", false },  /* nothing before it */
		{ "app.3f2a9c1b", false }, /* nothing behind it */
		{ "app.3f2a9c1b-x.js", false },
		{ "app_3f2a9c1b.js", false },
		{ ".3f2a9c1b.js", true },
		{ "", false },
		{ ".", false },
		{ "--..", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (cache_control_is_hashed(slice_of(cases[i].name)) != cases[i].hashed)
			fail_msg("%s is %s", cases[i].name, cases[i].hashed ? "hashed" : "not");
}

static void
values(void **state)
{
	const struct set_cache_control off = { .automatic = false },
				       automatic = { .automatic = true },
				       value = { .value = SLICE("no-store") };

	(void)state;
	assert_null(cache_control_find(&off, SLICE("a.3f2a9c1b.js"), SLICE("text/html")).p);
	check_slice("value", cache_control_find(&value, SLICE("a"), SLICE("a/b")),
		    SLICE("no-store"));
	check_slice("html",
		    cache_control_find(&automatic, SLICE("a.html"), SLICE("text/html; charset=x")),
		    SLICE("no-cache"));
	check_slice("html with a hash",
		    cache_control_find(&automatic, SLICE("a.3f2a9c1b.html"), SLICE("text/html")),
		    SLICE("no-cache"));
	check_slice("hash",
		    cache_control_find(&automatic, SLICE("a.3f2a9c1b.js"),
				       SLICE("text/javascript")),
		    SLICE("public, max-age=31536000, immutable"));
	assert_null(cache_control_find(&automatic, SLICE("a.js"), SLICE("text/javascript")).p);
	assert_null(cache_control_find(&automatic, SLICE_NONE, SLICE_NONE).p);
}

static void
what_can_be_said(void **state)
{
	static const struct {
		const char *line, *words;
	} bad[] = {
		{ "max-age=3600", "a value in quotes" },
		{ "public, max-age=3600", "put quotes around the value" },
		{ "\"\"", "a value is missing" },
		{ "\"max-age =3\"", "no value of Cache-Control" },
		{ "\"max-age=\"", "no value of Cache-Control" },
		{ "\"=3\"", "no value of Cache-Control" },
		{ "\"a b\"", "no value of Cache-Control" },
		{ "atuo", "did you mean \"auto\"?" },
	};
	struct load l;
	const struct settings *s;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		char text[128];

		snprintf(text, sizeof text, "[server]\nroot = /\ncache_control = %s\n",
			 bad[i].line);
		check_refused_with(text, bad[i].words);
	}
	s = &load_good(&l, "[server]\nroot = /\ncache_control = "
			   "\"private=\\\"Set-Cookie\\\", max-age=3, no-transform\"\n")
		     ->server_settings;
	check_slice("value", s->cache_control->value,
		    SLICE("private=\"Set-Cookie\", max-age=3, no-transform"));
	load_end(&l);
	s = &load_good(&l, "[server]\nroot = /\ncache_control = auto ; comment\n")->server_settings;
	assert_true(s->cache_control->automatic);
	load_end(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_in_names),
		cmocka_unit_test(values),
		cmocka_unit_test(what_can_be_said),
	};

	return cmocka_run_group_tests_name("cache_control", tests, NULL, NULL);
}
