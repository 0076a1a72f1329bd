/* The built-in media types. */
#include "config.h"

#include "config/mime.h"

#include "load.h"

static void
the_table_is_sorted_and_large(void **state)
{
	(void)state;
	assert_true(mime_builtin_count > 1000);
	for (size_t i = 0; i < mime_builtin_count; i++) {
		const struct mime_rule *r = &mime_builtin[i];

		assert_true(r->extension.len > 0 && r->extension.len <= MIME_EXTENSION_MAX);
		assert_true(slice_find(r->type, '/') < r->type.len);
		if (i > 0 && strcmp(mime_builtin[i - 1].extension.p, r->extension.p) == 0)
			fail_msg("%s is there twice", r->extension.p);
	}
}

static void
the_web_gets_what_it_expects(void **state)
{
	static const char *const types[][2] = {
		{ "index.html", "text/html" },
		{ "INDEX.HTM", "text/html" },
		{ "a.css", "text/css" },
		{ "a.js", "text/javascript" },
		{ "a.mjs", "text/javascript" },
		{ "a.json", "application/json" },
		{ "a.js.map", "application/json" },
		{ "a.wasm", "application/wasm" },
		{ "a.webmanifest", "application/manifest+json" },
		{ "a.svg", "image/svg+xml" },
		{ "a.ico", "image/vnd.microsoft.icon" },
		{ "a.png", "image/png" },
		{ "a.JPG", "image/jpeg" },
		{ "a.webp", "image/webp" },
		{ "a.avif", "image/avif" },
		{ "a.woff2", "font/woff2" },
		{ "a.mp4", "video/mp4" },
		{ "a.webm", "video/webm" },
		{ "a.mp3", "audio/mpeg" },
		{ "a.pdf", "application/pdf" },
		{ "a.txt", "text/plain" },
		{ "a.md", "text/markdown" },
		{ "a.xml", "application/xml" },
		{ "a.tar.gz", "application/gzip" },
		{ "a.tgz", "application/gzip" },
		{ "a.zip", "application/zip" },
		{ "a.deb", "application/vnd.debian.binary-package" },
	};
	struct load l;
	const struct config *c = load_good(&l, "[server]\nroot = /\n");
	struct scope scope;

	(void)state;
	config_scope(c, NULL, NULL, &scope);
	for (size_t i = 0; i < COUNT(types); i++) {
		struct origin at;

		check_slice(types[i][0],
			    scope_find_type(&scope, &c->types, slice_of(types[i][0]), &at),
			    slice_of(types[i][1]));
		assert_null(at.file);
	}
	load_end(&l);
}

static void
text_is_compressed_by_default(void **state)
{
	static const char *const yes[] = { "text/html", "application/json", "image/svg+xml",
					   "application/wasm", "TEXT/PLAIN" };
	static const char *const no[] = { "image/png", "application/gzip", "video/mp4", "text",
					  "" };
	struct load l;
	const struct config *c = load_good(&l, "[server]\nroot = /\n");

	(void)state;
	for (size_t i = 0; i < COUNT(yes); i++)
		assert_true(config_type_compresses(c, slice_of(yes[i])));
	for (size_t i = 0; i < COUNT(no); i++)
		assert_false(config_type_compresses(c, slice_of(no[i])));
	load_end(&l);
	c = load_good(&l, "[server]\nroot = /\n[gzip]\ntypes = off\n");
	assert_false(config_type_compresses(c, SLICE("text/html")));
	load_end(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_sorted_and_large),
		cmocka_unit_test(the_web_gets_what_it_expects),
		cmocka_unit_test(text_is_compressed_by_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
