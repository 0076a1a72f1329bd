/* One value out of a configuration, whatever else stands there. */
#include "config.h"

#include "config/glance.h"

#include "scratch.h"

static const char builtin[] = RUNSTATEDIR "/tinyhttpd/control";

// Room for the default, wherever the tests were configured to have it.
enum { ROOM = sizeof builtin + 64 };

static void
check(const char *ini, const char *wanted)
{
	struct scratch s;
	char out[ROOM] = "untouched";

	scratch_init(&s);
	scratch_write(&s, "drop-in.ini", SLICE("[server]\ncontrol = /from/drop-in\n"));
	scratch_write(&s, "t.ini", slice_of(ini));
	assert_int_equal(config_glance(scratch_at(&s, "t.ini"), "control", out, sizeof out),
			 strcmp(wanted, builtin) != 0);
	if (strcmp(out, wanted) != 0)
		fail_msg("%s\ngave \"%s\", wanted \"%s\"", ini, out, wanted);
	scratch_fini(&s);
}

static void
test_good(void **state)
{
	(void)state;
	check("[server]\ncontrol = /run/x.sock\n", "/run/x.sock");
	check("[server]\nlisten = 80\n  control=\"/a b\" ; here\n", "/a b");
	check("[server]\ncontrol = off\n", "");
	check("[server]\nlisten = 80\n", builtin);
	check("[host a]\nroot = /\n[server]\ncontrol = /late\n", "/late");
	check("[server]\ncontrol = /one\n[server]\ncontrol = /two\n", "/one");
	check("include = drop-*.ini\n", "/from/drop-in");
	check("[server]\ninclude = drop-in.ini\n", "/from/drop-in");
}

static void
test_broken(void **state)
{
	char long_value[ROOM + 32];

	(void)state;
	snprintf(long_value, sizeof long_value, "[server]\ncontrol = /%0*d\n", ROOM - 1, 0);
	check("[server\nnonsense\n\x01\n[server]\nlisten 80\ncontrol = /x\ncolour = red\n", "/x");
	check("include = none.ini\n[server]\ncontrol = /x\n", "/x");
	check("include = t.ini drop-in.ini\n", "/from/drop-in");
	check("[server]\ncontrol =\n", builtin);
	check("[server]\ncontrol = \"/x\n", builtin);
	check("[host control]\ncontrol = /x\n", builtin);
	check("control = /x\n", builtin);
	check("[servers]\ncontrol = /x\n", builtin);
	check(long_value, builtin);
	check("", builtin);
}

static void
test_no_file(void **state)
{
	int before = scratch_count_fds();
	char out[ROOM];

	(void)state;
	assert_false(config_glance("/none/there.ini", "control", out, sizeof out));
	assert_string_equal(out, builtin);
	assert_false(config_glance("/", "control", out, sizeof out));
	assert_int_equal(scratch_count_fds(), before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests_name("glance", tests, NULL, NULL);
}
