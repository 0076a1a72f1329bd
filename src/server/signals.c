/* signals - see signals.h. */
#include "config.h"

#include "server/signals.h"

#include <signal.h>
#include <sys/signalfd.h>

int
signals_block(void)
{
	static const int left_alone[] = { SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGABRT, SIGTRAP,
					  SIGSYS,  SIGTSTP, SIGTTIN, SIGTTOU, SIGPROF };
	sigset_t blocked;

	(void)signal(SIGPIPE, SIG_IGN); /* sendfile(2) has no MSG_NOSIGNAL */
	sigfillset(&blocked);
	for (size_t i = 0; i < sizeof left_alone / sizeof *left_alone; i++)
		sigdelset(&blocked, left_alone[i]);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no thread yet */
	return sigprocmask(SIG_BLOCK, &blocked, NULL);
}

int
signals_open(const int *meant, size_t count)
{
	sigset_t read;

	if (signals_block() == -1)
		return -1;
	sigemptyset(&read);
	for (size_t i = 0; i < count; i++)
		sigaddset(&read, meant[i]);
	return signalfd(-1, &read, SFD_CLOEXEC | SFD_NONBLOCK);
}
