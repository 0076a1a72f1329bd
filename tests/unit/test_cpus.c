/* Quotas of cgroups, from files that look like the kernel's. */
#include "config.h"

#include "server/cpus.h"

#include "scratch.h"

/* A machine: lines for /proc/self/cgroup, then folder, file, content ... up to NULL. */
struct machine {
	const char *cgroup;
	const char *files[12][3];
	unsigned most, wanted;
};

static const struct machine machines[] = {
	/* version 2 */
	{ "0::/\n", { { NULL } }, 4, 4 },
	{ "0::/\n", { { ".", "cpu.max", "max 100000\n" } }, 4, 4 },
	{ "0::/\n", { { ".", "cpu.max", "200000 100000\n" } }, 4, 2 },
	{ "0::/\n", { { ".", "cpu.max", "150000 100000\n" } }, 4, 2 },
	{ "0::/\n", { { ".", "cpu.max", "1000 100000\n" } }, 4, 1 },
	{ "0::/\n", { { ".", "cpu.max", "900000 100000\n" } }, 4, 4 },
	{ "0::/a/b\n",
	  { { "a", NULL, NULL },
	    { "a/b", "cpu.max", "max 100000\n" },
	    { "a", "cpu.max", "300000 100000\n" },
	    { ".", "cpu.max", "500000 100000\n" } },
	  8,
	  3 },
	{ "0::/a/b\n",
	  { { "a", NULL, NULL },
	    { "a/b", "cpu.max", "200000 100000\n" },
	    { "a", "cpu.max", "300000 100000\n" } },
	  8,
	  2 },
	/* in a container: the group's own path is not there, the mount is the group */
	{ "0::/system.slice/docker-123.scope\n", { { ".", "cpu.max", "100000 50000\n" } }, 8, 2 },
	/* version 1 */
	{ "4:memory:/\n3:cpu,cpuacct:/x\n",
	  { { "cpu", NULL, NULL },
	    { "cpu/x", "cpu.cfs_quota_us", "250000\n" },
	    { "cpu/x", "cpu.cfs_period_us", "100000\n" } },
	  8,
	  3 },
	{ "3:cpuacct,cpu:/\n",
	  { { "cpu", "cpu.cfs_quota_us", "-1\n" }, { "cpu", "cpu.cfs_period_us", "100000\n" } },
	  8,
	  8 },
	/* other controllers have the same letters, and groups of their own */
	{ "5:cpuset:/x\n3:cpu:/y\n",
	  { { "cpu", NULL, NULL },
	    { "cpu/x", "cpu.cfs_quota_us", "100000\n" },
	    { "cpu/x", "cpu.cfs_period_us", "100000\n" } },
	  8,
	  8 },
	/* nonsense */
	{ "", { { NULL } }, 3, 3 },
	{ "garbage\n0:\n:::\n", { { ".", "cpu.max", "x\n" } }, 3, 3 },
	{ "0::/\n", { { ".", "cpu.max", "0 0\n" } }, 3, 3 },
	{ "0::/\n", { { ".", "cpu.max", "" } }, 3, 3 },
};

static void
test_quota(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(machines); i++) {
		const struct machine *m = &machines[i];
		struct scratch s;
		unsigned got;

		scratch_init(&s);
		scratch_write(&s, "cgroup", slice_of(m->cgroup));
		scratch_dir(&s, "sys");
		for (size_t n = 0; m->files[n][0]; n++) {
			char name[64];

			snprintf(name, sizeof name, "sys/%s", m->files[n][0]);
			if (mkdir(scratch_at(&s, name), 0755) != 0)
				assert_int_equal(errno, EEXIST);
			if (!m->files[n][1])
				continue;
			snprintf(name, sizeof name, "sys/%s/%s", m->files[n][0], m->files[n][1]);
			scratch_write(&s, name, slice_of(m->files[n][2]));
		}
		got = cpus_quota(scratch_at(&s, "cgroup"), scratch_at(&s, "sys"), m->most);
		if (got != m->wanted)
			fail_msg("machine %zu: %u, not %u", i, got, m->wanted);
		scratch_fini(&s);
	}
}

static void
test_here(void **state)
{
	(void)state;
	assert_in_range(cpus_usable(), 1, 65536);
	assert_int_equal(cpus_quota("/nonexistent/a", "/nonexistent/b", 5), 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quota),
		cmocka_unit_test(test_here),
	};

	return cmocka_run_group_tests_name("cpus", tests, NULL, NULL);
}
