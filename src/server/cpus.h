/*
 * cpus - how many processors this process may use.
 *
 * Reads the affinity mask and the cgroup's quota.  Any thread.
 */
#ifndef SERVER_CPUS_H
#define SERVER_CPUS_H

/* At least 1: the processors of the affinity mask, or the cgroup's quota rounded up when that is
 * less. */
unsigned cpus_usable(void);

/* For tests: the same with another place for /proc/self/cgroup and /sys/fs/cgroup. */
unsigned cpus_quota(const char *proc_cgroup, const char *sys_cgroup, unsigned most);

#endif
