/* Words to the service manager arrive, on a named socket and on an abstract one. */
#include "config.h"

#include "server/notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "scratch.h"

/* A manager's socket for a NOTIFY_SOCKET of that name. */
static int
listen_at(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	size_t len = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_int_not_equal(fd, -1);
	memcpy(at.sun_path, name, len);
	if (name[0] == '@')
		at.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&at,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
			 0);
	return fd;
}

static void
check_received(int fd, const char *wanted)
{
	char text[8192];
	ssize_t n = recv(fd, text, sizeof text, 0);

	assert_true(n >= 0);
	check_slice("datagram", slice_from(text, (size_t)n), slice_of(wanted));
	assert_int_equal(recv(fd, text, sizeof text, 0), -1);
	assert_int_equal(errno, EAGAIN);
}

static void
check_at(const char *name)
{
	int before, fd = listen_at(name);

	setenv("NOTIFY_SOCKET", name, 1);
	before = scratch_count_fds();
	notify_send("READY=1\nSTATUS=serving %u host%s", 2u, "s");
	assert_int_equal(scratch_count_fds(), before);
	check_received(fd, "READY=1\nSTATUS=serving 2 hosts");
	close(fd);
	notify_send("STOPPING=1"); /* a manager that has gone does not matter */
	unsetenv("NOTIFY_SOCKET");
}

static void
test_sockets(void **state)
{
	struct scratch s;
	char name[64];

	(void)state;
	scratch_init(&s);
	check_at(scratch_at(&s, "notify"));
	snprintf(name, sizeof name, "@unit-notify-%ld", (long)getpid());
	check_at(name);
	scratch_fini(&s);
}

static void
test_nowhere(void **state)
{
	char name[200];
	int before = scratch_count_fds();

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	notify_send("READY=1");
	setenv("NOTIFY_SOCKET", "", 1);
	notify_send("READY=1");
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	setenv("NOTIFY_SOCKET", name, 1);
	notify_send("READY=1");
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(scratch_count_fds(), before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sockets),
		cmocka_unit_test(test_nowhere),
	};

	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
