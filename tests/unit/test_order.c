/* What commands say to a running server and pass on: the server here is a child with a script. */
#include "config.h"

#include "command/order.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "scratch.h"

static struct {
	struct scratch scratch;
	char socket[128], config[128];
	char out[1 << 18], err[8192];
	pid_t server;
} t;

static int
begin(void **state)
{
	char ini[256];

	(void)state;
	scratch_init(&t.scratch);
	snprintf(t.socket, sizeof t.socket, "%s/control", t.scratch.path);
	snprintf(t.config, sizeof t.config, "%s/t.ini", t.scratch.path);
	snprintf(ini, sizeof ini, "[server]\nbroken\ncontrol = %s\n", t.socket);
	scratch_write(&t.scratch, "t.ini", slice_of(ini));
	t.server = -1;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	if (t.server > 0) {
		kill(t.server, SIGKILL);
		waitpid(t.server, NULL, 0);
	}
	scratch_fini(&t.scratch);
	return 0;
}

/* In the child: waits for that to be asked for, answers by f, and stays until it is ended. */
static void
serve(int ready, enum control_command command, void (*f)(struct control *))
{
	struct control *c = control_new(t.config);
	struct pollfd p = { .fd = control_fd(c), .events = POLLIN };

	if (control_listen(c, control_open(t.socket), t.socket) == -1 || write(ready, "", 1) != 1)
		_exit(1);
	for (;;) {
		poll(&p, 1, -1);
		control_run(c, clock_monotonic_ms());
		if (control_wanted(c, command) > 0) {
			control_begin(c, command);
			f(c);
		}
	}
}

static void
start(enum control_command command, void (*f)(struct control *))
{
	int ready[2];
	char byte;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	t.server = fork();
	assert_int_not_equal(t.server, -1);
	if (t.server == 0)
		serve(ready[1], command, f);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

static void
read_back(int fd, char *text, size_t size)
{
	ssize_t n = pread(fd, text, size - 1, 0);

	assert_true(n >= 0);
	text[n] = '\0';
	close(fd);
}

/* Runs f() with standard output and standard error in t.out and t.err; what it returns. */
static int
catch_output(int (*f)(void))
{
	int out = scratch_file(), err = scratch_file(), result;
	int old_out, old_err;

	fflush(stdout);
	fflush(stderr);
	old_out = dup(STDOUT_FILENO);
	old_err = dup(STDERR_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	result = f();
	fflush(stdout);
	fflush(stderr);
	dup2(old_out, STDOUT_FILENO);
	dup2(old_err, STDERR_FILENO);
	close(old_out);
	close(old_err);
	read_back(out, t.out, sizeof t.out);
	read_back(err, t.err, sizeof t.err);
	return result;
}

static int
reload(void)
{
	return order_server(t.config, CONTROL_RELOAD, false);
}

static int
stop(void)
{
	return order_server(t.config, CONTROL_STOP, true);
}

static void
refuse_reload(struct control *c)
{
	control_complain(c, CONTROL_RELOAD,
			 "t.ini:3: [server] colour: there is no such key\n    "
			 "colour = red\n");
	control_say(c, CONTROL_RELOAD, "nothing was changed");
	control_finish(c, CONTROL_RELOAD, 1);
}

static void
test_both_streams(void **state)
{
	(void)state;
	start(CONTROL_RELOAD, refuse_reload);
	assert_int_equal(catch_output(reload), 1);
	assert_string_equal(t.out, "nothing was changed\n");
	assert_string_equal(t.err, "t.ini:3: [server] colour: there is no such key\n    "
				   "colour = red\n");
	assert_int_equal(catch_output(reload), 1); /* a second time as well */
}

static void
say_much(struct control *c)
{
	char line[64];

	for (int i = 0; i < 3000; i++) {
		snprintf(line, sizeof line, "line %d of very many, and each is whole", i);
		control_say(c, CONTROL_RELOAD, line);
	}
	control_finish(c, CONTROL_RELOAD, 0);
}

static void
test_long_answer(void **state)
{
	const char *p = t.out;
	char line[64];

	(void)state;
	start(CONTROL_RELOAD, say_much);
	assert_int_equal(catch_output(reload), 0);
	for (int i = 0; i < 3000; i++) {
		snprintf(line, sizeof line, "line %d of very many, and each is whole\n", i);
		if (strncmp(p, line, strlen(line)) != 0)
			fail_msg("in place of %s", line);
		p += strlen(line);
	}
	assert_string_equal(p, "");
	assert_string_equal(t.err, "");
}

static void
die(struct control *c)
{
	control_say(c, CONTROL_RELOAD, "so far");
	_exit(0);
}

static void
test_server_dies(void **state)
{
	(void)state;
	start(CONTROL_RELOAD, die);
	assert_int_equal(catch_output(reload), 1);
	assert_string_equal(t.out, "so far\n");
	assert_non_null(strstr(t.err, "left before its answer was complete"));
}

static int gate[2];

/* Answers, and leaves only when it is let go: it has not closed what it was asked by. */
static void
linger(struct control *c)
{
	char byte;
	ssize_t n;

	control_finish(c, CONTROL_STOP, 3);
	n = read(gate[0], &byte, 1);
	_exit(n == 1 ? 0 : 1);
}

static int
stop_in_child(void)
{
	int status = stop();
	struct pollfd p = { .fd = gate[0], .events = POLLIN };

	/* the server took the byte with it: it left before `stop` came back */
	return poll(&p, 1, 0) == 0 ? status : 99;
}

/* `stop` comes back when the process has gone, not when it has answered. */
static void
test_until_gone(void **state)
{
	int status;
	pid_t child;

	(void)state;
	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	start(CONTROL_STOP, linger);
	child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0)
		_exit(stop_in_child());
	for (int i = 0; i < 100; i++) { /* it can only be seen that it does not come back at once */
		assert_int_equal(waitpid(child, &status, WNOHANG), 0);
		sched_yield();
	}
	assert_int_equal(write(gate[1], "x", 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
	close(gate[0]);
	close(gate[1]);
}

static void
check_unreachable(const char *words)
{
	assert_int_equal(catch_output(stop), 1);
	assert_string_equal(t.out, "");
	if (!strstr(t.err, words) || !strstr(t.err, t.socket))
		fail_msg("it said: %s", t.err);
}

static void
test_nobody_there(void **state)
{
	(void)state;
	check_unreachable("No such file or directory");
	assert_non_null(strstr(t.err, "Does it run"));
	close(control_open(t.socket)); /* left over */
	check_unreachable("Connection refused");
}

static void
test_off(void **state)
{
	(void)state;
	scratch_write(&t.scratch, "t.ini", SLICE("[server]\ncontrol = off\n"));
	assert_int_equal(catch_output(reload), 1);
	assert_non_null(strstr(t.err, "/t.ini says control = off"));
}

static int
reload_of_another(void)
{
	return order_server_at(t.socket, "/etc/hostname", CONTROL_RELOAD, true);
}

/* The server that was given the same socket is not the one that is meant; nobody waits for its end.
 */
static void
test_other_server(void **state)
{
	(void)state;
	start(CONTROL_RELOAD, refuse_reload);
	assert_int_equal(catch_output(reload_of_another), 1);
	assert_non_null(strstr(t.err, "was started with -c"));
	assert_non_null(strstr(t.err, "not with /etc/hostname"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_both_streams, begin, end),
		cmocka_unit_test_setup_teardown(test_long_answer, begin, end),
		cmocka_unit_test_setup_teardown(test_server_dies, begin, end),
		cmocka_unit_test_setup_teardown(test_until_gone, begin, end),
		cmocka_unit_test_setup_teardown(test_nobody_there, begin, end),
		cmocka_unit_test_setup_teardown(test_off, begin, end),
		cmocka_unit_test_setup_teardown(test_other_server, begin, end),
	};

	return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
