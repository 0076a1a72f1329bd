/* A process with walls watches its root, which this one switches; what it asks for is heard here.
 */
#include "config.h"

#include "server/root_watch.h"

#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "child.h"
#include "content/docroot.h"
#include "server/message.h"
#include "server/walls.h"
#include "site.h"

static struct {
	struct scratch scratch;
	struct config *config;
	int fds[2]; /* this process's end, the watching one's */
} stage;

/* Looking hangs while there is nothing to read in hangs[0], once the disk is slow. */
static int hangs[2] = { -1, -1 }, looks[2] = { -1, -1 };
static _Atomic bool slow;

int __real_docroot_refresh(struct docroot *, int64_t now_ms);
int __wrap_docroot_refresh(struct docroot *, int64_t now_ms);

int
__wrap_docroot_refresh(struct docroot *root, int64_t now_ms)
{
	char byte = 0;

	if (atomic_load(&slow) && (write(looks[1], &byte, 1) != 1 || read(hangs[0], &byte, 1) == -1))
		abort();
	return __real_docroot_refresh(root, now_ms);
}

static int
begin(void **state)
{
	(void)state;
	scratch_init(&stage.scratch);
	scratch_dir(&stage.scratch, "releases");
	scratch_dir(&stage.scratch, "releases/1");
	scratch_dir(&stage.scratch, "elsewhere");
	scratch_link(&stage.scratch, "releases/1", "current");
	stage.config = site_load(&stage.scratch, "[server]\nroot = @/current\n");
	assert_int_equal(message_pair(stage.fds), 0);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	config_free(stage.config);
	close(stage.fds[0]);
	scratch_fini(&stage.scratch);
	return 0;
}

static void
say(int fd, enum message_kind kind)
{
	struct message m = { .kind = kind, .fd = -1 };

	message_set_text(&m, SLICE_NONE);
	message_send(fd, &m);
}

static enum message_kind
hear(int fd, enum message_sender sender)
{
	struct message m;
	uint16_t version;

	return message_receive(fd, sender, &m, &version) == MESSAGE_OK ? m.kind
								       : MESSAGE_KIND_COUNT;
}

/* Behind its walls; until it is told to stop watching, and then until it is told to leave. */
static int
watch(void)
{
	struct root_watch *w;
	struct walls walls;

	close(stage.fds[0]);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return 1;
	walls_build_some(&walls, stage.config, false, WALL_FILES);
	if (!(walls.built & WALL_FILES))
		return 2;
	w = root_watch_start(stage.config, stage.fds[1]);
	if (!w)
		return 3;
	say(stage.fds[1], MESSAGE_READY);
	if (hear(stage.fds[1], FROM_SUPERVISOR) != MESSAGE_DRAIN)
		return 4;
	root_watch_stop(w);
	root_watch_stop(w);
	say(stage.fds[1], MESSAGE_RETIRED);
	if (hear(stage.fds[1], FROM_SUPERVISOR) != MESSAGE_STOP)
		return 5;
	root_watch_free(w);
	return 0;
}

static void
switch_link(const char *target)
{
	scratch_link(&stage.scratch, target, "next");
	assert_int_equal(rename(scratch_at(&stage.scratch, "next"),
				scratch_at(&stage.scratch, "current")),
			 0);
}

static void
test_asks_until_it_is_told_to_stop(void **state)
{
	enum message_kind said;
	pid_t child;
	int status;

	(void)state;
	if (landlock_abi() <= 0) {
		print_message("# skip: this kernel has no Landlock, or does not use it\n");
		skip();
	}
	child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0)
		_exit(watch());
	close(stage.fds[1]);
	assert_int_equal(hear(stage.fds[0], FROM_GENERATION), MESSAGE_READY);
	switch_link("elsewhere");
	assert_int_equal(hear(stage.fds[0], FROM_GENERATION), MESSAGE_RENEW);
	assert_int_equal(hear(stage.fds[0], FROM_GENERATION), MESSAGE_RENEW);
	say(stage.fds[0], MESSAGE_DRAIN);
	do
		said = hear(stage.fds[0], FROM_GENERATION);
	while (said == MESSAGE_RENEW);
	assert_int_equal(said, MESSAGE_RETIRED);
	say(stage.fds[0], MESSAGE_STOP);
	assert_int_equal(hear(stage.fds[0], FROM_GENERATION), MESSAGE_KIND_COUNT); /* its end */
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
test_nobody_to_ask(void **state)
{
	struct root_watch *w = root_watch_start(stage.config, -1);

	(void)state;
	close(stage.fds[1]);
	assert_non_null(w);
	root_watch_free(w);
	root_watch_stop(NULL);
	root_watch_free(NULL);
}

/* A folder of a file server that does not answer: the process can end all the same, and nothing is
 * touched that has gone by then. */
static void
test_hangs(void **state)
{
	static struct root_watch *w; /* it is left behind */
	char byte;

	(void)state;
	assert_int_equal(pipe(hangs), 0);
	assert_int_equal(pipe(looks), 0);
	w = root_watch_start(stage.config, -1);
	atomic_store(&slow, true);
	close(stage.fds[1]);
	assert_non_null(w);
	assert_int_equal(read(looks[0], &byte, 1), 1); /* it looks */
	root_watch_free(w);
	config_free(stage.config);
	stage.config = NULL;
	close(hangs[1]); /* it answers after all */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_asks_until_it_is_told_to_stop, begin, end),
		cmocka_unit_test_setup_teardown(test_nobody_to_ask, begin, end),
		cmocka_unit_test_setup_teardown(test_hangs, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
