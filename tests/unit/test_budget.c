/* Who may use how many descriptors. */
#include "config.h"

#include "server/budget.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include "scratch.h"

static struct budget
divide(size_t limit, size_t fixed, unsigned max_connections)
{
	struct budget b = { .limit = limit, .fixed = fixed };

	budget_divide(&b, max_connections);
	return b;
}

static void
test_divide(void **state)
{
	struct budget b = divide(1088, 24, 16384);

	(void)state;
	assert_int_equal(b.refusing, 64);
	assert_int_equal(b.connections, 750); /* three quarters of what is left */
	assert_int_equal(b.files, 250);
	assert_true(b.clamped);
	b = divide(1088, 24, 750);
	assert_int_equal(b.connections, 750);
	assert_false(b.clamped);
	b = divide(1u << 30, 100, 16384); /* plenty */
	assert_int_equal(b.connections, 16384);
	assert_int_equal(b.files, (1u << 30) - 100 - 64 - 16384);
	assert_false(b.clamped);
	b = divide(64, 24, 100); /* few: an eighth is for those that are turned away */
	assert_int_equal(b.refusing, 5);
	assert_int_equal(b.connections, 26);
	assert_int_equal(b.files, 9);
	b = divide(30, 24, 100); /* eight, whatever there is */
	assert_int_equal(b.refusing, 1);
	assert_int_equal(b.connections, 8);
	assert_int_equal(b.files, 0);
	b = divide(10, 24, 5);
	assert_int_equal(b.connections, 5);
	assert_int_equal(b.files, 0);
}

/* In a child: limits that were lowered cannot all be raised again. */
static int
make_with_limits(rlim_t soft, rlim_t hard, unsigned max_connections)
{
	struct rlimit r = { soft, hard };
	struct budget b;

	if (setrlimit(RLIMIT_NOFILE, &r) != 0)
		return 10;
	if (budget_make(&b, 10, max_connections) != 0)
		return errno == EMFILE ? 20 : 21;
	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur != hard || r.rlim_max != hard)
		return 11;
	if (b.limit != hard || b.fixed != (size_t)scratch_count_fds() + 10)
		return 12;
	return b.clamped;
}

static int
in_child(rlim_t soft, rlim_t hard, unsigned max_connections)
{
	pid_t child = fork();
	int status;

	assert_int_not_equal(child, -1);
	if (child == 0)
		_exit(make_with_limits(soft, hard, max_connections));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
test_make(void **state)
{
	(void)state;
	assert_int_equal(in_child(64, 256, 50), 0);
	assert_int_equal(in_child(256, 256, 250), 1);
	assert_int_equal(in_child(12, 12, 5), 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_divide),
		cmocka_unit_test(test_make),
	};

	return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
