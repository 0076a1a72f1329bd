/* What a path means. */
#include "config.h"

#include "load.h"

/* The labels of prefix and pattern, "-" for none. */
static void
check_match(const struct config *c, const char *host, const char *path, const char *prefix,
	    const char *glob)
{
	const struct site *site = config_find_site(c, slice_of(host), 0);
	struct location_match m;

	config_find_locations(c, site, slice_of(path), &m);
	check_slice(path, m.prefix ? m.prefix->label : SLICE("-"), slice_of(prefix));
	check_slice(path, m.glob ? m.glob->label : SLICE("-"), slice_of(glob));
}

static void
prefixes_match_by_whole_segments(void **state)
{
	struct load l;
	const struct config *c = load_good(&l, "[server]\nroot = /\n"
					       "[location docs]\npath = /docs/\n"
					       "[location deep]\npath = /docs/a/b\n"
					       "[location dash]\npath = /docs-old\n"
					       "[location dot]\npath = /docs.x/y\n");

	(void)state;
	check_match(c, "", "/", "-", "-");
	check_match(c, "", "/docs", "docs", "-");
	check_match(c, "", "/docs/", "docs", "-");
	check_match(c, "", "/docs/x", "docs", "-");
	check_match(c, "", "/docsx", "-", "-");
	check_match(c, "", "/doc", "-", "-");
	check_match(c, "", "/Docs", "-", "-");
	check_match(c, "", "/docs/a", "docs", "-");
	check_match(c, "", "/docs/a/b", "deep", "-");
	check_match(c, "", "/docs/a/b/c", "deep", "-");
	check_match(c, "", "/docs/a/bc", "docs", "-");
	check_match(c, "", "/docs-old/x", "dash", "-");
	check_match(c, "", "/docs.x", "-", "-");
	check_match(c, "", "/docs.x/y/z", "dot", "-");
	check_match(c, "", "/docs/zzz", "docs", "-");
	load_end(&l);
}

static void
a_slash_alone_is_everything(void **state)
{
	struct load l;
	const struct config *c = load_good(&l, "[server]\nroot = /\n[location all]\npath = /\n"
					       "[location a]\npath = /a\n");

	(void)state;
	check_match(c, "", "/", "all", "-");
	check_match(c, "", "/b", "all", "-");
	check_match(c, "", "/a/b", "a", "-");
	assert_int_equal(c->locations[0].path.len, 0);
	load_end(&l);
}

/* Slow and plainly right, to compare the search with. */
static const struct location *
longest(const struct config *c, struct slice path)
{
	const struct location *best = NULL;

	for (size_t i = 0; i < c->location_count; i++) {
		const struct location *l = &c->locations[i];

		if (slice_starts(path, l->path) &&
		    (path.len == l->path.len || path.p[l->path.len] == '/') &&
		    (!best || l->path.len > best->path.len))
			best = l;
	}
	return best;
}

/* The n-th path of one to three parts, with bytes that sort on both sides of '/'. */
static void
make_path(char out[32], unsigned n)
{
	static const char *const parts[] = { "", "/a", "/a-", "/0", "/a0", "/a.a", "/A" };
	const unsigned count = COUNT(parts);

	sprintf(out, "%s%s%s", parts[1 + n % (count - 1)], parts[n / (count - 1) % count],
		parts[n / (count - 1) / count % count]);
}

static void
the_search_finds_what_a_walk_finds(void **state)
{
	static char text[32768] = "[server]\nroot = /\n";
	char path[32];
	struct table used;
	struct load l;

	(void)state;
	table_init(&used, false);
	for (unsigned i = 0; i < 294; i += i % 5 + 1) {
		size_t n = strlen(text);
		struct slice line;

		make_path(path, i);
		sprintf(text + n, "[location l%u]\npath = %s\n", i, path);
		line = slice_from(strrchr(text, ' ') + 1, strlen(path));
		if (table_get(&used, line))
			text[n] = '\0';
		else
			table_put(&used, line, "");
	}
	table_fini(&used);
	load_good(&l, text);
	assert_true(l.config->location_count > 50);
	for (unsigned i = 0; i < 294 * 3; i++) {
		struct location_match m;

		make_path(path, i);
		strcat(path, i % 3 == 0 ? "" : i % 3 == 1 ? "/" : "/x");
		config_find_locations(l.config, l.config->sites, slice_of(path), &m);
		if (m.prefix != longest(l.config, slice_of(path)))
			fail_msg("%s", path);
	}
	load_end(&l);
}

static void
patterns_hold_in_the_order_of_the_file(void **state)
{
	struct load l;
	const struct config *c = load_good(&l, "[server]\nroot = /\n"
					       "[location pdf]\npath = *.pdf\n"
					       "[location deep]\npath = /docs/**\n"
					       "[location flat]\npath = /d*/*.txt\n"
					       "[location prefix]\npath = /docs\n"
					       "[location any]\npath = **.bin\n");

	(void)state;
	check_match(c, "", "/x.pdf", "-", "pdf");
	check_match(c, "", "/docs/a/x.pdf", "prefix", "pdf");
	check_match(c, "", "/docs/a/x.txt", "prefix", "deep");
	check_match(c, "", "/d/x.txt", "-", "flat");
	check_match(c, "", "/d/e/x.txt", "-", "-");
	check_match(c, "", "/d/e/x.bin", "-", "any");
	check_match(c, "", "/x.PDF", "-", "-");
	check_match(c, "", "/x.pdf/", "-", "-");
	load_end(&l);
}

static void
a_location_of_the_host_beats_a_general_one(void **state)
{
	struct load l;
	const struct config *c = load_good(&l, "[server]\nroot = /\n[host a]\n[host b]\n"
					       "[location general]\npath = /x\n"
					       "[location bound]\npath = /x\nhost = a\n"
					       "[location longer]\npath = /x/y\n"
					       "[location glob1]\npath = *.a\n"
					       "[location glob2]\npath = *.a\nhost = a\n"
					       "[location glob3]\npath = *.b\nhost = a\n"
					       "[location glob4]\npath = *.b\n");

	(void)state;
	check_match(c, "a", "/x", "bound", "-");
	check_match(c, "b", "/x", "general", "-");
	check_match(c, "a", "/x/y/z", "longer", "-");
	check_match(c, "a", "/q.a", "-", "glob1");
	check_match(c, "a", "/q.b", "-", "glob3");
	check_match(c, "b", "/q.b", "-", "glob4");
	load_end(&l);
}

static void
the_same_twice_is_an_error(void **state)
{
	struct load l;

	(void)state;
	check_refused(
		"[server]\nroot = /\n[location a]\npath = /x\n[location b]\npath = /x/\n",
		"t.ini:6: [location b] path: this path has its location already: [location a], "
		"at t.ini:4\n    path = /x/\n");
	check_refused_with("[server]\nroot = /\n[host h]\n[location a]\npath = *.x\nhost = h\n"
			   "[location b]\npath = *.x\nhost = h\n",
			   "t.ini:8: [location b] path: this path has its location already");
	load_good(&l, "[server]\nroot = /\n[host h]\n[location a]\npath = /x\nhost = h\n"
		      "[location a]\npath = /x\n");
	load_end(&l);
}

static void
host_and_path_are_checked(void **state)
{
	static const char *const bad[][2] = {
		{ "x", "a path begins with '/'" },
		{ "x/*", "begins with '/' or '*'" },
		{ "/a//b", "would never match" },
		{ "/a/./b", "would never match" },
		{ "/..", "would never match" },
		{ "/a[b", "needs its ']'" },
		{ "/a /b", "one word" },
		{ "/**********", NULL },
		{ "/*a*b*c*d*e*f*g*h*i*j", "at most 9 stars" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		char text[128];

		if (!bad[i][1])
			continue;
		snprintf(text, sizeof text, "[server]\nroot = /\n[location l]\npath = %s\n",
			 bad[i][0]);
		check_refused_with(text, bad[i][1]);
	}
	check_refused("[server]\nroot = /\n[location l]\n",
		      "t.ini:3: [location l] a location needs a path, like path = /docs/\n"
		      "    [location l]\n");
	check_refused(
		"[server]\nroot = /\n[host example]\n[location l]\npath = /\nhost = exmaple\n",
		"t.ini:6: [location l] host: there is no [host exmaple]\n"
		"    host = exmaple\n    did you mean \"example\"?\n");
}

static void
an_encoded_path_is_warned_of(void **state)
{
	struct load l;

	(void)state;
	load_bytes(&l, SLICE("[server]\nroot = /\n[location l]\npath = /a%20b\n"));
	assert_non_null(l.config);
	assert_string_equal(
		l.words, "warning: t.ini:4: [location l] path: paths are compared decoded: write "
			 "the character itself for its %XX\n    path = /a%20b\n");
	load_end(&l);
}

static void
the_levels_lie_over_each_other(void **state)
{
	struct load l;
	const struct config *c =
		load_good(&l, "[server]\nroot = /s\ncharset = a\nindex = s\n"
			      "[host h]\ncharset = b\nbody_size = 1\n"
			      "[location p]\npath = /p\ncharset = c\nbody_size = 2\n"
			      "[location g]\npath = *.g\ncharset = d\n");
	struct location_match m;
	struct scope scope;

	(void)state;
	config_find_locations(c, c->sites, SLICE("/p/x.g"), &m);
	config_scope(c, c->sites, &m, &scope);
	check_slice("pattern", scope.now.charset->text, SLICE("d"));
	assert_int_equal(scope.now.charset->at.line, 14);
	assert_int_equal(scope.now.body_size->n, 2);
	check_slice("server", scope.now.index->words[0], SLICE("s"));
	check_slice("server", scope.now.root->path, SLICE("/s"));
	check_slice("built in", scope.now.default_type->text, SLICE("application/octet-stream"));
	assert_null(scope.now.default_type->at.file);
	config_find_locations(c, c->sites, SLICE("/p/x"), &m);
	config_scope(c, c->sites, &m, &scope);
	check_slice("prefix", scope.now.charset->text, SLICE("c"));
	config_scope(c, NULL, NULL, &scope);
	check_slice("server alone", scope.now.charset->text, SLICE("a"));
	load_end(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_match_by_whole_segments),
		cmocka_unit_test(a_slash_alone_is_everything),
		cmocka_unit_test(the_search_finds_what_a_walk_finds),
		cmocka_unit_test(patterns_hold_in_the_order_of_the_file),
		cmocka_unit_test(a_location_of_the_host_beats_a_general_one),
		cmocka_unit_test(the_same_twice_is_an_error),
		cmocka_unit_test(host_and_path_are_checked),
		cmocka_unit_test(an_encoded_path_is_warned_of),
		cmocka_unit_test(the_levels_lie_over_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
