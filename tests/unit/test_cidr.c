/* Addresses and networks: what is taken, what is refused, and which fits how closely. */
#include "config.h"

#include "base/cidr.h"

#include "check.h"

static struct ip
ip(const char *text)
{
	struct ip ip;

	if (!ip_parse(&ip, slice_of(text)))
		fail_msg("%s is no address", text);
	return ip;
}

static struct cidr
cidr(const char *text)
{
	struct cidr c;
	const char *words = cidr_parse(&c, slice_of(text));

	if (words)
		fail_msg("%s: %s", text, words);
	return c;
}

static void
test_addresses(void **state)
{
	static const char *const bad[] = { "",	       "1.2.3",	    "1.2.3.4.5", "256.1.1.1",
					   "1.2.3.4 ", "01.2.3.4",  "::1%lo",	 "[::1]",
					   "::1:80:",  "localhost", "1.2.3.4:80" };
	static const char *const good[][2] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "::1", "::1" },
		{ "2001:DB8:0:0::1", "2001:db8::1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "::ffff:c000:201", "192.0.2.1" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "::", "::" },
	};
	struct ip none = { .family = IP_NONE }, out;
	char text[ADDRESS_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (ip_parse(&out, slice_of(bad[i])))
			fail_msg("%s passed for an address", bad[i]);
	assert_false(ip_parse(&out, SLICE("1.2.3.4\0")));
	for (size_t i = 0; i < COUNT(good); i++) {
		struct ip a = ip(good[i][0]);

		check_slice(good[i][0], slice_from(text, ip_format(&a, text)),
			    slice_of(good[i][1]));
	}
	check_slice("none", slice_from(text, ip_format(&none, text)), SLICE("unix:"));
}

static void
test_socket_addresses(void **state)
{
	struct address a;
	struct ip wanted = ip("192.0.2.1"), got;

	(void)state;
	assert_null(address_parse(&a, SLICE("192.0.2.1:80")));
	got = ip_of_address(&a);
	assert_true(ip_equal(&got, &wanted));
	assert_null(address_parse(&a, SLICE("[::ffff:192.0.2.1]:80")));
	got = ip_of_address(&a);
	assert_true(ip_equal(&got, &wanted));
	assert_null(address_parse(&a, SLICE("[2001:db8::1]:80")));
	got = ip_of_address(&a);
	assert_false(ip_equal(&got, &wanted));
	wanted = ip("2001:db8::1");
	assert_true(ip_equal(&got, &wanted));
	assert_null(address_parse(&a, SLICE("unix:/x")));
	assert_int_equal(ip_of_address(&a).family, IP_NONE);
}

static void
test_networks_refused(void **state)
{
	static const char *const bad[][2] = {
		{ "", "no address or network" },
		{ "/8", "no address or network" },
		{ "example.org", "no address or network" },
		{ "10.0.0.0/", "from 0 to 32" },
		{ "10.0.0.0/33", "from 0 to 32" },
		{ "10.0.0.0/-1", "from 0 to 32" },
		{ "10.0.0.0/255.0.0.0", "from 0 to 32" },
		{ "2001:db8::/129", "from 0 to 128" },
		{ "10.0.0.1/8", "bits behind the prefix" },
		{ "10.0.128.0/16", "bits behind the prefix" },
		{ "10.0.0.3/31", "bits behind the prefix" },
		{ "1.2.3.4/0", "bits behind the prefix" },
		{ "2001:db8::1/64", "bits behind the prefix" },
		{ "::ffff:10.0.0.0/8", "written as such" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct cidr c;
		const char *words = cidr_parse(&c, slice_of(bad[i][0]));

		if (!words || !strstr(words, bad[i][1]))
			fail_msg("%s: %s", bad[i][0], words ? words : "(taken)");
	}
}

static void
test_matches(void **state)
{
	static const struct {
		const char *network, *address;
		int fit;
	} cases[] = {
		{ "10.0.0.0/8", "10.255.255.255", 9 },
		{ "10.0.0.0/8", "11.0.0.0", -1 },
		{ "10.0.0.0/9", "10.127.0.0", 10 },
		{ "10.0.0.0/9", "10.128.0.0", -1 },
		{ "10.0.0.2/31", "10.0.0.3", 32 },
		{ "10.0.0.2/31", "10.0.0.4", -1 },
		{ "10.0.0.1", "10.0.0.1", 33 },
		{ "10.0.0.1", "10.0.0.2", -1 },
		{ "0.0.0.0/0", "255.1.2.3", 1 },
		{ "0.0.0.0/0", "::1", -1 },
		{ "::/0", "::1", 1 },
		{ "::/0", "10.0.0.1", -1 },
		{ "10.0.0.0/8", "::ffff:10.1.1.1", 9 },
		{ "::ffff:10.0.0.0/104", "10.1.1.1", 9 },
		{ "::ffff:10.0.0.1", "10.0.0.1", 33 },
		{ "2001:db8::/32", "2001:db8:ffff::1", 33 },
		{ "2001:db8::/32", "2001:db9::1", -1 },
		{ "2001:db8::/33", "2001:db8:8000::", -1 },
		{ "2001:db8::1", "2001:db8::1", 129 },
		{ "all", "10.0.0.1", 0 },
		{ "ALL", "::1", 0 },
		{ "unix", "::1", -1 },
	};
	struct ip none = { .family = IP_NONE };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cidr c = cidr(cases[i].network);
		struct ip a = ip(cases[i].address);
		int fit = cidr_match(&c, &a);

		if (fit != cases[i].fit)
			fail_msg("%s in %s: %d", cases[i].address, cases[i].network, fit);
	}
	for (size_t i = 0; i < 3; i++) {
		static const char *const texts[] = { "unix", "all", "0.0.0.0/0" };
		static const int fits[] = { 129, 0, -1 };
		struct cidr c = cidr(texts[i]);

		assert_int_equal(cidr_match(&c, &none), fits[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_socket_addresses),
		cmocka_unit_test(test_networks_refused),
		cmocka_unit_test(test_matches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
