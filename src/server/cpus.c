/*
 * cpus - see cpus.h.
 *
 * cgroup v2 says "quota period" in cpu.max of each group up to the root, v1 in two files; the
 * smallest one rules.  Inside a container the group's own path is often not visible, and the mount
 * itself is the group.
 */
#include "config.h"

#include "server/cpus.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/slice.h"

enum { PATH_SIZE = 1024 };

static unsigned
smaller(unsigned most, long long quota, long long period)
{
	long long cpus;

	if (quota <= 0 || period <= 0)
		return most;
	cpus = (quota + period - 1) / period;
	return cpus < most ? (unsigned)cpus : most;
}

static bool
read_first_line(const char *dir, const char *file, char line[PATH_SIZE])
{
	char path[2 * PATH_SIZE];
	bool got;
	FILE *f;

	if (snprintf(path, sizeof path, "%s/%s", dir, file) >= (int)sizeof path)
		return false;
	f = fopen(path, "re");
	if (!f)
		return false;
	got = fgets(line, PATH_SIZE, f) != NULL;
	(void)fclose(f);
	return got;
}

/* NOLINTBEGIN(cert-err34-c): the kernel's own figures, which fit */
static unsigned
quota_of(const char *dir, unsigned most)
{
	char line[PATH_SIZE];
	long long quota = 0, period = 0;

	if (read_first_line(dir, "cpu.max", line) &&
	    sscanf(line, "%lld %lld", &quota, &period) == 2)
		return smaller(most, quota, period);
	if (read_first_line(dir, "cpu.cfs_quota_us", line) && sscanf(line, "%lld", &quota) == 1 &&
	    read_first_line(dir, "cpu.cfs_period_us", line) && sscanf(line, "%lld", &period) == 1)
		return smaller(most, quota, period);
	return most;
}
/* NOLINTEND(cert-err34-c) */

/* The quota of a group and of all groups it lies in. */
static unsigned
quota_upwards(const char *root, const char *group, unsigned most)
{
	char dir[2 * PATH_SIZE];
	size_t root_len = strlen(root);

	snprintf(dir, sizeof dir, "%s%s", root, group);
	for (;;) {
		char *slash;

		most = quota_of(dir, most);
		slash = strrchr(dir, '/');
		if (!slash || (size_t)(slash - dir) < root_len)
			return most;
		*slash = '\0';
	}
}

/* A list as version 1 has it: "cpu,cpuacct", but also "cpuset" or "name=cpuhog". */
static bool
names_cpu(struct slice controllers)
{
	struct slice name;

	while (slice_list_next(&controllers, &name))
		if (slice_equal(name, SLICE("cpu")))
			return true;
	return false;
}

unsigned
cpus_quota(const char *proc_cgroup, const char *sys_cgroup, unsigned most)
{
	FILE *f = fopen(proc_cgroup, "re");
	char line[PATH_SIZE];

	while (f && fgets(line, sizeof line, f)) {
		char *controllers = strchr(line, ':');
		char *group = controllers ? strchr(controllers + 1, ':') : NULL;
		char v1[PATH_SIZE + 8];

		if (!group)
			continue;
		*group++ = '\0';
		group[strcspn(group, "\n")] = '\0';
		controllers++;
		if (*controllers == '\0') {
			most = quota_upwards(sys_cgroup, group, most);
		} else if (names_cpu(slice_of(controllers))) {
			snprintf(v1, sizeof v1, "%s/cpu", sys_cgroup);
			most = quota_upwards(v1, group, most);
		}
	}
	if (f)
		(void)fclose(f);
	return most;
}

unsigned
cpus_usable(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;

	return cpus_quota("/proc/self/cgroup", "/sys/fs/cgroup", n > 0 ? (unsigned)n : 1);
}
