/* dump: a file that loads to the same configuration. */
#include "config.h"

#include "config/dump.h"

#include "load.h"

/* The dump of a good configuration; the caller frees it. */
static char *
dump(const struct config *c)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	config_dump(c, out);
	fclose(out);
	return text;
}

/* Cuts the comments off, which are all that may differ between a dump and the dump of it. */
static void
cut_comments(char *text)
{
	char *to = text, *line = text;

	while (*line) {
		char *end = strchr(line, '\n'), *comment = NULL;

		*end = '\0';
		for (char *p = strstr(line, " ; "); p; p = strstr(p + 1, " ; "))
			comment = p;
		if (comment)
			*comment = '\0';
		to += sprintf(to, "%s\n", line);
		line = end + 1;
	}
	*to = '\0';
}

static const char everything[] =
	"[server]\nlisten = 8080 ; comment\nlisten = unix:/x\nuser = \"www\"\nroot = \"/a b\"\n"
	"header = X: \"y\"\nheader = \"Link: a ; b\"\nheader = -Z\nheader = off\nindex = a \"b c\"\n"
	"redirect = /a/* -> /b/$1 302 ; x\nrewrite = /c -> \"/d e\"\nredirect = /f -> /g\nerror = 404,4xx \"a ; \\\"b\\\" \\\\\"\nmime = off\n"
	"[log]\naccess = stdout \"%h ; %{A}i\"\n[mime]\nzz1 ZZ2 = a/b\n[gzip]\ntypes = text/*\n"
	"[host a]\nroot = off\nreturn = 200 \"text/html; charset=gbk\" @p.html\n[host b]\n"
	"default = yes\non = 8080\ncharset = gbk\n[location l]\npath = *.x\nstrip = on\n"
	"methods = GET\nfallback = \"/a b\" 404\ncache_control = \"private=\\\"a\\\", max-age=3\"\n[location m]\nhost = a\npath = /x/\nbody_size = off\naccess_log = off\n";

static void
a_dump_loads_to_the_same(void **state)
{
	struct load first, second;
	char *once, *twice;

	(void)state;
	load_begin(&first);
	load_put(&first, "t.ini", everything);
	load_put(&first, "p.html", "<p>");
	load_run(&first);
	assert_string_equal(first.words, "");
	once = dump(first.config);

	load_begin(&second);
	load_put(&second, "t.ini", once);
	load_put(&second, "p.html", "<p>");
	load_run(&second);
	if (*second.words)
		fail_msg("%s", second.words);
	twice = dump(second.config);
	cut_comments(once);
	cut_comments(twice);
	assert_string_equal(once, twice);

	check_slice("field", second.config->server_settings.header.first->next->value,
		    SLICE("a ; b"));
	check_slice("page", second.config->sites[0].settings.fixed->type,
		    SLICE("text/html; charset=gbk"));
	assert_true(second.config->server_settings.redirect.first->next->rewrite); /* in order */
	assert_int_equal(second.config->access_log_count, first.config->access_log_count);
	free(once);
	free(twice);
	load_end(&first);
	load_end(&second);
}

static void
each_line_says_where_it_comes_from(void **state)
{
	struct load l;
	char *text;

	(void)state;
	load_begin(&l);
	load_put(&l, "t.ini", "include = d/*.ini\n[server]\nroot = /\n");
	load_put(&l, "d/a.ini", "\n[host a]\nheader = X: y\n");
	load_run(&l);
	text = dump(l.config);
	cut_comments(text);
	free(text);
	text = dump(l.config);
	assert_non_null(strstr(text, "root               = /  "));
	assert_non_null(strstr(text, " ; t.ini:3\n"));
	assert_non_null(strstr(text, " ; d/a.ini:2\n"));
	assert_non_null(strstr(text, "header             = \"X: y\"  "));
	assert_non_null(strstr(text, " ; d/a.ini:3\n"));
	assert_non_null(strstr(text, "names              = a  "));
	assert_non_null(strstr(text, "default            = yes  "));
	assert_null(strstr(text, "include"));
	free(text);
	load_end(&l);
}

static void
a_log_that_nobody_needs_is_not_dumped(void **state)
{
	struct load l;
	char *text;

	(void)state;
	load_good(&l, "[server]\nroot = /\naccess_log = off\n");
	text = dump(l.config);
	assert_non_null(strstr(text, "access             = off  "));
	free(text);
	load_end(&l);
}

static void
the_name_of_a_file_cannot_break_a_line(void **state)
{
	struct load l;
	char *text;

	(void)state;
	load_begin(&l);
	load_put(&l, "t.ini", "include = d/*\n[server]\nroot = /\n");
	load_put(&l, "d/a\n[host x]", "[server]\nqueue = 7\n");
	load_run(&l);
	assert_string_equal(l.words, "");
	text = dump(l.config);
	assert_non_null(strstr(text, " ; d/a\\x0A[host x]:2\n"));
	free(text);
	load_end(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dump_loads_to_the_same),
		cmocka_unit_test(each_line_says_where_it_comes_from),
		cmocka_unit_test(a_log_that_nobody_needs_is_not_dumped),
		cmocka_unit_test(the_name_of_a_file_cannot_break_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
