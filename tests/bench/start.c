/*
 * start - how long a program takes from fork to its first answer.
 *
 *     start -p PORT [-P PROCESSOR] REQUEST COMMAND...
 *
 * Runs the command and asks again and again with what is in the file REQUEST, without a pause,
 * until the first bytes of an answer of status 200 are there; then ends the command and its process
 * group.  The result is one line of JSON; what the command prints goes to standard error.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	START_MS = 20000,
	ANSWER_MS = 5000,
	STOP_MS = 5000,
};

static char request[4096];
static size_t request_size;

static void
die(const char *what)
{
	fprintf(stderr, "start: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void
request_read(const char *path)
{
	FILE *file = fopen(path, "re");

	if (!file)
		die(path);
	request_size = fread(request, 1, sizeof request, file);
	fclose(file);
}

static pid_t
spawn(char **command, int processor)
{
	pid_t pid = fork();
	cpu_set_t set;

	if (pid == -1)
		die("fork");
	if (pid > 0)
		return pid;
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	CPU_ZERO(&set);
	if (processor >= 0) {
		CPU_SET((unsigned)processor, &set);
		sched_setaffinity(0, sizeof set, &set);
	}
	execvp(command[0], command);
	die(command[0]);
	return -1;
}

static bool
alive(pid_t pid)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == 0;
}

static bool
answers(int fd)
{
	struct timeval patience = { .tv_sec = ANSWER_MS / 1000 };
	char buf[4096];

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	return send(fd, request, request_size, MSG_NOSIGNAL) == (ssize_t)request_size &&
	       recv(fd, buf, sizeof buf, 0) >= 12 && memcmp(buf + 9, "200", 3) == 0;
}

static bool
first_answer(pid_t pid, uint16_t port, int64_t give_up_ns)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	while (now_ns() < give_up_ns && alive(pid)) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		bool connected, good;

		if (fd == -1)
			die("socket");
		connected = connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
		good = connected && answers(fd);
		close(fd);
		if (connected)
			return good;
	}
	return false;
}

/* Ends it, and whatever it would leave behind in its process group. */
static void
stop(pid_t pid)
{
	int64_t give_up_ns = now_ns() + STOP_MS * INT64_C(1000000);

	kill(pid, SIGTERM);
	while (alive(pid) && now_ns() < give_up_ns)
		usleep(1000);
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
usage(void)
{
	fputs("usage: start -p PORT [-P PROCESSOR] REQUEST COMMAND...\n", stderr);
	exit(2);
}

int
main(int argc, char **argv)
{
	uint16_t port = 0;
	int processor = -1, option;
	int64_t begin_ns, over_ns;
	bool good;
	pid_t pid;

	while ((option = getopt(argc, argv, "+p:P:")) != -1) {
		if (option == 'p')
			port = (uint16_t)atoi(optarg);
		else if (option == 'P')
			processor = atoi(optarg);
		else
			usage();
	}
	if (argc - optind < 2 || port == 0)
		usage();
	request_read(argv[optind]);
	begin_ns = now_ns();
	pid = spawn(argv + optind + 1, processor);
	good = first_answer(pid, port, begin_ns + START_MS * INT64_C(1000000));
	over_ns = now_ns();
	stop(pid);
	printf("{\"requests\": %d, \"seconds\": %.6f, \"errors\": %d, \"complaint\": \"%s\"}\n",
	       good, (double)(over_ns - begin_ns) / 1e9, !good, good ? "" : "no good first answer");
	return !good;
}
