/* Whose request it is, where proxies stand in between. */
#include "config.h"

#include "content/real_ip.h"

#include "load.h"
#include "site.h"

static struct site_under_test t;

static void
begin(const char *lines)
{
	char ini[512];

	snprintf(ini, sizeof ini, "[server]\nroot = @\n%s", lines);
	scratch_init(&t.scratch);
	site_init(&t, ini);
}

static void
end(void)
{
	site_fini(&t);
	scratch_fini(&t.scratch);
}

/* A request from that peer with these lines; "X-Forwarded-For" alone stands for its name. */
static void
check_client(const char *peer, const char *lines, const char *wanted)
{
	char got[ADDRESS_TEXT_SIZE];

	t.x.peer = (struct ip){ .family = IP_NONE };
	if (strcmp(peer, "unix") != 0)
		assert_true(ip_parse(&t.x.peer, slice_of(peer)));
	site_route(&t, "GET /", lines);
	check_slice(lines ? lines : "", slice_from(got, ip_format(&t.x.client, got)),
		    slice_of(wanted));
}

#define XFF "X-Forwarded-For: "

static void
test_nobody_is_trusted(void **state)
{
	(void)state;
	begin("");
	check_client("10.0.0.1", XFF "192.0.2.1\r\n", "10.0.0.1");
	end();
}

static void
test_right_to_left(void **state)
{
	(void)state;
	begin("trusted_proxies = 10.0.0.0/8 2001:db8::/32\n");
	check_client("10.0.0.1", NULL, "10.0.0.1");
	check_client("192.0.2.9", XFF "192.0.2.1\r\n", "192.0.2.9");
	check_client("10.0.0.1", XFF "192.0.2.1\r\n", "192.0.2.1");
	check_client("10.0.0.1", "x-forwarded-for:192.0.2.1\r\n", "192.0.2.1");
	/* what a client says itself stands to the left of what the first proxy says of it */
	check_client("10.0.0.1", XFF "1.1.1.1, 192.0.2.1\r\n", "192.0.2.1");
	check_client("10.0.0.1", XFF "1.1.1.1, 192.0.2.1, 10.0.0.2,10.0.0.3\r\n", "192.0.2.1");
	check_client("10.0.0.1", XFF "1.1.1.1\r\n" XFF "192.0.2.1\r\n", "192.0.2.1");
	check_client("10.0.0.1", XFF "1.1.1.1\r\n" XFF "192.0.2.1\r\n" XFF "10.0.0.2\r\n",
		     "192.0.2.1");
	check_client("10.0.0.1", XFF "10.0.0.3, 10.0.0.2\r\n", "10.0.0.3");
	check_client("2001:db8::1", XFF "2001:db9::1, 2001:db8::2\r\n", "2001:db9::1");
	check_client("::ffff:10.0.0.1", XFF "::ffff:192.0.2.1\r\n", "192.0.2.1");
	assert_int_equal(t.x.client_at.line, 3);
	end();
}

static void
test_ways_to_write(void **state)
{
	static const char *const ways[][2] = {
		{ XFF "192.0.2.1:1234\r\n", "192.0.2.1" },
		{ XFF "[2001:db9::1]\r\n", "2001:db9::1" },
		{ XFF "[2001:db9::1]:443\r\n", "2001:db9::1" },
		{ XFF ",, 192.0.2.1 , ,\r\n", "192.0.2.1" },
		{ XFF "\r\n", "10.0.0.1" },
		{ XFF "\r\n" XFF "192.0.2.1\r\n" XFF "\r\n", "192.0.2.1" },
	};
	static const char *const bad[] = {
		"unknown",
		"_x",
		"192.0.2",
		"192.0.2.1:x",
		"192.0.2.1:99999",
		"[192.0.2.1",
		"[]",
		"[::1]x",
		"2001:db9::1]",
		"\"192.0.2.1\"",
		"192.0.2.1;x",
		"192.0.2.1 192.0.2.2",
	};

	(void)state;
	begin("trusted_proxies = 10.0.0.0/8\n");
	for (size_t i = 0; i < COUNT(ways); i++)
		check_client("10.0.0.1", ways[i][0], ways[i][1]);
	for (size_t i = 0; i < COUNT(bad);
	     i++) { /* it stops there, and what is left does not count */
		char line[128];

		snprintf(line, sizeof line, XFF "192.0.2.7, %s, 10.0.0.2\r\n", bad[i]);
		check_client("10.0.0.1", line, "10.0.0.2");
		snprintf(line, sizeof line, XFF "192.0.2.7\r\n" XFF "%s\r\n", bad[i]);
		check_client("10.0.0.1", line, "10.0.0.1");
	}
	end();
}

static void
test_other_names(void **state)
{
	(void)state;
	begin("trusted_proxies = unix\ntrusted_proxies = 127.0.0.1\nreal_ip_header = X-Real-IP\n");
	check_client("unix", XFF "192.0.2.1\r\nX-REAL-IP: 192.0.2.2\r\n", "192.0.2.2");
	check_client("127.0.0.1", "X-Real-IP: 192.0.2.2\r\n", "192.0.2.2");
	check_client("127.0.0.2", "X-Real-IP: 192.0.2.2\r\n", "127.0.0.2");
	end();
}

/* What a client is allowed depends on who it is, not on its proxy. */
static void
test_allow(void **state)
{
	(void)state;
	begin("trusted_proxies = 10.0.0.1\ndeny = 192.0.2.1\nallow = all\n");
	check_client("10.0.0.1", XFF "192.0.2.1\r\n", "192.0.2.1");
	assert_int_equal(t.x.route.status, 403);
	check_client("10.0.0.2", XFF "192.0.2.1\r\n", "10.0.0.2");
	assert_int_equal(t.x.route.handler, HANDLER_STATIC);
	end();
}

static void
test_words(void **state)
{
	(void)state;
	check_refused_with("[server]\nroot = /\ntrusted_proxies = all\n", "choose the address");
	check_refused_with("[server]\nroot = /\ntrusted_proxies = proxy.lan\n", "no address");
	check_refused_with("[server]\nroot = /\ntrusted_proxies = ::1\nreal_ip_header = X:\n",
			   "no name of a field");
	check_refused_with(
		"[server]\nroot = /\ntrusted_proxies = ::1\nreal_ip_header = forwarded\n",
		"let the proxy send X-Forwarded-For");
	check_refused_with("[host a]\nroot = /\ntrusted_proxies = ::1\n", "belongs in [server]");
	check_refused_with("[server]\nroot = /\nreal_ip_header = X-Real-IP\nx = y\n",
			   "nobody is believed: say trusted_proxies");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_is_trusted),
		cmocka_unit_test(test_right_to_left),
		cmocka_unit_test(test_ways_to_write),
		cmocka_unit_test(test_other_names),
		cmocka_unit_test(test_allow),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
