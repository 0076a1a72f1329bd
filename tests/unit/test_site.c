/* Who answers for a name. */
#include "config.h"

#include "load.h"

/* The label of the host that answers, or "-". */
static void
check_site(const struct config *c, const char *name, size_t listener, const char *wanted)
{
	const struct site *s = config_find_site(c, slice_of(name), listener);

	check_slice(name, s ? s->label : SLICE("-"), slice_of(wanted));
}

static void
without_hosts_the_server_answers_for_everything(void **state)
{
	struct load l;
	const struct config *c = load_good(&l, "[server]\nroot = /\n");

	(void)state;
	assert_int_equal(c->site_count, 1);
	assert_ptr_equal(c->default_site, c->sites);
	check_site(c, "anything", 0, "");
	check_site(c, "", 7, "");
	assert_int_equal(c->sites[0].name_count, 0);
	load_end(&l);
}

static void
one_host_is_the_default(void **state)
{
	struct load l;
	const struct config *c = load_good(&l, "[host example.org]\nroot = /\n");

	(void)state;
	check_site(c, "example.org", 0, "example.org");
	check_site(c, "other", 0, "example.org");
	check_site(c, "", 0, "example.org");
	assert_true(c->sites[0].is_default);
	load_end(&l);
}

static void
unless_it_does_not_want_to(void **state)
{
	struct load l;
	const struct config *c = load_good(&l, "[host example.org]\nroot = /\ndefault = no\n");

	(void)state;
	check_site(c, "example.org", 0, "example.org");
	check_site(c, "other", 0, "-");
	check_site(c, "", 0, "-");
	load_end(&l);
}

static void
of_several_hosts_none_is_the_default_unless_it_says_so(void **state)
{
	struct load l;
	const struct config *c;

	(void)state;
	c = load_good(&l, "[server]\nroot = /\n[host a]\n[host b]\n");
	check_site(c, "a", 0, "a");
	check_site(c, "b", 0, "b");
	check_site(c, "c", 0, "-");
	load_end(&l);
	c = load_good(&l, "[server]\nroot = /\n[host a]\n[host b]\ndefault = yes\n");
	check_site(c, "a", 0, "a");
	check_site(c, "c", 0, "b");
	load_end(&l);
	check_refused(
		"[server]\nroot = /\n[host a]\ndefault = yes\n[host b]\ndefault = yes\n",
		"t.ini:6: [host b] default: there is one default only, and it is [host a], at "
		"t.ini:4\n    default = yes\n");
}

static void
exact_before_longest_suffix_before_default(void **state)
{
	struct load l;
	const struct config *c = load_good(&l, "[server]\nroot = /\n"
					       "[host short]\nnames = *.example.net\n"
					       "[host long]\nnames = *.b.example.net\n"
					       "[host exact]\nnames = a.b.example.net Example.NET\n"
					       "[host other]\ndefault = yes\n");

	(void)state;
	check_site(c, "a.b.example.net", 0, "exact");
	check_site(c, "A.B.Example.Net", 0, "exact");
	check_site(c, "example.net", 0, "exact");
	check_site(c, "x.b.example.net", 0, "long");
	check_site(c, "x.y.b.example.net", 0, "long");
	check_site(c, "b.example.net", 0, "short");
	check_site(c, "x.example.net", 0, "short");
	check_site(c, "xexample.net", 0, "other");
	check_site(c, ".", 0, "other");
	check_site(c, "net", 0, "other");
	load_end(&l);
}

static void
a_label_that_is_a_name_is_the_name(void **state)
{
	struct load l;
	const struct config *c =
		load_good(&l, "[server]\nroot = /\n[host Example.org]\n[host 192.0.2.1]\n"
			      "[host my_site]\nnames = x\n");

	(void)state;
	check_site(c, "example.org", 0, "Example.org");
	check_site(c, "192.0.2.1", 0, "192.0.2.1");
	check_site(c, "my_site", 0, "-");
	check_slice("small letters", c->sites[0].names[0], SLICE("example.org"));
	load_end(&l);
	check_refused(
		"[server]\nroot = /\n[host a]\n[host my_site]\n",
		"t.ini:4: [host my_site] nobody can reach this host: its label is no name, so "
		"say names = ...\n    [host my_site]\n");
	load_good(&l, "[server]\nroot = /\n[host a]\n[host my_site]\ndefault = yes\n");
	load_end(&l);
}

static void
ipv6_addresses_have_one_spelling(void **state)
{
	struct load l;
	const struct config *c = load_good(&l, "[server]\nroot = /\n[host six]\n"
					       "names = [2001:DB8::1]\n[host a]\n");

	(void)state;
	check_site(c, "[2001:db8::1]", 0, "six");
	check_site(c, "[2001:0db8:0:0::1]", 0, "six");
	check_site(c, "[2001:db8::2]", 0, "-");
	check_site(c, "[", 0, "-");
	check_site(c, "[]", 0, "-");
	check_site(c, "[::", 0, "-");
	load_end(&l);
}

static void
a_name_is_one_hosts_only(void **state)
{
	(void)state;
	check_refused("[server]\nroot = /\n[host a]\nnames = x\nnames = y\n[host b]\n"
		      "names = z\nnames = w Y\n",
		      "t.ini:8: [host b] names: y is a name of [host a] already, at t.ini:5\n"
		      "    names = w Y\n");
	check_refused("[server]\nroot = /\n[host a]\n[host b]\nnames = A\n",
		      "t.ini:5: [host b] names: a is a name of [host a] already, at t.ini:3\n"
		      "    names = A\n");
	check_refused("[server]\nroot = /\n[host a]\nnames = *.x\n[host b]\nnames = *.X\n",
		      "t.ini:6: [host b] names: *.x is a name of [host a] already, at t.ini:4\n"
		      "    names = *.X\n");
}

static void
a_label_is_one_hosts_only(void **state)
{
	(void)state;
	check_refused_with("[server]\nroot = /\n[host a]\n[host a]\nnames = x\n",
			   "t.ini:4: [host a] this host is there already, at t.ini:3\n");
}

static void
names_are_names(void **state)
{
	static const char *const bad[][2] = {
		{ "a..b", "no host name" },    { "a/b", "no host name" },
		{ "*", "default = yes" },      { "a.*", "in front only" },
		{ "*a.b", "in front only" },   { "*.*.a", "in front only" },
		{ "a:80", "has no port" },     { "::1", "has no port" },
		{ "[::1]:80", "has no port" }, { "[::g]", "an IPv6 address" },
		{ "\xc3\xa4.de", "xn--" },     { "\"\"", "no host name" },
		{ ".", "no host name" },       { "*.", "no host name" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		char text[128];

		snprintf(text, sizeof text, "[host a]\nroot = /\nnames = ok.org %s\n", bad[i][0]);
		check_refused_with(text, bad[i][1]);
	}
}

static void
a_host_can_be_limited_to_listeners(void **state)
{
	struct load l;
	const struct config *c =
		load_good(&l, "[server]\nroot = /\nlisten = 80\nlisten = 127.0.0.1:81\n"
			      "listen = unix:/x\n"
			      "[host a]\non = 127.0.0.1:81 unix:/x\n"
			      "[host b]\ndefault = yes\non = 80\n");

	(void)state;
	check_site(c, "a", 0, "b");
	check_site(c, "a", 1, "a");
	check_site(c, "a", 2, "a");
	check_site(c, "b", 0, "b");
	check_site(c, "b", 1, "-");
	check_site(c, "x", 1, "-");
	assert_int_equal(c->sites[0].on_count, 2);
	assert_int_equal(c->sites[0].on[1], 2);
	load_end(&l);
	check_refused("[server]\nroot = /\nlisten = 8080\n[host a]\non = 8080 8081\n",
		      "t.ini:5: [host a] on: the server does not listen on 8081\n"
		      "    on = 8080 8081\n    did you mean \"8080\"?\n");
	check_refused_with("[server]\nroot = /\n[host a]\non = x\n", "on: x: this is no address");
}

static void
every_host_has_something_to_serve(void **state)
{
	struct load l;

	(void)state;
	check_refused("",
		      "t.ini: [server] the server needs a root, the folder whose files it serves: "
		      "write root = /srv/www, say\n");
	check_refused_with("[host a]\nroot = off\n[host b]\nroot = /\n[host c]\n",
			   "t.ini:5: [host c] this host needs a root");
	load_good(&l, "[host a]\nroot = /\n[host b]\nreturn = 404\n[host c]\n"
		      "redirect = /** -> http://a/$1\n[host d]\n[location x]\nhost = d\n"
		      "path = /x\nroot = /\n");
	load_end(&l);
	load_good(&l, "[host a]\n[host b]\n[location x]\npath = /x\nroot = /\n");
	load_end(&l);
}

static void
roots_must_exist(void **state)
{
	struct problems *p = problems_new();
	char *words = NULL;
	size_t len;
	FILE *out = open_memstream(&words, &len);

	(void)state;
	assert_null(config_load_text("t",
				     SLICE("[host a]\nroot = /nonexistent-root\n[host b]\n"
					   "root = /dev/null\n[host c]\nroot = /\n[host d]\n"
					   "root = /nonexistent-root/\n"),
				     p));
	problems_print(p, out);
	fclose(out);
	assert_string_equal(words, "t:2: [host a] root: there is no such directory\n"
				   "    root = /nonexistent-root\n"
				   "t:4: [host b] root: this is no directory\n"
				   "    root = /dev/null\n");
	free(words);
	problems_free(p);
}

static void
roots_are_counted_once(void **state)
{
	struct load l;
	const struct config *c =
		load_good(&l, "[host a]\nroot = /b/\n[host b]\nroot = /a\n[host c]\n"
			      "root = /b\n[host d]\nroot = \"/a b\"\n[host e]\n"
			      "root = /\n");

	(void)state;
	assert_int_equal(c->root_count, 4);
	assert_string_equal(c->roots[0], "/b");
	assert_string_equal(c->roots[1], "/a");
	assert_string_equal(c->roots[2], "/a b");
	assert_string_equal(c->roots[3], "/");
	assert_int_equal(c->sites[2].settings.root->index, 0);
	load_end(&l);
}

/* The pattern of the host by which it answers; NULL where it is the default. */
static void
it_is_known_which_name_fits(void **state)
{
	static const struct {
		const char *name, *wanted;
	} cases[] = {
		{ "example.org", "example.org" },
		{ "EXAMPLE.ORG", "example.org" },
		{ "www.example.org", "*.example.org" },
		{ "a.b.example.org", "*.b.example.org" },
		{ "b.example.org", "*.example.org" },
		{ "[2001:db8:0:0::1]", "[2001:db8::1]" },
		{ "example.net", NULL },
		{ "", NULL },
	};
	struct load l;
	const struct config *c =
		load_good(&l, "[host h]\nroot = /\nnames = *.example.org example.org\n"
			      "names = *.b.example.org [2001:db8::1]\n");

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct slice *got = config_site_name(&c->sites[0], slice_of(cases[i].name));

		check_slice(cases[i].name, got ? *got : SLICE("-"),
			    slice_of(cases[i].wanted ? cases[i].wanted : "-"));
	}
	load_end(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_hosts_the_server_answers_for_everything),
		cmocka_unit_test(one_host_is_the_default),
		cmocka_unit_test(unless_it_does_not_want_to),
		cmocka_unit_test(of_several_hosts_none_is_the_default_unless_it_says_so),
		cmocka_unit_test(exact_before_longest_suffix_before_default),
		cmocka_unit_test(a_label_that_is_a_name_is_the_name),
		cmocka_unit_test(ipv6_addresses_have_one_spelling),
		cmocka_unit_test(a_name_is_one_hosts_only),
		cmocka_unit_test(a_label_is_one_hosts_only),
		cmocka_unit_test(names_are_names),
		cmocka_unit_test(a_host_can_be_limited_to_listeners),
		cmocka_unit_test(it_is_known_which_name_fits),
		cmocka_unit_test(every_host_has_something_to_serve),
		cmocka_unit_test(roots_must_exist),
		cmocka_unit_test(roots_are_counted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
