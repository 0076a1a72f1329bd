/* The levels over each other: what replaces, what merges, what off ends. */
#include "config.h"

#include "load.h"

/* All levels for /p/x.g of the only host. */
static void
scope_of(const struct config *c, struct scope *scope)
{
	struct location_match m;

	config_find_locations(c, c->sites, SLICE("/p/x.g"), &m);
	config_scope(c, c->sites, &m, scope);
}

/* The fields that hold, "Name: value" or "-Name", one after the other. */
static void
check_headers(const char *text, const char *wanted)
{
	const struct header_rule *rule = NULL;
	struct scope scope;
	char got[512] = "";
	struct load l;
	size_t at = 0;

	scope_of(load_good(&l, text), &scope);
	while (scope_next_header(&scope, &at, &rule)) {
		if (rule->remove)
			sprintf(got + strlen(got), "-%.*s|", SLICE_FMT(rule->name));
		else
			sprintf(got + strlen(got), "%.*s: %.*s|", SLICE_FMT(rule->name),
				SLICE_FMT(rule->value));
	}
	assert_false(scope_next_header(&scope, &at, &rule));
	assert_string_equal(got, wanted);
	load_end(&l);
}

static void
fields_merge_by_name(void **state)
{
	(void)state;
	check_headers("[server]\nroot = /\n", "");
	check_headers("[server]\nroot = /\nheader = A: s\nheader = B: s\n"
		      "[host h]\nheader = b: h\nheader = C: h1\nheader = C: h2\n"
		      "[location p]\npath = /p\nheader = -c\n"
		      "[location g]\npath = *.g\nheader = D: g\n",
		      "D: g|-c|b: h|A: s|");
	check_headers("[server]\nroot = /\nheader = A: 1\nheader = A: 2\n", "A: 1|A: 2|");
	check_headers("[server]\nroot = /\nheader = A: s\n"
		      "[host h]\nheader = off\nheader = B: h\n"
		      "[location p]\npath = /p\nheader = C: p\n",
		      "C: p|B: h|");
	check_headers("[server]\nroot = /\nheader = A: s\n[host h]\nheader = OFF\n", "");
}

/* tinyhttpd.ini(5): "The two keys merge as one" */
static void
both_keys_of_fields_merge_as_one(void **state)
{
	(void)state;
	check_headers("[server]\nroot = /\nheader_always = A: s\nheader = B: s\nheader = A: t\n",
		      "B: s|A: t|A: s|");
	check_headers("[server]\nroot = /\nheader_always = A: s\nheader = B: s\n"
		      "header_always = C: s\n[host h]\nheader = a: h\nheader_always = -B\n",
		      "a: h|-B|C: s|");
	check_headers("[server]\nroot = /\nheader_always = A: s\nheader = B: s\n"
		      "[host h]\nheader_always = off\n[location p]\npath = /p\nheader = C: p\n",
		      "C: p|B: s|");
	check_headers("[server]\nroot = /\nheader_always = A: s\nheader = B: s\n"
		      "[host h]\nheader = off\n",
		      "A: s|");
}

static void
error_pages_merge_by_status(void **state)
{
	const char *text = "[server]\nroot = /\nerror = 404 /s404\nerror = 4xx /s4xx\n"
			   "error = 500,503 /s500\nerror = 5xx \"words\"\n"
			   "[host h]\nerror = 404 /h404\nerror = 5xx /h5xx\n";
	struct scope scope;
	struct load l;

	(void)state;
	scope_of(load_good(&l, text), &scope);
	check_slice("nearer", scope_find_error(&scope, 404)->path, SLICE("/h404"));
	check_slice("class", scope_find_error(&scope, 403)->path, SLICE("/s4xx"));
	check_slice("exact before class", scope_find_error(&scope, 503)->path, SLICE("/s500"));
	check_slice("nearer class", scope_find_error(&scope, 502)->path, SLICE("/h5xx"));
	load_end(&l);
	scope_of(load_good(&l, "[server]\nroot = /\nerror = 4xx /x\n[host h]\nerror = off\n"
			       "error = 403 \"no\"\n"),
		 &scope);
	assert_null(scope_find_error(&scope, 404));
	check_slice("text", scope_find_error(&scope, 403)->text, SLICE("no"));
	assert_int_equal(scope_find_error(&scope, 403)->path.len, 0);
	load_end(&l);
}

static void
check_type(const struct scope *scope, const struct config *c, const char *name, const char *wanted)
{
	struct origin at;
	struct slice type = scope_find_type(scope, &c->types, slice_of(name), &at);

	check_slice(name, type.p ? type : SLICE("-"), slice_of(wanted));
}

static void
types_merge_by_extension(void **state)
{
	const char *text = "[server]\nroot = /\nmime = a:s/a b:s/b c.d:s/cd d:s/d\n"
			   "[mime]\na e = m/x\nTar.GZ = m/tgz\n"
			   "[host h]\nmime = a:h/a B:h/b\n";
	struct scope scope;
	struct load l;
	const struct config *c = load_good(&l, text);

	(void)state;
	scope_of(c, &scope);
	check_type(&scope, c, "x.a", "h/a");
	check_type(&scope, c, "x.A", "h/a");
	check_type(&scope, c, "x.b", "h/b");
	check_type(&scope, c, "x.c.d", "s/cd");
	check_type(&scope, c, "x.d", "s/d");
	check_type(&scope, c, "x.e", "m/x");
	check_type(&scope, c, "x.tar.gz", "m/tgz");
	check_type(&scope, c, "x.gz", "application/gzip");
	check_type(&scope, c, "x.html", "text/html");
	check_type(&scope, c, "x", "-");
	check_type(&scope, c, "x.", "-");
	check_type(&scope, c, ".html", "-");
	check_type(&scope, c, "", "-");
	load_end(&l);
	c = load_good(&l,
		      "[server]\nroot = /\nmime = zzz:s/a\n[host h]\nmime = off\nmime = b:h/b\n");
	scope_of(c, &scope);
	check_type(&scope, c, "x.zzz", "-");
	check_type(&scope, c, "x.b", "h/b");
	load_end(&l);
}

static void
a_name_full_of_dots_is_searched_in_its_end_only(void **state)
{
	struct scope scope;
	struct load l;
	const struct config *c = load_good(&l, "[server]\nroot = /\n");
	static char name[100000];

	(void)state;
	memset(name, '.', sizeof name - 1);
	memcpy(name + sizeof name - 6, ".html", 5);
	scope_of(c, &scope);
	check_type(&scope, c, name, "text/html");
	load_end(&l);
}

static void
a_nearer_list_replaces_the_farther_one(void **state)
{
	struct scope scope;
	struct load l;

	(void)state;
	scope_of(load_good(&l, "[server]\nroot = /\nindex = a b\nindex = c\n[host h]\nindex = d\n"),
		 &scope);
	assert_int_equal(scope.now.index->count, 1);
	assert_int_equal(scope.level[3]->index->count, 3);
	check_slice("adds up", scope.level[3]->index->words[2], SLICE("c"));
	load_end(&l);
}

static void
off_clears_what_was_inherited(void **state)
{
	const char *text =
		"[server]\nroot = /r\nindex = a\ndefault_type = a/b\ncharset = x\netag = on\n"
		"gzip = on\nreturn = 404\nmethods = GET\nbody_size = 1\naccess_log = /a\n"
		"[host h]\nroot = off\nindex = off\ndefault_type = off\ncharset = off\netag = off\n"
		"gzip = off\nreturn = off\nmethods = off\nbody_size = off\naccess_log = off\n";
	struct scope scope;
	struct load l;

	(void)state;
	scope_of(load_good(&l, text), &scope);
	assert_int_equal(scope.now.root->path.len, 0);
	assert_int_equal(scope.now.index->count, 0);
	assert_int_equal(scope.now.default_type->text.len, 0);
	assert_int_equal(scope.now.charset->text.len, 0);
	assert_int_equal(scope.now.etag->mode, ETAG_OFF);
	assert_false(scope.now.gzip->on);
	assert_true(scope.now.fixed->off);
	assert_null(scope.now.methods);
	assert_true(scope.now.body_size->n == UINT64_MAX);
	assert_int_equal(scope.now.access_log->index, -1);
	load_end(&l);
}

static void
built_in_defaults_hold(void **state)
{
	struct scope scope;
	struct load l;
	const struct config *c = load_good(&l, "[server]\nroot = /\n");

	(void)state;
	scope_of(c, &scope);
	assert_int_equal(scope.now.index->count, 2);
	check_slice("index", scope.now.index->words[1], SLICE("index.htm"));
	check_slice("charset", scope.now.charset->text, SLICE("utf-8"));
	assert_false(scope.now.hidden->on);
	assert_int_equal(scope.now.symlinks->policy, SYMLINKS_BENEATH);
	assert_true(scope.now.etag->mode == ETAG_ON && scope.now.gzip->on);
	assert_null(scope.now.fixed);
	assert_null(scope.now.methods);
	assert_int_equal(scope.now.body_size->n, 1 << 20);
	assert_int_equal(scope.now.access_log->index, 0);
	assert_int_equal(c->access_log_count, 1);
	load_end(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_merge_by_name),
		cmocka_unit_test(both_keys_of_fields_merge_as_one),
		cmocka_unit_test(error_pages_merge_by_status),
		cmocka_unit_test(types_merge_by_extension),
		cmocka_unit_test(a_name_full_of_dots_is_searched_in_its_end_only),
		cmocka_unit_test(a_nearer_list_replaces_the_farther_one),
		cmocka_unit_test(off_clears_what_was_inherited),
		cmocka_unit_test(built_in_defaults_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
