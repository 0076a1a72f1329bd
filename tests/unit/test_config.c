/* Whole configurations: the grammar, and what is said about broken ones. */
#include "config.h"

#include "config/config.h"

#include "load.h"

static void
defaults_are_those_of_the_manual(void **state)
{
	struct load l;
	const struct config *c = load_good(&l, "[server]\nroot = /\n");
	const struct server_config *s = &c->server;

	(void)state;
	assert_int_equal(s->listen_count, 1);
	assert_int_equal(address_port(&s->listen[0].address), 80);
	assert_true(s->listen[0].address.dual);
	assert_null(s->listen[0].at.file);
	assert_int_equal(s->user.len + s->group.len + s->pidfile.len, 0);
	assert_int_equal(s->workers, 0);
	assert_int_equal(s->queue, 1024);
	assert_int_equal(s->backlog, 1024);
	assert_int_equal(s->max_connections, 16384);
	assert_null(s->max_connections_at.file);
	assert_int_equal(s->head_timeout_ms, 10000);
	assert_int_equal(s->body_timeout_ms, 10000);
	assert_int_equal(s->send_timeout_ms, 30000);
	assert_int_equal(s->min_rate, 500);
	assert_int_equal(s->keepalive_timeout_ms, 15000);
	assert_int_equal(s->keepalive_requests, 1000);
	assert_int_equal(s->head_size, 16384);
	assert_int_equal(s->target_size, 8192);
	assert_int_equal(s->head_fields, 100);
	assert_int_equal(s->grace_ms, 30000);
	assert_int_equal(s->server_header, SERVER_HEADER_NAME);
	assert_true(c->gzip.enable);
	assert_int_equal(c->gzip.level, 5);
	assert_int_equal(c->gzip.min_size, 1024);
	assert_int_equal(c->gzip.max_size, 16 << 20);
	assert_int_equal(c->error_log_path.len, 0);
	assert_int_equal(c->error_log_level, LOG_LEVEL_NOTICE);
	check_slice("log", c->access_logs[0].path,
		    SLICE(LOCALSTATEDIR "/log/tinyhttpd/access.log"));
	check_slice("format", c->access_logs[0].format.source, SLICE("combined"));
	load_end(&l);
}

static void
what_is_said_lands_with_its_line(void **state)
{
	struct load l;
	const struct config *c = load_good(
		&l, "[server]\nroot = /\nlisten = 8080 ; one\nlisten = 127.0.0.1:0\n"
		    "listen = 127.0.0.1:0\nlisten = unix:/run/x\n"
		    "user = www\ngroup = web\npidfile = /run/x.pid\nworkers = 3\nqueue = 4\n"
		    "backlog = 5\nmax_connections = 6\nhead_timeout = 7s\nbody_timeout = 8ms\n"
		    "send_timeout = 9m\nmin_rate = 3K/s\nkeepalive_timeout = 0\nkeepalive_requests = 0\n"
		    "head_size = 2K\ntarget_size = 1k\nhead_fields = 11\ngrace = 1h\n"
		    "server_header = off\n[gzip]\nenable = no\nlevel = 9\nmin_size = 0\n"
		    "max_size = 1g\ntypes = Text/*\ntypes = image/x\n[log]\naccess = off\n"
		    "error = /var/log/e debug\n");
	const struct server_config *s = &c->server;

	(void)state;
	assert_int_equal(s->listen_count, 4);
	check_slice("listen", s->listen[0].text, SLICE("8080"));
	assert_int_equal(s->listen[0].at.line, 3);
	check_slice("user", s->user, SLICE("www"));
	assert_int_equal(s->user_at.line, 7);
	check_slice("group", s->group, SLICE("web"));
	assert_int_equal(s->group_at.line, 8);
	check_slice("pidfile", s->pidfile, SLICE("/run/x.pid"));
	assert_int_equal(s->workers, 3);
	assert_int_equal(s->queue, 4);
	assert_int_equal(s->backlog, 5);
	assert_int_equal(s->max_connections, 6);
	assert_int_equal(s->max_connections_at.line, 13);
	assert_int_equal(s->head_timeout_ms, 7000);
	assert_int_equal(s->body_timeout_ms, 8);
	assert_int_equal(s->send_timeout_ms, 540000);
	assert_int_equal(s->min_rate, 3072);
	assert_int_equal(s->keepalive_timeout_ms + s->keepalive_requests, 0);
	assert_int_equal(s->head_size, 2048);
	assert_int_equal(s->target_size, 1024);
	assert_int_equal(s->head_fields, 11);
	assert_int_equal(s->grace_ms, 3600000);
	assert_int_equal(s->server_header, SERVER_HEADER_OFF);
	assert_false(c->gzip.enable);
	assert_int_equal(c->gzip.enable_at.line, 26);
	assert_int_equal(c->gzip.level, 9);
	assert_int_equal(c->gzip.min_size, 0);
	assert_int_equal(c->gzip.max_size, 1 << 30);
	assert_int_equal(c->gzip.types.count, 2);
	assert_true(config_type_compresses(c, SLICE("TEXT/plain")));
	assert_true(config_type_compresses(c, SLICE("image/x")));
	assert_false(config_type_compresses(c, SLICE("image/xx")));
	assert_false(config_type_compresses(c, SLICE("texts/x")));
	assert_int_equal(c->builtin.access_log->index, -1);
	assert_int_equal(c->access_log_count, 0);
	check_slice("error", c->error_log_path, SLICE("/var/log/e"));
	assert_int_equal(c->error_log_level, LOG_LEVEL_DEBUG);
	load_end(&l);
}

static void
the_same_access_log_is_one(void **state)
{
	struct load l;
	const struct config *c = load_good(
		&l, "[server]\nroot = /\n[log]\naccess = /a\n[host a]\naccess_log = /a combined\n"
		    "[host b]\naccess_log = /a vhost\n[host c]\naccess_log = stdout \"%h %s\"\n"
		    "[host d]\naccess_log = \"/b c\"\n[host e]\naccess_log = stdout \"%h %s\"\n"
		    "[host f]\naccess_log = off\n");

	(void)state;
	assert_int_equal(c->access_log_count, 4);
	assert_int_equal(c->sites[0].settings.access_log->index, c->builtin.access_log->index);
	assert_int_equal(c->sites[2].settings.access_log->index,
			 c->sites[4].settings.access_log->index);
	assert_int_equal(c->access_logs[c->sites[2].settings.access_log->index].path.len, 0);
	check_slice("quoted", c->access_logs[c->sites[3].settings.access_log->index].path,
		    SLICE("/b c"));
	assert_int_equal(c->sites[5].settings.access_log->index, -1);
	load_end(&l);
	/* the server's own hides that of [log], which then is not even opened */
	c = load_good(&l, "[server]\nroot = /\naccess_log = off\n");
	assert_int_equal(c->access_log_count, 0);
	load_end(&l);
}

static void
sections_that_are_opened_again_add(void **state)
{
	struct load l;
	const struct config *c = load_good(&l, "[server]\nroot = /\nindex = a\n[gzip]\nlevel = 1\n"
					       "[server]\nindex = b\n[gzip]\nmin_size = 2\n[mime]\n"
					       "zz1 = a/b\n[mime]\nzz2 = c/d\n");

	(void)state;
	assert_int_equal(c->server_settings.index->count, 2);
	assert_int_equal(c->gzip.level + c->gzip.min_size, 3);
	assert_non_null(table_get(&c->types, SLICE("ZZ1")));
	assert_non_null(table_get(&c->types, SLICE("zz2")));
	load_end(&l);
	check_refused("[server]\nroot = /\nqueue = 1\n[log]\n[server]\nqueue = 1\n",
		      "t.ini:6: [server] queue: this is said already, at t.ini:3\n    queue = 1\n");
}

static void
an_empty_section_counts(void **state)
{
	struct load l;
	const struct config *c = load_good(&l, "[server]\nroot = /\n[host a]\n[host b]");

	(void)state;
	assert_int_equal(c->site_count, 2);
	load_end(&l);
}

/* Ten and more broken files, each with everything that is said about it. */
static void
broken_files_are_explained(void **state)
{
	static const char *const cases[][2] = {
		{ "listen = 80\n[server]\nroot = /\n",
		  "t.ini:1: listen: this key belongs in [server]\n    listen = 80\n" },
		{ "[server]\nroot = /\nlisen = 80\n",
		  "t.ini:3: [server] lisen: there is no such key\n    lisen = 80\n"
		  "    did you mean \"listen\"?\n" },
		{ "[server]\nroot = /\n\n   levle = 3 ; x\n",
		  "t.ini:4: [server] levle: there is no such key; \"level\" belongs in [gzip]\n"
		  "    levle = 3 ; x\n    did you mean \"level\"?\n" },
		{ "[server]\nroot = /\nnames = a\n",
		  "t.ini:3: [server] names: this key belongs in [host]\n    names = a\n" },
		{ "[sever]\nqueue = x\n[server]\nroot = /\n",
		  "t.ini:1: [sever] there is no such section\n    [sever]\n"
		  "    did you mean \"server\"?\n" },
		{ "[host]\n[server]\nroot = /\n",
		  "t.ini:1: [host] this section needs a label, as in [host example.org]\n"
		  "    [host]\n" },
		{ "[server x]\n[server]\nroot = /\n",
		  "t.ini:1: [server x] this section has no label: there is one of it\n"
		  "    [server x]\n" },
		{ "[server]\nroot = /\nhead_timeout = 30\n",
		  "t.ini:3: [server] head_timeout: a time needs a unit: write 30s (or ms, m, h, d)\n"
		  "    head_timeout = 30\n" },
		{ "[server]\nroot = /\nworkers = 0\nworkers = auto\n",
		  "t.ini:3: [server] workers: must be between 1 and 1024\n    workers = 0\n"
		  "t.ini:4: [server] workers: this is said already, at t.ini:3\n"
		  "    workers = auto\n" },
		{ "[server]\nroot = srv/www\n",
		  "t.ini:2: [server] root: a path begins with '/': write /srv/srv/www, say\n"
		  "    root = srv/www\n" },
		{ "[server]\nroot = /srv/my site\n",
		  "t.ini:2: [server] root: this takes one word: put quotes around it if it has "
		  "blanks\n    root = /srv/my site\n" },
		{ "[server]\nroot = /\nlisten = 79\nlisten = 80 proxy\n"
		  "listen = 82 83\n",
		  "t.ini:4: [server] listen: this build cannot do the proxy protocol\n"
		  "    listen = 80 proxy\n"
		  "t.ini:5: [server] listen: one place to listen on a line: repeat listen for more\n"
		  "    listen = 82 83\n" },
		{ "[server]\nroot = /\nlisten = 80\nlisten = [::]:80\n",
		  "t.ini:4: [server] listen: this address is said already, at t.ini:3\n"
		  "    listen = [::]:80\n" },
		{ "[server]\nroot = /\nlisten = 80\nlisten = 127.0.0.1:80\nlisten = 0.0.0.0:80\n"
		  "listen = [::1]:81\nlisten = 127.0.0.1:82\nlisten = [::]:82\nlisten = 81\n"
		  "listen = 0\nlisten = 127.0.0.1:0\n",
		  "t.ini:4: [server] listen: 80, which takes these connections too, is said "
		  "already, at t.ini:3\n    listen = 127.0.0.1:80\n"
		  "t.ini:5: [server] listen: 80, which takes these connections too, is said "
		  "already, at t.ini:3\n    listen = 0.0.0.0:80\n"
		  "t.ini:9: [server] listen: [::1]:81, whose connections this takes too, is said "
		  "already, at t.ini:6\n    listen = 81\n" },
		{ "[server]\nroot = /\nserver_header = nmae\n",
		  "t.ini:3: [server] server_header: this is off, name (tinyhttpd) or full (with its "
		  "version)\n    server_header = nmae\n    did you mean \"name\"?\n" },
		{ "[server]\nroot = /\nhead_size = 4k\ntarget_size = 5k\n",
		  "t.ini:4: [server] target_size: a target is part of the head: this is more than "
		  "head_size\n    target_size = 5k\n" },
		{ "[server]\nroot = /\nhead_size = 16q\n",
		  "t.ini:3: [server] head_size: a size is a whole number of bytes, or one with k, m "
		  "or g, as in 64k\n    head_size = 16q\n" },
		{ "[server]\nroot = /\n[log]\naccess = syslog\nerror = syslog\n",
		  "t.ini:4: [log] access: this build cannot log to syslog: name a file, stdout or "
		  "off\n    access = syslog\n"
		  "t.ini:5: [log] error: this build cannot log to syslog: name a file, or stderr\n"
		  "    error = syslog\n" },
		{ "[server]\nroot = /\n[log]\naccess = /a json\nerror = /e wran\n",
		  "t.ini:4: [log] access: this build has no json format: say combined, vhost or a "
		  "format in quotes\n    access = /a json\n"
		  "t.ini:5: [log] error: a level is error, warn, notice, info or debug\n"
		  "    error = /e wran\n    did you mean \"warn\"?\n" },
		{ "[server]\nroot = /\n[gzip]\nlevel = 10\nmin_size = 5x\nenable = maybe\n",
		  "t.ini:4: [gzip] level: must be between 1 and 9\n    level = 10\n"
		  "t.ini:5: [gzip] min_size: a size is a whole number of bytes, or one with k, m or "
		  "g, as in 64k\n    min_size = 5x\n"
		  "t.ini:6: [gzip] enable: this is a switch: say on or off\n    enable = maybe\n" },
		{ "[server]\nroot = /\n[mime]\nhtml = text/html\nhtm html = text/x\n.x = a/b\n"
		  "y = ab\n",
		  "t.ini:5: [mime] htm html: html is said already, at t.ini:4\n"
		  "    htm html = text/x\n"
		  "t.ini:6: [mime] .x: an ending is written without its first dot\n    .x = a/b\n"
		  "t.ini:7: [mime] y: this is no media type, like text/html\n    y = ab\n" },
		{ "[server]\nroot = \n",
		  "t.ini:2: [server] root: a value is missing: write root = PATH\n    root =\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check_refused(cases[i][0], cases[i][1]);
}

static void
keys_that_do_not_work_yet_are_unknown(void **state)
{
	static const char *const server[] = {
		"reload_signal",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(server); i++) {
		char text[128], words[128];

		snprintf(text, sizeof text, "[server]\nroot = /\n%s = on\n", server[i]);
		snprintf(words, sizeof words, "%s: there is no such key", server[i]);
		check_refused_with(text, words);
	}
}

static void
long_values_arrive_whole(void **state)
{
	static const size_t lengths[] = { 150, 199, 200, 201, 400, 4000, 8192 };

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		size_t n = lengths[i];
		static char text[16384];
		struct load l;

		memcpy(text, "[server]\nroot = /\nheader = X: ", 30);
		memset(text + 30, 'v', n - 3);
		strcpy(text + 30 + n - 3, "\nlisten = 81\n");
		load_good(&l, text);
		assert_int_equal(l.config->server_settings.header.first->value.len, n - 3);
		assert_int_equal(l.config->server.listen_count, 1);
		load_end(&l);
	}
}

static void
too_long_a_value_is_refused(void **state)
{
	static char text[16384];

	(void)state;
	memcpy(text, "[server]\nroot = /\nheader = X: ", 30);
	memset(text + 30, 'v', 8193 - 3);
	check_refused_with(text, "t.ini:3: [server] header: a value has at most 8192 bytes\n");
	memcpy(text, "[server]\nroot = /\nindex  = ", 27);
	memset(text + 27, 'v', 8193);
	check_refused_with(text, "t.ini:3: [server] index: a value has at most 8192 bytes\n");
}

/* Every prefix of a good file, and the file with each byte turned into others, is survived. */
static void
hostile_files_are_survived(void **state)
{
	static const char good[] =
		"\xEF\xBB\xBF[server]\r\nroot = / ; x\nlisten=unix:/x\n[log]\naccess=stdout \"%h\"\n"
		"[host a]\nnames=*.b [::1]\nheader=\"X: y\"\nredirect=/a/* -> /$1 302\n"
		"error=404,5xx \"\\\"\"\nreturn=200 text/html \"x\"\n[location l]\nhost=a\n"
		"path=/[a-z]*.x\nmime=a:b/c\nmethods=GET\n[gzip]\ntypes=text/*\ninclude=[\n";
	static const char bytes[] = "\0\n\r \t;\"\\=:[]*$@,-%/9a\x80\xff";

	(void)state;
	for (size_t n = 0; n < sizeof good; n++) {
		struct load l;

		load_bytes(&l, slice_from(good, n));
		load_end(&l);
	}
	for (size_t i = 0; i < sizeof good - 1; i++)
		for (size_t k = 0; k < sizeof bytes - 1; k += 1 + i % 3) {
			char text[sizeof good];
			struct load l;

			memcpy(text, good, sizeof text);
			text[i] = bytes[k];
			load_bytes(&l, slice_from(text, sizeof text - 1));
			load_end(&l);
		}
}

static void
text_stands_for_one_file_without_others(void **state)
{
	struct problems *p = problems_new();
	struct config *c = config_load_text("(quick mode)", SLICE("[server]\nroot = /\n"), p);

	(void)state;
	assert_non_null(c);
	assert_string_equal(c->server_settings.root->at.file, "(quick mode)");
	config_free(c);
	c = config_load_text("x", SLICE("include = /etc/passwd\n[server]\nroot = /\n"), p);
	assert_null(c);
	config_free(c);
	problems_free(p);
}

static void
warnings_of_one_run_do_not_fail_the_next(void **state)
{
	struct problems *p = problems_new();
	struct config *c;

	(void)state;
	assert_null(config_load_text("x", SLICE("x"), p));
	c = config_load_text("y", SLICE("[server]\nroot = /\n"), p);
	assert_non_null(c);
	config_free(c);
	problems_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_those_of_the_manual),
		cmocka_unit_test(what_is_said_lands_with_its_line),
		cmocka_unit_test(the_same_access_log_is_one),
		cmocka_unit_test(sections_that_are_opened_again_add),
		cmocka_unit_test(an_empty_section_counts),
		cmocka_unit_test(broken_files_are_explained),
		cmocka_unit_test(keys_that_do_not_work_yet_are_unknown),
		cmocka_unit_test(long_values_arrive_whole),
		cmocka_unit_test(too_long_a_value_is_refused),
		cmocka_unit_test(hostile_files_are_survived),
		cmocka_unit_test(text_stands_for_one_file_without_others),
		cmocka_unit_test(warnings_of_one_run_do_not_fail_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
