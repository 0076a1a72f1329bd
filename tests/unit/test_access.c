/* Who may have an answer: allow and deny. */
#include "config.h"

#include "config/access.h"

#include "load.h"
#include "site.h"

static struct site_under_test t;

static void
begin(const char *ini)
{
	scratch_init(&t.scratch);
	site_init(&t, ini);
}

static void
end(void)
{
	site_fini(&t);
	scratch_fini(&t.scratch);
}

/* Asks as that client; wanted is the line that refuses, 0 = let in. */
static void
check_from(const char *from, const char *line, unsigned wanted)
{
	const struct route *r = &t.x.route;

	t.x.peer = (struct ip){ .family = IP_NONE };
	if (strcmp(from, "unix") != 0)
		assert_true(ip_parse(&t.x.peer, slice_of(from)));
	site_route(&t, line, NULL);
	if (wanted == 0 && r->handler == HANDLER_ERROR)
		fail_msg("%s %s: %u, %s, line %u", from, line, r->status, r->reason,
			 r->reason_at.line);
	if (wanted != 0 && (r->status != 403 || r->reason_at.line != wanted))
		fail_msg("%s %s: status %u, line %u, not %u", from, line, r->status,
			 r->reason_at.line, wanted);
}

static void
test_one_list(void **state)
{
	(void)state;
	begin("[server]\nroot = @\n"
	      "allow = 10.0.0.0/8 2001:db8::/32\n"
	      "deny = 10.1.0.0/16\n"
	      "allow = 10.1.1.0/24\n"
	      "deny = 10.1.1.0/24 10.1.1.9\n"
	      "allow = 10.1.1.9\n");
	check_from("10.2.0.1", "GET /", 0);
	assert_int_equal(t.x.route.access->at.line, 3);
	check_from("::ffff:10.2.0.1", "GET /", 0);
	check_from("10.1.0.1", "GET /", 4);
	check_from("10.1.1.1", "GET /", 6); /* deny on a tie, in any order */
	check_from("10.1.1.9", "GET /", 6);
	check_from("2001:db8::1", "GET /", 0);
	check_from("2001:db9::1", "GET /", 3); /* the list has an allow, none fits */
	check_from("192.0.2.1", "GET /", 3);
	check_from("unix", "GET /", 3);
	end();
}

static void
test_only_deny(void **state)
{
	(void)state;
	begin("[server]\nroot = @\ndeny = 10.0.0.0/8\n");
	check_from("10.0.0.1", "GET /", 3);
	check_from("192.0.2.1", "GET /", 0);
	assert_null(t.x.route.access);
	check_from("unix", "GET /", 0);
	end();
	begin("[server]\nroot = @\ndeny = all\nallow = unix\n");
	check_from("10.0.0.1", "GET /", 3);
	check_from("::1", "GET /", 3);
	check_from("unix", "GET /", 0);
	end();
}

/* A nearer list replaces the farther one, allow and deny together; `off` clears it. */
static void
test_levels(void **state)
{
	(void)state;
	begin("[server]\nroot = @\n"
	      "allow = 10.0.0.0/8\n"
	      "deny = 10.9.0.0/16\n"
	      "[host a]\n"
	      "[location open]\npath = /open\nallow = off\n"
	      "[location one]\npath = /one\ndeny = 192.0.2.1\n"
	      "[location pdf]\npath = *.pdf\nallow = 192.0.2.1\n");
	check_from("10.9.0.1", "GET /", 4);
	check_from("192.0.2.1", "GET /", 3);
	check_from("192.0.2.1", "GET /open/x", 0);
	check_from("10.9.0.1", "GET /one", 0);
	check_from("192.0.2.1", "GET /one", 11);
	check_from("192.0.2.1", "GET /one/x.pdf", 0);
	check_from("192.0.2.2", "GET /one/x.pdf", 14);
	end();
}

/* Redirects come before it, methods and fixed pages behind it. */
static void
test_order(void **state)
{
	(void)state;
	begin("[server]\nroot = @\ndeny = all\nredirect = /a -> /b\n"
	      "[location l]\npath = /l\nredirect = /l/a -> /b\nreturn = 200 \"x\"\n");
	site_route(&t, "GET /a", NULL);
	assert_int_equal(t.x.route.handler, HANDLER_REDIRECT);
	site_route(&t, "GET /l/a", NULL);
	assert_int_equal(t.x.route.handler, HANDLER_REDIRECT);
	check_from("10.0.0.1", "GET /l/x", 3);
	check_from("10.0.0.1", "PUT /l/x", 3);
	check_from("10.0.0.1", "OPTIONS /l/x", 3);
	end();
}

static void
test_answer(void **state)
{
	(void)state;
	begin("[server]\nroot = @\ndeny = all\nerror = 403 /sorry.txt\n");
	scratch_write(&t.scratch, "sorry.txt", SLICE("sorry"));
	assert_int_equal(site_ask(&t, "GET /none", NULL), 403);
	check_slice("page", site_body(&t), SLICE("sorry"));
	end();
}

static void
test_refused_words(void **state)
{
	(void)state;
	check_refused_with("[server]\nroot = /\nallow = 10.0.0.1/8\n",
			   "10.0.0.1/8: the address has bits behind the prefix");
	check_refused_with("[server]\nroot = /\ndeny = example.org\n", "no address or network");
	check_refused_with("[server]\nroot = /\nallow = 10.0.0.1\ndeny = off\n",
			   "off stands alone");
	check_refused_with("[server]\nroot = /\nallow = off\ndeny = all\n", "off stands alone");
	check_refused_with("[server]\nroot = /\nalow = all\n", "did you mean \"allow\"?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_list), cmocka_unit_test(test_only_deny),
		cmocka_unit_test(test_levels),	 cmocka_unit_test(test_order),
		cmocka_unit_test(test_answer),	 cmocka_unit_test(test_refused_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
