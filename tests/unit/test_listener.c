/* Listening sockets: taken ports, left-over unix sockets, both families on one port. */
#include "config.h"

#include "server/listener.h"

#include <netinet/tcp.h>
#include <poll.h>

#include "scratch.h"

static struct address
address(const char *text)
{
	const char *words;
	struct address a;

	words = address_parse(&a, slice_of(text));
	if (words)
		fail_msg("%s: %s", text, words);
	return a;
}

static struct address
bound_to(int fd)
{
	struct address a;

	assert_int_equal(listener_address(fd, &a), 0);
	return a;
}

static in_port_t
port_of(int fd)
{
	struct address a = bound_to(fd);

	return htons((uint16_t)address_port(&a));
}

/* Skips the test where there is no such family, else fails. */
static int
open_or_skip(const struct address *a)
{
	int fd = listener_open(a, 16);

	if (fd == -1 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
		skip();
	if (fd == -1)
		fail_msg("listen: %s", strerror(errno));
	return fd;
}

static int
connect_to(const struct address *a)
{
	int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_not_equal(fd, -1);
	if (connect(fd, &a->any, a->len) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Who comes next, once somebody does. */
static int
accept_next(int listener)
{
	struct pollfd ready = { .fd = listener, .events = POLLIN };
	int fd;

	assert_int_equal(poll(&ready, 1, 10000), 1);
	fd = accept(listener, NULL, NULL);
	assert_int_not_equal(fd, -1);
	return fd;
}

/* A socket that has the port and does not listen; -1 when somebody else has it. */
static int
bind_to(struct address *a, in_port_t port)
{
	int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_not_equal(fd, -1);
	a->v4.sin_port = port;
	if (bind(fd, &a->any, a->len) == 0)
		return fd;
	close(fd);
	return -1;
}

static void
test_options(void **state)
{
	struct address a = address("127.0.0.1:0"), bound;
	int on = 0, fd = open_or_skip(&a), client, peer;
	socklen_t len = sizeof on;

	(void)state;
	bound = bound_to(fd);
	assert_int_not_equal(address_port(&bound), 0);
	assert_int_equal(bound.v4.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(accept(fd, NULL, NULL), -1); /* does not wait */
	assert_int_equal(errno, EAGAIN);
	client = connect_to(&bound);
	assert_int_not_equal(client, -1);
	assert_int_equal(write(client, "G", 1), 1);
	peer = accept_next(fd);
	assert_int_equal(getsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
	assert_true(on);
	close(peer);
	close(client);
	close(fd);
}

/* Is it the server's end of that connection? */
static bool
is_end_of(int peer, int client)
{
	struct address theirs = { .len = sizeof theirs.local }, ours = { .len = sizeof ours.local };

	assert_int_equal(getpeername(peer, &theirs.any, &theirs.len), 0);
	assert_int_equal(getsockname(client, &ours.any, &ours.len), 0);
	return address_equal(&theirs, &ours);
}

/* Those who ask come before one who was there earlier and says nothing; who does not ask at all
 * gets in as well. */
static void
check_silent_waits(int fd)
{
	struct address bound = bound_to(fd);
	int silent = connect_to(&bound), asking = connect_to(&bound), gone = connect_to(&bound),
	    peer;
	char byte;

	assert_true(silent != -1 && asking != -1 && gone != -1);
	assert_int_equal(write(asking, "G", 1), 1);
	peer = accept_next(fd);
	assert_true(is_end_of(peer, asking));
	close(peer);
	shutdown(gone, SHUT_WR);
	peer = accept_next(fd);
	assert_true(is_end_of(peer, gone));
	assert_int_equal(read(peer, &byte, 1), 0);
	close(peer);
	peer = accept_next(fd);
	assert_true(is_end_of(peer, silent));
	close(peer);
	close(gone);
	close(asking);
	close(silent);
}

static void
test_silent(void **state)
{
	struct address a = address("127.0.0.1:0");
	int fd = open_or_skip(&a);

	(void)state;
	check_silent_waits(fd);
	close(fd);
}

static void
test_adopted(void **state)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), mine = 7, kept = 0;
	struct address a = address("127.0.0.1:0");
	socklen_t len = sizeof kept;

	(void)state;
	assert_int_not_equal(fd, -1);
	assert_int_equal(bind(fd, &a.any, a.len), 0);
	assert_int_equal(listen(fd, 16), 0);
	listener_adopt(fd);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	check_silent_waits(fd);
	setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &mine, sizeof mine);
	listener_adopt(fd); /* who opened it wanted to wait for longer */
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &kept, &len), 0);
	assert_true(kept >= mine);
	close(fd);
}

static void
test_taken(void **state)
{
	struct address a = address("127.0.0.1:0"), bound;
	int fd = open_or_skip(&a), before = scratch_count_fds();

	(void)state;
	bound = bound_to(fd);
	assert_int_equal(listener_open(&bound, 16), -1);
	assert_int_equal(errno, EADDRINUSE);
	assert_non_null(strstr(listener_explain(EADDRINUSE), "another program"));
	a = address("192.0.2.1:0"); /* TEST-NET: nobody's */
	assert_int_equal(listener_open(&a, 16), -1);
	assert_int_equal(errno, EADDRNOTAVAIL);
	assert_int_equal(scratch_count_fds(), before);
	close(fd);
}

/* The same port again, although a connection from before still lies in TIME_WAIT. */
static void
test_again(void **state)
{
	struct address a = address("127.0.0.1:0"), bound;
	int fd = open_or_skip(&a), client, peer;
	char byte;

	(void)state;
	bound = bound_to(fd);
	client = connect_to(&bound);
	assert_int_not_equal(client, -1);
	assert_int_equal(write(client, "G", 1), 1);
	peer = accept_next(fd);
	assert_int_equal(read(peer, &byte, 1), 1);
	shutdown(peer, SHUT_WR); /* we close first */
	assert_int_equal(read(client, &byte, 1), 0);
	close(client);
	assert_int_equal(read(peer, &byte, 1), 0);
	close(peer);
	close(fd);
	fd = listener_open(&bound, 16);
	assert_int_not_equal(fd, -1);
	close(fd);
}

/* A bare port takes IPv4 and IPv6; an address with brackets IPv6 alone. */
static void
test_families(void **state)
{
	struct address dual = address("0"), v4 = address("127.0.0.1:0"), v6 = address("[::]:0");
	int fd, client, other;

	(void)state;
	fd = open_or_skip(&dual);
	v4.v4.sin_port = port_of(fd);
	client = connect_to(&v4);
	assert_int_not_equal(client, -1);
	close(client);
	close(fd);
	fd = open_or_skip(&v6);
	/* IPv4 is free there, and nobody else can answer while it is taken and does not listen */
	for (int left = 100; (other = bind_to(&v4, port_of(fd))) == -1 && left > 0; left--) {
		close(fd);
		fd = open_or_skip(&v6);
	}
	assert_int_not_equal(other, -1);
	assert_int_equal(connect_to(&v4), -1);
	close(other);
	close(fd);
}

static void
test_unix(void **state)
{
	char text[128];
	struct scratch s;
	struct address a;
	struct stat st;
	int fd, client;

	(void)state;
	scratch_init(&s);
	snprintf(text, sizeof text, "unix:%s", scratch_at(&s, "sock"));
	a = address(text);
	fd = listener_open(&a, 16);
	assert_int_not_equal(fd, -1);
	assert_int_equal(stat(scratch_at(&s, "sock"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
	assert_int_equal(listener_open(&a, 16), -1); /* somebody answers */
	assert_int_equal(errno, EADDRINUSE);
	client = connect_to(&a);
	assert_int_not_equal(client, -1);
	close(client);
	close(fd);
	assert_int_equal(connect_to(&a), -1);
	fd = listener_open(&a, 16); /* nobody answers any more */
	assert_int_not_equal(fd, -1);
	client = connect_to(&a);
	assert_int_not_equal(client, -1);
	close(client);
	close(fd);
	scratch_fini(&s);
}

/* A server too busy to answer is not dead. */
static void
test_unix_busy(void **state)
{
	int fd, clients[16], count = 0;
	struct scratch s;
	struct address a;
	char text[128];

	(void)state;
	scratch_init(&s);
	snprintf(text, sizeof text, "unix:%s", scratch_at(&s, "sock"));
	a = address(text);
	fd = listener_open(&a, 1);
	assert_int_not_equal(fd, -1);
	for (; count < (int)COUNT(clients); count++) {
		clients[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (connect(clients[count], &a.any, a.len) != 0)
			break;
	}
	assert_true(count < (int)COUNT(clients)); /* its backlog is full */
	assert_int_equal(listener_open(&a, 1), -1);
	assert_int_equal(errno, EADDRINUSE);
	for (; count >= 0; count--)
		close(clients[count]);
	close(fd);
	scratch_fini(&s);
}

/* What lies there and is no socket is left alone. */
static void
test_unix_not_ours(void **state)
{
	struct scratch s;
	struct address a;
	struct stat st;
	char text[128];

	(void)state;
	scratch_init(&s);
	snprintf(text, sizeof text, "unix:%s", scratch_at(&s, "file"));
	a = address(text);
	scratch_write(&s, "file", SLICE("precious"));
	assert_int_equal(listener_open(&a, 16), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(stat(scratch_at(&s, "file"), &st), 0);
	assert_int_equal(st.st_size, 8);
	snprintf(text, sizeof text, "unix:%s", scratch_at(&s, "no/sock"));
	a = address(text);
	assert_int_equal(listener_open(&a, 16), -1);
	assert_int_equal(errno, ENOENT);
	scratch_fini(&s);
}

static void
test_matches(void **state)
{
	static const struct {
		const char *bound, *wanted;
		bool matches;
	} cases[] = {
		{ "127.0.0.1:80", "127.0.0.1:80", true },
		{ "127.0.0.1:80", "127.0.0.1:81", false },
		{ "127.0.0.1:80", "127.0.0.2:80", false },
		{ "[::1]:80", "[::1]:80", true },
		{ "[::]:80", "80", true },
		{ "0.0.0.0:80", "80", true },
		{ "[::]:80", "81", false },
		{ "[::1]:80", "80", false },
		{ "127.0.0.1:80", "80", false },
		{ "0.0.0.0:80", "127.0.0.1:80", false },
		{ "0.0.0.0:80", "[::]:80", false },
		{ "unix:/run/a", "unix:/run/a", true },
		{ "unix:/run/a", "unix:/run/ab", false },
		{ "unix:/run/a", "80", false },
		{ "unix:/run/a", "0", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct address bound = address(cases[i].bound), wanted = address(cases[i].wanted);

		bound.dual = false; /* a socket does not tell */
		if (listener_matches(&bound, &wanted) != cases[i].matches)
			fail_msg("%s for %s", cases[i].bound, cases[i].wanted);
	}
}

static void
test_explain(void **state)
{
	static const int errors[] = { EADDRINUSE,    EEXIST,	   EACCES, EPERM,
				      EADDRNOTAVAIL, EAFNOSUPPORT, ENOENT, EIO };

	(void)state;
	for (size_t i = 0; i < COUNT(errors); i++)
		assert_true(strlen(listener_explain(errors[i])) > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),	      cmocka_unit_test(test_taken),
		cmocka_unit_test(test_again),	      cmocka_unit_test(test_families),
		cmocka_unit_test(test_unix),	      cmocka_unit_test(test_unix_busy),
		cmocka_unit_test(test_unix_not_ours), cmocka_unit_test(test_matches),
		cmocka_unit_test(test_explain),	      cmocka_unit_test(test_silent),
		cmocka_unit_test(test_adopted),
	};

	return cmocka_run_group_tests_name("listener", tests, NULL, NULL);
}
