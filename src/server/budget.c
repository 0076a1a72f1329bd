/* budget - see budget.h. */
#include "config.h"

#include "server/budget.h"

#include <dirent.h>
#include <errno.h>
#include <sys/resource.h>

enum { LEAST_CONNECTIONS = 8, LEAST_REFUSING = 1, REFUSING_SHARE = 8 };

/* Descriptors open now, without the one that counts them. */
static size_t
count_open(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	if (!d)
		return 16; /* no /proc: a guess on the safe side */
	while (readdir(d))
		n++;
	closedir(d);
	return n - 3; /* ".", ".." and the directory itself */
}

void
budget_divide(struct budget *b, unsigned max_connections)
{
	size_t rest = b->limit > b->fixed ? b->limit - b->fixed : 0;
	size_t refusing = rest / REFUSING_SHARE, most;

	if (refusing < LEAST_REFUSING)
		refusing = LEAST_REFUSING;
	b->refusing = refusing < BUDGET_REFUSING ? (unsigned)refusing : BUDGET_REFUSING;
	rest = rest > b->refusing ? rest - b->refusing : 0;
	most = rest * 3 / 4;
	if (most < LEAST_CONNECTIONS)
		most = LEAST_CONNECTIONS;
	b->clamped = max_connections > most;
	b->connections = b->clamped ? (unsigned)most : max_connections;
	b->files = rest > b->connections ? rest - b->connections : 0;
}

int
budget_make(struct budget *b, size_t fixed_to_come, unsigned max_connections)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == -1)
		return -1;
	if (r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &r) == -1)
			return -1;
	}
	*b = (struct budget){ .limit = r.rlim_cur == RLIM_INFINITY ? 1u << 30 : r.rlim_cur,
			      .fixed = count_open() + fixed_to_come };
	budget_divide(b, max_connections);
	if (b->limit < b->fixed + BUDGET_LEAST) {
		errno = EMFILE;
		return -1;
	}
	return 0;
}
