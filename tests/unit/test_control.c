/* The control socket: who may ask, who gets the answer, and that nobody holds up the others. */
#include "config.h"

#include "server/control.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"
#include "child.h"
#include "scratch.h"

static struct {
	struct scratch scratch;
	struct control *control;
	char path[128];
	char config[128];
} t;

static int
begin(void **state)
{
	int fd;

	(void)state;
	scratch_init(&t.scratch);
	snprintf(t.path, sizeof t.path, "%s/control", t.scratch.path);
	snprintf(t.config, sizeof t.config, "%s/t.ini", t.scratch.path);
	scratch_write(&t.scratch, "t.ini", SLICE(""));
	t.control = control_new(t.config);
	assert_non_null(t.control);
	fd = control_open(t.path);
	assert_int_not_equal(fd, -1);
	assert_int_equal(control_listen(t.control, fd, t.path), 0);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	control_free(t.control);
	t.control = NULL;
	scratch_fini(&t.scratch);
	return 0;
}

static int
dial_at(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_not_equal(fd, -1);
	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
dial(void)
{
	int fd = dial_at(t.path);

	assert_int_not_equal(fd, -1);
	return fd;
}

/* Everything that is to be done; a socket of this machine's own is there as soon as it was sent. */
static void
run(void)
{
	struct pollfd p = { .fd = control_fd(t.control), .events = POLLIN };

	while (poll(&p, 1, 0) == 1)
		control_run(t.control, clock_monotonic_ms());
}

static int
ask(const char *line)
{
	int fd = dial();

	assert_int_equal(send(fd, line, strlen(line), MSG_NOSIGNAL), strlen(line));
	run();
	return fd;
}

/* What was answered so far; closes when the server has left.  Good until the next call. */
static const char *
hear(int fd, bool to_the_end)
{
	static char text[1 << 12];
	size_t len = 0;
	ssize_t n;

	while ((n = recv(fd, text + len, sizeof text - 1 - len, to_the_end ? 0 : MSG_DONTWAIT)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	if (to_the_end)
		close(fd);
	else
		assert_true(n == -1 && errno == EAGAIN);
	return text;
}

static void
test_one_asks(void **state)
{
	int fd;

	(void)state;
	fd = ask("status\n");
	assert_int_equal(control_wanted(t.control, CONTROL_STATUS), 1);
	assert_int_equal(control_wanted(t.control, CONTROL_RELOAD), 0);
	control_say(t.control, CONTROL_STATUS, "too early");
	control_begin(t.control, CONTROL_STATUS);
	assert_int_equal(control_wanted(t.control, CONTROL_STATUS), 0);
	control_say(t.control, CONTROL_STATUS, "one\n\ntwo");
	assert_string_equal(hear(fd, false), " one\n \n two\n"); /* at once */
	control_say(t.control, CONTROL_RELOAD, "another matter");
	control_complain(t.control, CONTROL_STATUS, "three\n");
	control_finish(t.control, CONTROL_STATUS, 7);
	assert_string_equal(hear(fd, true), "!three\n=7\n");
}

/* Who comes while the answer is on its way wants the next one. */
static void
test_several_ask(void **state)
{
	int first, second, late, other;

	(void)state;
	first = ask("reload\n");
	second = ask("reload\r\n");
	other = ask("reopen\n");
	assert_int_equal(control_wanted(t.control, CONTROL_RELOAD), 2);
	control_begin(t.control, CONTROL_RELOAD);
	late = ask("reload\n");
	assert_int_equal(control_wanted(t.control, CONTROL_RELOAD), 1);
	control_complain(t.control, CONTROL_RELOAD, "t.ini:3: no");
	control_finish(t.control, CONTROL_RELOAD, 1);
	assert_string_equal(hear(first, true), "!t.ini:3: no\n=1\n");
	assert_string_equal(hear(second, true), "!t.ini:3: no\n=1\n");
	assert_string_equal(hear(late, false), "");
	assert_string_equal(hear(other, false), "");
	control_begin(t.control, CONTROL_RELOAD);
	control_finish(t.control, CONTROL_RELOAD, 0);
	assert_string_equal(hear(late, true), "=0\n");
	close(other);
	run();
	assert_int_equal(control_wanted(t.control, CONTROL_REOPEN), 0);
}

/* Which configuration is meant: by its name, by another name of the same file, or by none. */
static void
test_which_server(void **state)
{
	char line[512];

	(void)state;
	scratch_link(&t.scratch, "t.ini", "link.ini");
	scratch_write(&t.scratch, "other.ini", SLICE(""));
	snprintf(line, sizeof line, "stop %s\n", t.config);
	close(ask(line));
	snprintf(line, sizeof line, "stop %s/link.ini\n", t.scratch.path);
	close(ask(line));
	close(ask("stop \n"));
	snprintf(line, sizeof line, "stop %s/other.ini\n", t.scratch.path);
	assert_non_null(strstr(hear(ask(line), true), "was started with -c /tmp/unit-"));
	snprintf(line, sizeof line, "stop %s/none.ini\n", t.scratch.path);
	assert_non_null(strstr(hear(ask(line), true), "/none.ini\n=1\n"));
	run();
	assert_int_equal(control_wanted(t.control, CONTROL_STOP), 0); /* the others left */
}

static void
test_wrong_requests(void **state)
{
	static char long_line[1 << 13];
	static const char *const lines[] = { "\n", "restart\n", "Reload\n", " reload\n",
					     "GET / HTTP/1.1\r\nHost: a\r\n\r\n" };
	int fd;

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++)
		assert_string_equal(hear(ask(lines[i]), true),
				    "!the server that runs does not know this command\n=1\n");
	memset(long_line, 'r', sizeof long_line - 1);
	assert_string_equal(hear(ask(long_line), true), "!this is no command\n=1\n");
	fd = dial();
	assert_int_equal(send(fd, "reload\0\n", 8, MSG_NOSIGNAL), 8);
	run();
	hear(fd, true);
	assert_int_equal(control_wanted(t.control, CONTROL_RELOAD), 0);
	fd = dial(); /* and who goes at once */
	close(fd);
	run();
	assert_int_equal(control_due_ms(t.control), INT64_MAX);
}

/* The word may come in pieces, and who has asked may end his side of the connection. */
static void
test_pieces(void **state)
{
	int fd;

	(void)state;
	fd = dial();
	for (const char *p = "reopen\n"; *p; p++) {
		assert_int_equal(control_wanted(t.control, CONTROL_REOPEN), 0);
		assert_int_equal(send(fd, p, 1, MSG_NOSIGNAL), 1);
		run();
	}
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	run();
	assert_int_equal(control_wanted(t.control, CONTROL_REOPEN), 1);
	control_begin(t.control, CONTROL_REOPEN);
	control_finish(t.control, CONTROL_REOPEN, 0);
	assert_string_equal(hear(fd, true), "=0\n");
}

/* Silent askers take the places there are, for a while; then it is the turn of others. */
static void
test_silent(void **state)
{
	int before = scratch_count_fds(), silent[CONTROL_ASKERS], fd;

	(void)state;
	for (int i = 0; i < CONTROL_ASKERS; i++)
		silent[i] = dial();
	fd = ask("status\n");
	assert_int_equal(control_wanted(t.control, CONTROL_STATUS), 0);
	assert_int_equal(scratch_count_fds(), before + 2 * CONTROL_ASKERS + 1);
	assert_true(control_due_ms(t.control) <= clock_monotonic_ms() + 5000);
	control_run(t.control, clock_monotonic_ms() + 5001);
	run();
	assert_int_equal(control_wanted(t.control, CONTROL_STATUS), 1);
	for (int i = 0; i < CONTROL_ASKERS; i++)
		assert_string_equal(hear(silent[i], true), "");
	/* who waits for his answer is not one of them */
	control_run(t.control, clock_monotonic_ms() + 1000000);
	assert_int_equal(control_wanted(t.control, CONTROL_STATUS), 1);
	assert_int_equal(control_due_ms(t.control), INT64_MAX);
	close(fd);
	run();
	assert_int_equal(scratch_count_fds(), before);
}

/* Who does not read keeps nobody waiting and no endless text; who reads late gets all of it. */
static void
test_reads_nothing(void **state)
{
	static char text[1 << 16];
	int before = scratch_count_fds(), deaf, slow;
	size_t heard = 0, nul = 3;
	char piece[1 << 12] = "";
	ssize_t n;

	(void)state;
	deaf = ask("status\n");
	slow = ask("status\n");
	memset(text, 'x', sizeof text - 1);
	control_begin(t.control, CONTROL_STATUS);
	for (int i = 0; i < 40; i++) /* more than is kept */
		control_say(t.control, CONTROL_STATUS, text);
	control_finish(t.control, CONTROL_STATUS, 3);
	assert_true(control_due_ms(t.control) <= clock_monotonic_ms() + 5000);
	do {
		run();
		n = recv(slow, piece, sizeof piece - 1, 0);
		assert_true(n >= 0);
		heard += (size_t)n;
		if (n >= 3)
			nul = (size_t)n;
		if (n > 0)
			piece[n] = '\0';
	} while (n > 0);
	assert_true(heard > 1 << 20 && heard < 3 << 20);
	assert_string_equal(piece + nul - 3, "=3\n");
	close(slow);
	control_run(t.control, clock_monotonic_ms() + 5001);
	assert_int_equal(control_due_ms(t.control), INT64_MAX);
	assert_int_equal(scratch_count_fds(), before + 1);
	close(deaf);
}

/* What stands in a configuration, or comes from a server that was taken over, is no order. */
static void
test_terminal(void **state)
{
	int fd;

	(void)state;
	fd = ask("reload\n");
	control_begin(t.control, CONTROL_RELOAD);
	control_complain(t.control, CONTROL_RELOAD, "\033[2J\x7f\tgr\xc3\xbc\xc3\x9f\r");
	control_finish(t.control, CONTROL_RELOAD, 0);
	assert_string_equal(hear(fd, true), "!?[2J?\tgr\xc3\xbc\xc3\x9f?\n=0\n");
}

/* In a child: another user asks at a socket whose mode somebody changed.  0 = refused. */
static int
ask_as_nobody(void)
{
	static const char wanted[] = "!only root and who started the server may ask it\n=1\n";
	char text[128] = "";
	size_t len = 0;
	ssize_t n;
	int fd;

	if (setgid(65534) == -1 || setuid(65534) == -1)
		return 77;
	fd = dial_at(t.path);
	if (fd == -1)
		return 2;
	while ((n = recv(fd, text + len, sizeof text - 1 - len, 0)) > 0)
		len += (size_t)n;
	return strcmp(text, wanted) == 0 ? 0 : 1;
}

static void
test_other_user(void **state)
{
	pid_t child;
	int status = -1;
	struct stat st;

	(void)state;
	assert_int_equal(stat(t.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_uid, geteuid());
	if (geteuid() != 0) {
		print_message("# skip: only root can become another user\n");
		skip();
	}
	assert_int_equal(chmod(t.path, 0666), 0);
	assert_int_equal(chmod(t.scratch.path, 0755), 0);
	child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0)
		_exit(ask_as_nobody());
	do
		run();
	while (waitpid(child, &status, WNOHANG) == 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A reload may move it: who asked there gets his answer, and the next one asks elsewhere. */
static void
test_moved(void **state)
{
	char elsewhere[160];
	int fd, asked;

	(void)state;
	asked = ask("reload\n");
	snprintf(elsewhere, sizeof elsewhere, "%s2", t.path);
	fd = control_open(elsewhere);
	assert_int_not_equal(fd, -1);
	assert_int_equal(control_listen(t.control, fd, elsewhere), 0);
	assert_string_equal(control_path(t.control), elsewhere);
	assert_int_equal(access(t.path, F_OK), -1);
	assert_int_equal(dial_at(t.path), -1);
	control_begin(t.control, CONTROL_RELOAD);
	control_finish(t.control, CONTROL_RELOAD, 0);
	assert_string_equal(hear(asked, true), "=0\n");
	close(dial_at(elsewhere));
	/* the same path again, as after the program was replaced */
	fd = fcntl(control_listener(t.control), F_DUPFD_CLOEXEC, 0);
	assert_int_equal(control_listen(t.control, fd, elsewhere), 0);
	asked = dial_at(elsewhere);
	assert_int_not_equal(asked, -1);
	close(asked);
	assert_int_equal(control_listen(t.control, -1, NULL), 0);
	assert_null(control_path(t.control));
	assert_int_equal(access(elsewhere, F_OK), -1);
}

static void
check_not_opened(const char *path, int error)
{
	assert_int_equal(control_open(path), -1);
	assert_int_equal(errno, error);
	assert_true(control_explain(error)[0] != '\0');
	assert_string_not_equal(control_explain(error), control_explain(EIO));
}

static void
test_open(void **state)
{
	char path[160], longest[200];
	int fd;

	(void)state;
	check_not_opened(t.path, EADDRINUSE); /* somebody answers */
	scratch_write(&t.scratch, "precious", SLICE("bytes"));
	snprintf(path, sizeof path, "%s/precious", t.scratch.path);
	check_not_opened(path, EEXIST);
	snprintf(path, sizeof path, "%s/none/control", t.scratch.path);
	check_not_opened(path, ENOENT);
	memset(longest, 'x', sizeof longest);
	longest[0] = '/';
	longest[sizeof longest - 1] = '\0';
	check_not_opened(longest, ENAMETOOLONG);
	check_not_opened("", ENAMETOOLONG);
	/* left over by a server that was killed */
	snprintf(path, sizeof path, "%s/stale", t.scratch.path);
	fd = control_open(path);
	assert_int_not_equal(fd, -1);
	close(fd);
	fd = control_open(path);
	assert_int_not_equal(fd, -1);
	close(fd);
}

static void
test_left(void **state)
{
	int before, fd;

	(void)state;
	fd = ask("stop\n");
	before = scratch_count_fds();
	control_free(t.control);
	t.control = NULL;
	assert_string_equal(hear(fd, true), "");
	assert_int_equal(access(t.path, F_OK), -1);
	assert_int_equal(scratch_count_fds(), before - 4); /* listener, epoll, asker, ours */
	control_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_asks, begin, end),
		cmocka_unit_test_setup_teardown(test_several_ask, begin, end),
		cmocka_unit_test_setup_teardown(test_which_server, begin, end),
		cmocka_unit_test_setup_teardown(test_wrong_requests, begin, end),
		cmocka_unit_test_setup_teardown(test_pieces, begin, end),
		cmocka_unit_test_setup_teardown(test_silent, begin, end),
		cmocka_unit_test_setup_teardown(test_reads_nothing, begin, end),
		cmocka_unit_test_setup_teardown(test_terminal, begin, end),
		cmocka_unit_test_setup_teardown(test_other_user, begin, end),
		cmocka_unit_test_setup_teardown(test_moved, begin, end),
		cmocka_unit_test_setup_teardown(test_open, begin, end),
		cmocka_unit_test_setup_teardown(test_left, begin, end),
	};

	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
