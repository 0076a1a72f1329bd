/* sleeps - see sleeps.h. */
#include "config.h"

#include "base/sleeps.h"

#include <sys/resource.h>

long
sleeps_count(void)
{
	struct rusage r;

	return getrusage(RUSAGE_THREAD, &r) == 0 ? r.ru_nvcsw : 0;
}
