/* Kinds of values that may stand at any level: what is taken, and the words for what is not. */
#include "config.h"

#include "load.h"

/* Lines of [server] that must be refused, with something of what is said. */
static void
check_lines(const char *const (*cases)[2], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char text[512];

		snprintf(text, sizeof text, "[server]\nroot = /\n%s\n", cases[i][0]);
		check_refused_with(text, cases[i][1]);
	}
}

static const struct settings *
load_server(struct load *l, const char *lines)
{
	char text[1024];

	snprintf(text, sizeof text, "[server]\nroot = /\n%s\n", lines);
	return &load_good(l, text)->server_settings;
}

static void
fields(void **state)
{
	static const char *const bad[][2] = {
		{ "header = X", "NAME: VALUE" },
		{ "header = : x", "NAME: VALUE" },
		{ "header = X y: z", "no name of a field" },
		{ "header = X :z", "no name of a field" },
		{ "header = -", "NAME: VALUE" },
		{ "header = X:", "has no value" },
		{ "header = X: a ; b", "Put quotes around the whole value" },
		{ "header = \"X: a\" b", "behind the closing quote" },
		{ "header = content-length: 5", "how long an answer is" },
		{ "header = Transfer-Encoding: chunked", "framed" },
		{ "header = Connection: close", "goes on" },
		{ "header = Date: x", "what time it is" },
		{ "header = Server: x", "see server_header" },
		{ "header = -Server", "see server_header" },
		{ "header = Content-Type: text/html", "mime, [mime] and charset" },
		{ "header = ETag: x", "see etag" },
		{ "header = Last-Modified: x", "comes from the file" },
	};

	(void)state;
	check_lines(bad, COUNT(bad));
}

static void
fields_keep_their_text(void **state)
{
	const struct header_rule *r;
	struct load l;

	(void)state;
	r = load_server(&l, "header = X-A:b: \"c\"\nheader = \"Link: <a> ; rel=b\" ; comment\n"
			    "header = -X-Content-Type-Options\nheader = -Last-Modified")
		    ->header.first;
	check_slice("name", r->name, SLICE("X-A"));
	check_slice("value", r->value, SLICE("b: \"c\""));
	assert_int_equal(r->at.line, 3);
	check_slice("value", r->next->value, SLICE("<a> ; rel=b"));
	assert_true(r->next->next->remove);
	check_slice("removed", r->next->next->name, SLICE("X-Content-Type-Options"));
	load_end(&l);
}

static void
redirects(void **state)
{
	static const char *const bad[][2] = {
		{ "redirect = /a /b", "FROM -> TO [STATUS]" },
		{ "redirect = /a -> /b 301 x", "FROM -> TO [STATUS]" },
		{ "redirect = a -> /b", "begins with '/'" },
		{ "redirect = *.x -> /b", "begins with '/'" },
		{ "redirect = /a -> b", "http:// or https://" },
		{ "redirect = /a -> //b", "http:// or https://" },
		{ "redirect = /a -> ftp://b", "http:// or https://" },
		{ "redirect = /a -> /b 300", "301, 302, 303, 307 or 308" },
		{ "redirect = /a -> /b 304", "301, 302, 303, 307 or 308" },
		{ "redirect = /a -> /b x", "301, 302, 303, 307 or 308" },
		{ "redirect = /a -> /$1", "there is no $1: the pattern has 0 stars" },
		{ "redirect = /*/** -> /$3", "there is no $3: the pattern has 2 stars" },
		{ "redirect = /* -> /x$0", "there is no $0: the pattern has 1 star" },
		{ "redirect = /a -> /a", "for ever" },
		{ "redirect = /** -> /a", "for ever" },
		{ "redirect = /a -> /\xc3\xa4", "as %XX" },
		{ "redirect = /a -> \"/b c\"", "as %XX" },
		{ "redirect = /[a -> /b", "needs its ']'" },
	};
	const struct redirect_rule *r;
	struct load l;

	(void)state;
	check_lines(bad, COUNT(bad));
	r = load_server(&l, "redirect = /a -> /b\nredirect = \"/c d\" -> https://x/?y 308\n"
			    "redirect = /old/** -> /new/$1$1?a=$ 302\n"
			    "redirect = off")
		    ->redirect.first;
	check_slice("from", r->from, SLICE("/a"));
	check_slice("to", r->to, SLICE("/b"));
	assert_int_equal(r->status, 301);
	assert_false(r->glob);
	check_slice("quoted", r->next->from, SLICE("/c d"));
	assert_int_equal(r->next->status, 308);
	assert_true(r->next->next->glob);
	assert_int_equal(r->next->next->status, 302);
	assert_true(l.config->server_settings.redirect.off);
	load_end(&l);
}

static void
rewrites(void **state)
{
	static const char *const bad[][2] = {
		{ "rewrite = /a /b", "FROM -> TO" },
		{ "rewrite = /a -> /b 301", "FROM -> TO" },
		{ "rewrite = a -> /b", "begins with '/'" },
		{ "rewrite = /a -> b", "begins with '/'" },
		{ "rewrite = /a -> http://b/", "say redirect" },
		{ "rewrite = /a -> /b?c", "the query stays" },
		{ "rewrite = /* -> /$2", "there is no $2: the pattern has 1 star" },
		{ "rewrite = /[a -> /b", "needs its ']'" },
	};
	const struct redirect_rule *r;
	struct load l;

	(void)state;
	check_lines(bad, COUNT(bad));
	r = load_server(&l,
			"redirect = /a -> /b\nrewrite = /c* -> \"/d e/$1\"\nredirect = /f -> /g")
		    ->redirect.first;
	assert_false(r->rewrite);
	assert_true(r->next->rewrite && r->next->glob);
	check_slice("to", r->next->to, SLICE("/d e/$1"));
	assert_int_equal(r->next->at.line, 4);
	assert_false(r->next->next->rewrite);
	load_end(&l);
	check_refused_with("[server]\nrewrite = /a -> /b\n", "needs a root");
	check_refused_with("[server]\nroot = /\n[location l]\npath = /\nrewrite = /a -> /b\n",
			   "this key belongs in [server]");
}

static void
error_pages(void **state)
{
	static const char *const bad[][2] = {
		{ "error = 404", "STATUS[,STATUS...]" },
		{ "error = 404 not found", "STATUS[,STATUS...]" },
		{ "error = 404 missing", "text in quotes" },
		{ "error = 404 http://x/", "text in quotes" },
		{ "error = 404 \"\"", "text in quotes" },
		{ "error = 200 /x", "from 400 to 599" },
		{ "error = 600 /x", "from 400 to 599" },
		{ "error = 3xx /x", "from 400 to 599" },
		{ "error = , /x", "needs a status" },
		{ "error = 404,x /x", "from 400 to 599" },
		{ "error = 404 /x\nerror = 403,404 /y",
		  "t.ini:4: [server] error: the page for 404 is said already, at t.ini:3" },
	};
	const struct error_rule *r;
	struct load l;

	(void)state;
	check_lines(bad, COUNT(bad));
	r = load_server(&l, "error = 404,410 \"/x y\"\n"
			    "error = 4XX \"a \\\"b\\\"\"")
		    ->error.first;
	assert_int_equal(r->status, 404);
	check_slice("path", r->next->path, SLICE("/x y"));
	assert_int_equal(r->next->status, 410);
	assert_int_equal(r->next->next->status, 4);
	check_slice("text", r->next->next->text, SLICE("a \"b\""));
	load_end(&l);
}

static void
fixed_pages(void **state)
{
	static const char *const bad[][2] = {
		{ "return = x", "begins with its status" },
		{ "return = 100", "begins with its status" },
		{ "return = 301", "say redirect" },
		{ "return = 302 \"x\"", "say redirect" },
		{ "return = 304 \"x\"", "write the status alone" },
		{ "return = 206", "answer to a range" },
		{ "return = 299", "is not known" },
		{ "return = 999", "is not known" },
		{ "return = 204 \"x\"", "write the status alone" },
		{ "return = 200 text", "text in quotes, or @FILE" },
		{ "return = 200 text/html", "text in quotes, or @FILE" },
		{ "return = 200 html \"x\"", "no media type" },
		{ "return = 200 a/b c/d \"x\"", "quotes around the text" },
		{ "return = 200 @", "name of a file" },
		{ "return = 200 @nope", "cannot read nope: No such file" },
	};
	const struct set_return *r;
	struct load l;

	(void)state;
	check_lines(bad, COUNT(bad));
	r = load_server(&l, "return = 200 \"hello; \\\"you\\\"\"")->fixed;
	assert_int_equal(r->status, 200);
	check_slice("body", r->body, SLICE("hello; \"you\""));
	check_slice("type", r->type, SLICE("text/plain; charset=utf-8"));
	load_end(&l);
	r = load_server(&l, "charset = gbk\nreturn = 200 Text/HTML \"x\"")->fixed;
	check_slice("type", r->type, SLICE("text/html; charset=utf-8"));
	load_end(&l);
	r = load_server(&l, "return = 200 \"text/html; charset=big5\" \"x\"")->fixed;
	check_slice("type", r->type, SLICE("text/html; charset=big5"));
	load_end(&l);
	r = load_server(&l, "return = 404")->fixed;
	assert_int_equal(r->type.len + r->body.len, 0);
	load_end(&l);
	r = load_server(&l, "return = 200 \"\"")->fixed;
	assert_true(r->type.len > 0 && r->body.len == 0);
	load_end(&l);
}

static void
fallbacks(void **state)
{
	static const char *const bad[][2] = {
		{ "fallback = x", "/PATH [STATUS]" },
		{ "fallback = /x 200 y", "/PATH [STATUS]" },
		{ "fallback = /x 302", "none of 3xx" },
		{ "fallback = /x 299", "none of 3xx" },
		{ "fallback = /x 600", "none of 3xx" },
		{ "fallback = /x y", "none of 3xx" },
		{ "fallback = /x 204", "is no page" },
		{ "fallback = /x 206", "is no page" },
		{ "fallback = /x\nfallback = /y", "said already" },
	};
	const struct set_fallback *set;
	struct load l;

	(void)state;
	check_lines(bad, COUNT(bad));
	set = load_server(&l, "fallback = \"/a b.html\" 404")->fallback;
	check_slice("path", set->path, SLICE("/a b.html"));
	assert_int_equal(set->status, 404);
	load_end(&l);
	set = load_server(&l, "fallback = /a")->fallback;
	assert_int_equal(set->status, 200);
	load_end(&l);
	assert_int_equal(load_server(&l, "fallback = off")->fallback->path.len, 0);
	load_end(&l);
}

static void
fixed_pages_from_files(void **state)
{
	static const struct {
		const char *lines, *type;
	} cases[] = {
		{ "return = 503 @d/p.html", "text/html; charset=utf-8" },
		{ "return = 503 @d/p.html\ncharset = gbk", "text/html; charset=gbk" },
		{ "return = 503 @d/p.html\ncharset = off", "text/html" },
		{ "return = 503 @d/p.html\nmime = html:x/y", "x/y" },
		{ "return = 503 @d/p.html\n[mime]\nhtml = x/z", "x/z" },
		{ "return = 503 text/css @d/p.html", "text/css; charset=utf-8" },
		{ "return = 503 @d/q", "application/octet-stream" },
		{ "return = 503 @\"d/r s.txt\"", "text/plain; charset=utf-8" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct set_return *r;
		char text[256];
		struct load l;

		load_begin(&l);
		snprintf(text, sizeof text, "[host a]\n%s\n", cases[i].lines);
		load_put(&l, "t.ini", text);
		load_put(&l, "d/p.html", "<p>");
		load_put(&l, "d/q", "<p>");
		load_put(&l, "d/r s.txt", "<p>");
		load_run(&l);
		assert_string_equal(l.words, "");
		r = l.config->sites[0].settings.fixed;
		check_slice(cases[i].lines, r->type, slice_of(cases[i].type));
		check_slice(cases[i].lines, r->body, SLICE("<p>"));
		load_end(&l);
	}
}

static void
words_of_a_kind(void **state)
{
	static const char *const bad[][2] = {
		{ "index = a/b", "without '/'" },
		{ "index = ..", "no name of a file" },
		{ "index = a\nindex = off", "off stands alone" },
		{ "index = off\nindex = a", "off stands alone" },
		{ "default_type = html", "no media type" },
		{ "default_type = text/*", "no media type" },
		{ "default_type = text/html;charset=x", "charset = NAME" },
		{ "mime = html", "EXTENSION:TYPE" },
		{ "mime = a:b", "no media type" },
		{ "mime = .a:b/c", "without its first dot" },
		{ "mime = a:b/c a:b/d", "a is said already" },
		{ "charset = \"utf 8\"", "no name of a charset" },
		{ "charset = utf-8;", "no name of a charset" },
		{ "hidden = perhaps", "say on or off" },
		{ "symlinks = all", "beneath" },
		{ "symlinks = off", "did you mean \"none\"?" },
		{ "symlinks = owners", "did you mean \"owner\"?" },
		{ "methods = get", "did you mean \"GET\"?" },
		{ "methods = GTE", "did you mean \"GET\"?" },
		{ "methods = GET\nmethods = off", "off stands alone" },
		{ "body_size = x", "as in 64k" },
		{ "body_size = -1", "as in 64k" },
		{ "body_size = 99999999999999999999", "must be between" },
		{ "access_log = a", "begins with '/'" },
		{ "access_log = /a combine", "did you mean \"combined\"?" },
		{ "access_log = /a \"%Z\"", "unknown directive in a log format" },
		{ "access_log = /a %h %s", "quotes around the format" },
		{ "etag = on\netag = on", "this is said already, at t.ini:3" },
	};
	const struct settings *s;
	struct load l;

	(void)state;
	check_lines(bad, COUNT(bad));
	s = load_server(&l, "methods = GET POST\nmethods = HEAD\nhidden = yes\nsymlinks = none\n"
			    "body_size = 0\nindex = \"a b\" c");
	assert_int_equal(s->methods->allowed, METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_POST) |
						      METHOD_BIT(METHOD_HEAD));
	assert_true(s->hidden->on);
	assert_int_equal(s->symlinks->policy, SYMLINKS_NONE);
	assert_int_equal(s->body_size->n, 0);
	check_slice("index", s->index->words[0], SLICE("a b"));
	load_end(&l);
}

static void
types_worth_compressing(void **state)
{
	check_refused_with("[server]\nroot = /\n[gzip]\ntypes = */*\n", "behind the '/' only");
	check_refused_with("[server]\nroot = /\n[gzip]\ntypes = text/x*\n", "behind the '/' only");
	check_refused_with("[server]\nroot = /\n[gzip]\ntypes = text\n", "no media type");
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),	   cmocka_unit_test(fields_keep_their_text),
		cmocka_unit_test(redirects),	   cmocka_unit_test(rewrites),
		cmocka_unit_test(error_pages),	   cmocka_unit_test(fixed_pages),
		cmocka_unit_test(fallbacks),	   cmocka_unit_test(fixed_pages_from_files),
		cmocka_unit_test(words_of_a_kind), cmocka_unit_test(types_worth_compressing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
