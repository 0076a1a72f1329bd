/* limit_requests: how often who may ask, over a driven clock. */
#include "config.h"

#include "content/rate.h"

#include "load.h"
#include "site.h"

static struct site_under_test t;

static void
begin(const char *ini)
{
	scratch_init(&t.scratch);
	site_init(&t, ini);
	t.x.buckets = buckets_new();
	assert_non_null(t.x.buckets);
	t.x.now_ms = 1000000;
}

static void
end(void)
{
	buckets_free(t.x.buckets);
	site_fini(&t);
	scratch_fini(&t.scratch);
}

/* How many of count requests from there are let in. */
static int
ask(const char *from, const char *line, int count)
{
	int in = 0;

	t.x.peer = (struct ip){ .family = IP_NONE };
	if (strcmp(from, "unix") != 0)
		assert_true(ip_parse(&t.x.peer, slice_of(from)));
	while (count-- > 0) {
		site_route(&t, line, NULL);
		in += t.x.route.status != 429;
	}
	return in;
}

static void
test_rate_and_burst(void **state)
{
	(void)state;
	begin("[server]\nroot = @\nlimit_requests = 30/m burst 5\n");
	assert_int_equal(ask("192.0.2.1", "GET /", 20), 5);
	assert_int_equal(t.x.route.retry_s, 2);
	assert_int_equal(t.x.route.reason_at.line, 3);
	assert_int_equal(ask("192.0.2.2", "GET /", 20), 5); /* another one has its own */
	assert_int_equal(ask("::ffff:192.0.2.1", "GET /", 20), 0);
	t.x.now_ms += 1999;
	assert_int_equal(ask("192.0.2.1", "GET /", 20), 0);
	t.x.now_ms += 1;
	assert_int_equal(ask("192.0.2.1", "GET /", 20), 1);
	t.x.now_ms += 600000;
	assert_int_equal(ask("192.0.2.1", "GET /", 20), 5);
	assert_int_equal(site_ask(&t, "GET /", NULL), 429);
	check_slice("Retry-After", site_field(&t, "Retry-After"), SLICE("2"));
	end();
	begin("[server]\nroot = @\nlimit_requests = 7/s\n"); /* its own number at once */
	assert_int_equal(ask("192.0.2.1", "GET /", 20), 7);
	end();
}

static void
test_addresses(void **state)
{
	(void)state;
	begin("[server]\nroot = @\nlimit_requests = 1/m burst 3\n");
	assert_int_equal(ask("2001:db8:1:2::1", "GET /", 2), 2);
	assert_int_equal(ask("2001:db8:1:2:ffff::7", "GET /", 5), 1); /* the same /64 */
	assert_int_equal(ask("2001:db8:1:3::1", "GET /", 5), 3);
	assert_int_equal(ask("unix", "GET /", 5), 3);
	assert_int_equal(ask("::", "GET /", 5), 3);
	assert_int_equal(ask("0.0.0.0", "GET /", 5), 3);
	end();
}

/* The nearest line alone counts; each line for itself. */
static void
test_levels(void **state)
{
	(void)state;
	begin("[server]\nroot = @\nlimit_requests = 1/m burst 3\n"
	      "[location a]\npath = /a\nlimit_requests = 1/m burst 3\n"
	      "[location b]\npath = /b\nlimit_requests = off\n"
	      "[location c]\npath = /c\nlimit_requests = 1/m burst 2 observe\n");
	assert_int_equal(ask("192.0.2.1", "GET /a", 5), 3);
	assert_int_equal(ask("192.0.2.1", "GET /", 5), 3);
	assert_int_equal(ask("192.0.2.1", "GET /b", 50), 50);
	assert_int_equal(ask("192.0.2.1", "GET /c", 2), 2);
	assert_false(t.x.route.over_limit);
	assert_int_equal(ask("192.0.2.1", "GET /c", 5), 5);
	assert_true(t.x.route.over_limit);
	assert_int_equal(t.x.route.handler, HANDLER_STATIC);
	end();
}

/* Behind redirects and deny, before methods; `explain` counts nothing. */
static void
test_order(void **state)
{
	(void)state;
	begin("[server]\nroot = @\nlimit_requests = 1/m\nredirect = /a -> /b\ndeny = 192.0.2.9\n");
	assert_int_equal(ask("192.0.2.1", "GET /a", 9), 9);
	assert_int_equal(ask("192.0.2.9", "GET /", 9), 9);
	assert_int_equal(t.x.route.status, 403);
	assert_int_equal(ask("192.0.2.1", "PUT /", 1), 1);
	assert_int_equal(t.x.route.status, 405);
	assert_int_equal(ask("192.0.2.1", "PUT /", 9), 0);
	assert_int_equal(ask("192.0.2.1", "OPTIONS /", 9), 0);
	buckets_free(t.x.buckets);
	t.x.buckets = NULL;
	assert_int_equal(ask("192.0.2.1", "GET /", 9), 9);
	end();
}

static void
test_words(void **state)
{
	static const char *const bad[][2] = {
		{ "10", "as in 10/s or 30/m" },
		{ "10/h", "as in 10/s or 30/m" },
		{ "0/s", "from 1 to 100000" },
		{ "100001/s", "from 1 to 100000" },
		{ "x/s", "from 1 to 100000" },
		{ "/s", "from 1 to 100000" },
		{ "10/s 5", "RATE [burst NUMBER] [observe]" },
		{ "10/s burst", "how many may come at once" },
		{ "10/s burst 0", "between 1 and 1000000" },
		{ "10/s burst 5 burst 6", "RATE [burst NUMBER] [observe]" },
		{ "10/s observe observe", "RATE [burst NUMBER] [observe]" },
		{ "10/s\nlimit_requests = 5/s", "is said already" },
	};
	const struct set_limit_requests *limit;
	struct load l;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		char text[128];

		snprintf(text, sizeof text, "[server]\nroot = /\nlimit_requests = %s\n", bad[i][0]);
		check_refused_with(text, bad[i][1]);
	}
	limit = load_good(&l,
			  "[server]\nroot = /\nlimit_requests = 100000/S Observe BURST 1000000\n")
			->server_settings.limit_requests;
	assert_int_equal(limit->number, 100000);
	assert_int_equal(limit->period_ms, 1000);
	assert_int_equal(limit->burst, 1000000);
	assert_true(limit->observe);
	load_end(&l);
}

static void
test_words_of_speed(void **state)
{
	static const char *const bad[][2] = {
		{ "10k", "as in 500k/s" },
		{ "10k/m", "as in 500k/s" },
		{ "0/s", "between 1 and 1024g" },
		{ "x/s", "as in 64k" },
		{ "/s", "as in 64k" },
		{ "1k/s after", "SIZE/s [after SIZE]" },
		{ "1k/s 5k", "SIZE/s [after SIZE]" },
		{ "1k/s after 5s", "as in 64k" },
		{ "2000g/s", "between 1 and 1024g" },
		{ "1k/s after 5k 6k", "SIZE/s [after SIZE]" },
	};
	const struct set_limit_rate *limit;
	struct load l;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		char text[128];

		snprintf(text, sizeof text, "[server]\nroot = /\nlimit_rate = %s\n", bad[i][0]);
		check_refused_with(text, bad[i][1]);
	}
	check_refused_with("[server]\nroot = /\nmin_rate = 500\n", "as in 500k/s");
	check_refused_with("[server]\nroot = /\nmin_rate = 0/s\n", "between 1 and 1g");
	check_refused_with("[server]\nroot = /\nmin_rate = 1k/s 5\n", "one word");
	assert_int_equal(load_good(&l, "[server]\nroot = /\nmin_rate = off\n")->server.min_rate, 0);
	load_end(&l);
	limit = load_good(&l, "[server]\nroot = /\nlimit_rate = 2k/S after 3m\n")
			->server_settings.limit_rate;
	assert_int_equal(limit->bytes, 2048);
	assert_int_equal(limit->after, 3 << 20);
	load_end(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rate_and_burst), cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_levels),	       cmocka_unit_test(test_order),
		cmocka_unit_test(test_words),	       cmocka_unit_test(test_words_of_speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
