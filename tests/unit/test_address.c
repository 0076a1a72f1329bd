/* Socket addresses as text and back. */
#include "config.h"

#include "base/address.h"

#include "check.h"

static void
parse(const char *text, struct address *a)
{
	const char *words = address_parse(a, slice_of(text));

	if (words)
		fail_msg("%s: %s", text, words);
}

static void
what_is_written_comes_back(void **state)
{
	static const char *const same[] = {
		"127.0.0.1:80",	    "0.0.0.0:0", "255.255.255.255:65535", "[::1]:8080",
		"[2001:db8::1]:80", "[::]:443",	 "unix:/run/site.sock",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(same); i++) {
		char out[ADDRESS_TEXT_SIZE];
		struct address a;

		parse(same[i], &a);
		assert_int_equal(address_format(&a, out), strlen(same[i]));
		assert_string_equal(out, same[i]);
		assert_false(a.dual);
	}
}

static void
a_bare_port_is_both_families(void **state)
{
	char out[ADDRESS_TEXT_SIZE];
	struct address a;

	(void)state;
	parse("80", &a);
	assert_true(a.dual);
	assert_int_equal(a.any.sa_family, AF_INET6);
	assert_int_equal(address_port(&a), 80);
	address_format(&a, out);
	assert_string_equal(out, "[::]:80");
}

static void
a_client_is_shown_without_its_port(void **state)
{
	static const char *const pairs[][2] = {
		{ "192.0.2.1:99", "192.0.2.1" },
		{ "[2001:db8:0::1]:99", "2001:db8::1" },
		{ "[::ffff:192.0.2.1]:99", "192.0.2.1" },
		{ "unix:/run/x", "unix:" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		char out[ADDRESS_TEXT_SIZE];
		struct address a;

		parse(pairs[i][0], &a);
		assert_int_equal(address_format_host(&a, out), strlen(pairs[i][1]));
		assert_string_equal(out, pairs[i][1]);
	}
}

static void
ipv4_within_ipv6_is_shown_as_ipv4(void **state)
{
	char out[ADDRESS_TEXT_SIZE];
	struct address a;

	(void)state;
	parse("[::ffff:192.0.2.1]:99", &a);
	address_format(&a, out);
	assert_string_equal(out, "192.0.2.1:99");
}

static void
a_peer_without_a_name_is_shown(void **state)
{
	struct address a = { .local.sun_family = AF_UNIX, .len = sizeof(sa_family_t) };
	char out[ADDRESS_TEXT_SIZE];

	(void)state;
	address_format(&a, out);
	assert_string_equal(out, "unix:");
	assert_int_equal(address_port(&a), 0);
}

static void
what_is_no_address_gets_words(void **state)
{
	static const char *const pairs[][2] = {
		{ "", "no address" },
		{ "65536", "0 to 65535" },
		{ "99999999999999999999", "0 to 65535" },
		{ "127.0.0.1", "needs a port" },
		{ "127.0.0.1:", "0 to 65535" },
		{ "127.0.0.1:x", "0 to 65535" },
		{ "127.0.0.256:80", "no address" },
		{ "localhost:80", "names are not looked up" },
		{ "*:80", "the port alone" },
		{ "::1:80", "in brackets" },
		{ "[::1]", "needs a port" },
		{ "[::1]80", "needs a port" },
		{ "[::1", "between the brackets" },
		{ "[]:80", "between the brackets" },
		{ "[127.0.0.1]:80", "between the brackets" },
		{ "[::1]:-1", "0 to 65535" },
		{ "unix:", "absolute path" },
		{ "unix:x", "absolute path" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct address a;
		const char *words = address_parse(&a, slice_of(pairs[i][0]));

		if (!words || !strstr(words, pairs[i][1]))
			fail_msg("%s: %s", pairs[i][0], words ? words : "was taken");
	}
}

static void
a_unix_path_fits_its_struct(void **state)
{
	char text[5 + 108 + 1] = "unix:/", out[ADDRESS_TEXT_SIZE];
	struct address a;

	(void)state;
	memset(text + 6, 'x', 107);
	assert_non_null(address_parse(&a, slice_from(text, 5 + 108)));
	assert_null(address_parse(&a, slice_from(text, 5 + 107)));
	assert_int_equal(address_format(&a, out), 5 + 107);
}

static void
equal_means_family_address_and_port(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} cases[] = {
		{ "80", "[::]:80", true },
		{ "80", "0.0.0.0:80", false },
		{ "80", "81", false },
		{ "127.0.0.1:80", "127.0.0.1:80", true },
		{ "127.0.0.1:80", "127.0.0.2:80", false },
		{ "[::1]:80", "[0::1]:80", true },
		{ "[::1]:80", "[::2]:80", false },
		{ "unix:/a", "unix:/a", true },
		{ "unix:/a", "unix:/b", false },
		{ "unix:/a", "unix:/ab", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct address a, b;

		parse(cases[i].a, &a);
		parse(cases[i].b, &b);
		if (address_equal(&a, &b) != cases[i].equal)
			fail_msg("%s and %s", cases[i].a, cases[i].b);
	}
}

static void
any_address_covers_those_of_its_port_and_family(void **state)
{
	static const struct {
		const char *a, *b;
		bool covers;
	} cases[] = {
		{ "80", "127.0.0.1:80", true },
		{ "80", "[::1]:80", true },
		{ "80", "0.0.0.0:80", true },
		{ "80", "127.0.0.1:81", false },
		{ "80", "unix:/x", false },
		{ "127.0.0.1:80", "80", false },
		{ "0.0.0.0:80", "127.0.0.1:80", true },
		{ "0.0.0.0:80", "[::]:80", false },
		{ "[::]:80", "[::1]:80", true },
		{ "[::]:80", "0.0.0.0:80", false },
		{ "127.0.0.1:80", "127.0.0.1:80", true },
		{ "127.0.0.1:80", "127.0.0.2:80", false },
		{ "unix:/x", "unix:/x", true },
		{ "unix:/x", "unix:/y", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct address a, b;

		parse(cases[i].a, &a);
		parse(cases[i].b, &b);
		if (address_covers(&a, &b) != cases[i].covers)
			fail_msg("%s and %s", cases[i].a, cases[i].b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_comes_back),
		cmocka_unit_test(a_bare_port_is_both_families),
		cmocka_unit_test(a_client_is_shown_without_its_port),
		cmocka_unit_test(ipv4_within_ipv6_is_shown_as_ipv4),
		cmocka_unit_test(a_peer_without_a_name_is_shown),
		cmocka_unit_test(what_is_no_address_gets_words),
		cmocka_unit_test(a_unix_path_fits_its_struct),
		cmocka_unit_test(equal_means_family_address_and_port),
		cmocka_unit_test(any_address_covers_those_of_its_port_and_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
