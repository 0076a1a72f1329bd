/*
 * The walls, from inside.  Each probe is something that a server which was taken over would try.
 * It is tried in a process of its own: with all walls it fails; with any one of those that are
 * meant to stop it, and the others of these left out, it fails; and with all of these left out it
 * gets through, which proves the probe.
 */
#include "config.h"

#include "server/walls.h"

#include <dirent.h>
#include <linux/bpf.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "child.h"
#include "server/privileges.h"
#include "site.h"

enum {
	PRIVILEGES = 1 << 8, /* user, group and capabilities: privileges_drop() */
	EVERY_WALL = WALL_ALL | PRIVILEGES,
};

static const struct {
	unsigned wall;
	const char *name;
} walls[] = {
	{ WALL_FILES, "files" }, { WALL_TCP, "tcp" },	       { WALL_OTHERS, "others" },
	{ WALL_CALLS, "calls" }, { PRIVILEGES, "privileges" },
};

/* As whom the server serves. */
enum who { AS_ROOT, AS_NOBODY, WHO_COUNT };

static const char *const who_names[] = { "user = root", "user = nobody" };

/* What the probes find. */
static struct {
	struct scratch scratch;
	struct config *config;
	struct sockaddr_in tcp;
	struct sockaddr_un abstract;
	socklen_t abstract_len;
	int tcp_fd, abstract_fd;
	pid_t other[WHO_COUNT]; /* processes of the same user */
} stage;

/* Probes: true = got through. */

static bool
opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0644);

	if (fd != -1)
		close(fd);
	return fd != -1;
}

static bool
read_outside(void)
{
	return opens(scratch_at(&stage.scratch, "outside/secret"), O_RDONLY);
}

static bool
list_outside(void)
{
	return opens(scratch_at(&stage.scratch, "outside"), O_RDONLY | O_DIRECTORY);
}

static bool
read_passwords(void)
{
	return opens("/etc/shadow", O_RDONLY);
}

static bool
write_into_root(void)
{
	return opens(scratch_at(&stage.scratch, "root/new"), O_WRONLY | O_CREAT);
}

static bool
write_over_file(void)
{
	return opens(scratch_at(&stage.scratch, "root/file"), O_WRONLY);
}

static bool
remove_from_root(void)
{
	return unlink(scratch_at(&stage.scratch, "root/name")) == 0;
}

static bool
make_device(void)
{
	return mknod(scratch_at(&stage.scratch, "root/device"), S_IFIFO | 0600, 0) == 0;
}

/* Ends in another program, or comes back. */
static bool
start_program(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return false;
}

static bool
start_process(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return child != -1;
}

static bool
connects(const void *to, socklen_t len, int domain)
{
	int fd = socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd != -1 && connect(fd, to, len) == 0;
}

static bool
connect_tcp(void)
{
	return connects(&stage.tcp, sizeof stage.tcp, AF_INET);
}

static bool
bind_tcp(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd != -1 && bind(fd, (struct sockaddr *)&any, sizeof any) == 0;
}

static bool
connect_abstract(void)
{
	return connects(&stage.abstract, stage.abstract_len, AF_UNIX);
}

static bool
make_unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) != -1;
}

static bool
signal_other(void)
{
	return kill(stage.other[geteuid() == 0 ? AS_ROOT : AS_NOBODY], SIGCONT) == 0;
}

static bool
become_root(void)
{
	return syscall(SYS_setresuid, 0, 0, 0) == 0; /* libc would ask all threads to */
}

static bool
change_root(void)
{
	return chroot(stage.scratch.path) == 0;
}

static bool
mount_something(void)
{
	return mount(stage.scratch.path, stage.scratch.path, NULL, MS_BIND, NULL) == 0 &&
	       umount2(stage.scratch.path, MNT_DETACH) == 0;
}

static bool
make_user_namespace(void)
{
	return unshare(CLONE_NEWUSER) == 0;
}

static bool
be_traced(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool
ask_for_keys(void)
{
	enum { GET_KEYRING_ID = 0, USER_KEYRING = -4 };

	return syscall(SYS_keyctl, GET_KEYRING_ID, USER_KEYRING, 1) != -1;
}

static bool
load_bpf(void)
{
	union bpf_attr map;

	memset(&map, 0, sizeof map);
	map.map_type = BPF_MAP_TYPE_HASH;
	map.key_size = map.value_size = 4;
	map.max_entries = 1;
	return syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map) != -1;
}

static bool
set_up_uring(void)
{
	uint32_t params[32] = { 0 };

	return syscall(425, 1, params) != -1; /* io_uring_setup */
}

static bool
make_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0) != MAP_FAILED;
}

static bool
make_memory_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED && mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0;
}

#ifdef __x86_64__
/* The calls of the 32-bit kernel have other numbers: 20 is getpid there. */
static bool
call_old_kernel(void)
{
	long result = 20;

	__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
	return result == (long)getpid();
}
#endif

static const struct probe {
	const char *name;
	bool (*try)(void);
	unsigned walls[WHO_COUNT]; /* each of which stops it */
} probes[] = {
	{ "read a file outside", read_outside, { WALL_FILES, WALL_FILES } },
	{ "list a folder outside", list_outside, { WALL_FILES, WALL_FILES } },
	{ "read /etc/shadow", read_passwords, { WALL_FILES, WALL_FILES | PRIVILEGES } },
	{ "write into the root", write_into_root, { WALL_FILES, WALL_FILES } },
	{ "write over a file", write_over_file, { WALL_FILES, WALL_FILES } },
	{ "remove a file", remove_from_root, { WALL_FILES | WALL_CALLS, WALL_FILES | WALL_CALLS } },
	{ "make a device", make_device, { WALL_FILES | WALL_CALLS, WALL_FILES | WALL_CALLS } },
	{ "start a program", start_program, { WALL_FILES | WALL_CALLS, WALL_FILES | WALL_CALLS } },
	{ "start a process", start_process, { WALL_CALLS, WALL_CALLS } },
	{ "connect to a port", connect_tcp, { WALL_TCP | WALL_CALLS, WALL_TCP | WALL_CALLS } },
	{ "take a port", bind_tcp, { WALL_TCP | WALL_CALLS, WALL_TCP | WALL_CALLS } },
	{ "connect to an abstract socket",
	  connect_abstract,
	  { WALL_OTHERS | WALL_CALLS, WALL_OTHERS | WALL_CALLS } },
	{ "make a unix socket", make_unix_socket, { WALL_CALLS, WALL_CALLS } },
	{ "signal another process",
	  signal_other,
	  { WALL_OTHERS | WALL_CALLS, WALL_OTHERS | WALL_CALLS } },
	{ "become root", become_root, { WALL_CALLS, PRIVILEGES | WALL_CALLS } },
	{ "change the root directory",
	  change_root,
	  { PRIVILEGES | WALL_CALLS, PRIVILEGES | WALL_CALLS } },
	{ "mount",
	  mount_something,
	  { PRIVILEGES | WALL_FILES | WALL_CALLS, PRIVILEGES | WALL_FILES | WALL_CALLS } },
	{ "make a user namespace", make_user_namespace, { WALL_CALLS, WALL_CALLS } },
	{ "ptrace", be_traced, { WALL_CALLS, WALL_CALLS } },
	{ "ask for keys", ask_for_keys, { WALL_CALLS, WALL_CALLS } },
	{ "load bpf", load_bpf, { PRIVILEGES | WALL_CALLS, PRIVILEGES | WALL_CALLS } },
	{ "set up io_uring", set_up_uring, { WALL_CALLS, WALL_CALLS } },
	{ "make memory that is code", make_code, { WALL_CALLS, WALL_CALLS } },
	{ "turn memory into code", make_memory_code, { WALL_CALLS, WALL_CALLS } },
#ifdef __x86_64__
	{ "call the 32-bit kernel", call_old_kernel, { WALL_CALLS, WALL_CALLS } },
#endif
};

/* Trying. */

enum verdict { THROUGH, REFUSED, NO_SUCH_WALL, BROKEN };

/* In the child: becomes what a server is, without the walls left out. */
static enum verdict
enter(enum who who, unsigned which)
{
	struct privileges p;
	const char *warning;
	struct walls w;

	if (unshare(CLONE_NEWNS) == 0) /* what is mounted stays here */
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (privileges_resolve(&p, slice_of(who == AS_ROOT ? "root" : "nobody"), SLICE_NONE,
			       &warning))
		return BROKEN;
	if (which & PRIVILEGES && privileges_drop(&p) == -1)
		return BROKEN;
	if (!(which & PRIVILEGES) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return BROKEN;
	walls_build_some(&w, stage.config, false, which & WALL_ALL);
	return (which & WALL_ALL & ~w.built) ? NO_SUCH_WALL : THROUGH;
}

static enum verdict
try_probe(const struct probe *probe, enum who who, unsigned which)
{
	pid_t child = fork();
	int status;

	assert_int_not_equal(child, -1);
	if (child == 0) {
		enum verdict v = enter(who, which);

		if (v == THROUGH)
			v = probe->try() ? THROUGH : REFUSED;
		_exit(v);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? (enum verdict)WEXITSTATUS(status) : BROKEN;
}

static void
plant_names(void)
{
	scratch_write(&stage.scratch, "root/name", SLICE("x"));
	unlink(scratch_at(&stage.scratch, "root/new"));
	unlink(scratch_at(&stage.scratch, "root/device"));
}

static const char *
missing_wall(unsigned which)
{
	for (size_t i = 0; i < COUNT(walls); i++)
		if (walls[i].wall & which)
			return walls[i].name;
	return "?";
}

static void
check_wall(const struct probe *probe, enum who who, size_t wall)
{
	unsigned alone = walls[wall].wall, which = (EVERY_WALL & ~probe->walls[who]) | alone;

	if (!(probe->walls[who] & alone))
		return;
	plant_names();
	switch (try_probe(probe, who, which)) {
	case REFUSED:
		return;
	case NO_SUCH_WALL:
		print_message("# %s, %s: this kernel lacks a wall\n", probe->name,
			      walls[wall].name);
		return;
	case THROUGH:
		fail_msg("%s, %s: the wall %s did not stop it", who_names[who], probe->name,
			 walls[wall].name);
	case BROKEN:
		fail_msg("%s, %s: with the wall %s it could not be tried", who_names[who],
			 probe->name, walls[wall].name);
	}
}

static void
check_probe(const struct probe *probe, enum who who)
{
	enum verdict without;

	plant_names();
	without = try_probe(probe, who, EVERY_WALL & ~probe->walls[who]);
	if (without != THROUGH) { /* is it the walls that are left? */
		plant_names();
		if (without != NO_SUCH_WALL && try_probe(probe, who, 0) == THROUGH)
			fail_msg("%s, %s: stopped by more than it says", who_names[who],
				 probe->name);
		print_message("# %s, %s: cannot be tried here, even without walls (%s)\n",
			      who_names[who], probe->name,
			      without == NO_SUCH_WALL ? missing_wall(EVERY_WALL) : "refused");
		return;
	}
	plant_names();
	if (try_probe(probe, who, EVERY_WALL) == THROUGH)
		fail_msg("%s, %s: got through all walls", who_names[who], probe->name);
	for (size_t i = 0; i < COUNT(walls); i++)
		check_wall(probe, who, i);
}

static void
check_probes(enum who who)
{
	if (geteuid() != 0) {
		print_message("# skip: only root can say who serves\n");
		skip();
	}
	for (size_t i = 0; i < COUNT(probes); i++)
		check_probe(&probes[i], who);
}

static void
test_probes_as_root(void **state)
{
	(void)state;
	check_probes(AS_ROOT);
}

static void
test_probes_as_nobody(void **state)
{
	(void)state;
	if (!getpwnam("nobody")) {
		print_message("# skip: there is no user nobody\n");
		skip();
	}
	check_probes(AS_NOBODY);
}

/* Who is not root has no privileges to drop, and all other walls. */
static void
test_probes_as_is(void **state)
{
	(void)state;
	if (geteuid() == 0) {
		print_message("# skip: root has the two cases above\n");
		skip();
	}
	for (size_t i = 0; i < COUNT(probes); i++) {
		plant_names();
		if (try_probe(&probes[i], AS_NOBODY, EVERY_WALL) == THROUGH)
			fail_msg("%s: got through all walls", probes[i].name);
	}
}

/* What has to go on. */

static void *
set_true(void *arg)
{
	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 10);
	*(bool *)arg = true;
	return NULL;
}

static int
threads_work(void)
{
	pthread_t thread;
	bool ran = false;

	if (pthread_create(&thread, NULL, set_true, &ran) != 0)
		return 10;
	pthread_join(thread, NULL);
	return ran ? 0 : 11;
}

static int
memory_works(void)
{
	enum { MUCH = 64 << 20 };
	char *p = malloc(MUCH), *more;

	if (!p)
		return 20;
	memset(p, 1, MUCH);
	more = realloc(p, 2ul * MUCH);
	free(more ? more : p);
	return more ? 0 : 21;
}

static int
files_work(void)
{
	char byte;
	struct pollfd none = { .fd = -1 };
	int fd = open(scratch_at(&stage.scratch, "root/file"), O_RDONLY | O_CLOEXEC);

	if (fd == -1 || read(fd, &byte, 1) != 1 || poll(&none, 1, 0) != 0)
		return 30;
	close(fd);
	/* a log that was renamed comes back, a pid file goes away */
	if (!opens(scratch_at(&stage.scratch, "log/access.log"), O_WRONLY | O_APPEND | O_CREAT))
		return 31;
	if (!opens(scratch_at(&stage.scratch, "linked/real.log"), O_WRONLY | O_APPEND | O_CREAT))
		return 32;
	if (!opens("/dev/null", O_WRONLY | O_APPEND | O_CREAT))
		return 33;
	if (opens(scratch_at(&stage.scratch, "log/access.log"), O_RDONLY))
		return 34;
	return unlink(scratch_at(&stage.scratch, "run/pid")) == 0 ? 0 : 35;
}

static int
unknown_calls_are_unknown(void)
{
	if (syscall(60000) != -1 || errno != ENOSYS || syscall(435, NULL, 0) != -1 ||
	    errno != ENOSYS)
		return 40; /* clone3, and what no kernel has yet */
	return setsid() == -1 && errno == EPERM ? 0 : 41;
}

static int
serve_behind_walls(bool alone)
{
	int (*const needs[])(void) = { threads_work, memory_works, files_work,
				       unknown_calls_are_unknown };
	struct privileges p;
	const char *warning;
	struct walls w;

	if (privileges_resolve(&p, geteuid() == 0 ? SLICE("root") : SLICE_NONE, SLICE_NONE,
			       &warning) ||
	    privileges_drop(&p) == -1)
		return 1;
	walls_build_some(&w, stage.config, alone, WALL_ALL);
	for (size_t i = 0; i < COUNT(needs); i++) {
		int result = needs[i]();

		if (result != 0)
			return result;
	}
	return 0;
}

static int
serve_alone(void)
{
	return serve_behind_walls(true);
}

static int
serve_supervised(void)
{
	return serve_behind_walls(false);
}

static void
need_landlock(void)
{
	if (landlock_abi() > 0)
		return;
	print_message("# skip: this kernel has no Landlock, or does not use it\n");
	skip();
}

static void
test_service_goes_on(void **state)
{
	int status;

	(void)state;
	need_landlock();
	scratch_write(&stage.scratch, "run/pid", SLICE("1\n"));
	status = child_status(serve_alone);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	status = child_status(serve_supervised); /* the logs are somebody else's care */
	assert_int_equal(WEXITSTATUS(status), 31);
}

static int
fail_an_assertion(void)
{
	struct walls w;

	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* no core */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return 1;
	walls_build_some(&w, stage.config, false, WALL_ALL);
	signal(SIGABRT, SIG_DFL);
	abort();
}

/* A bug still ends the process by the signal that says so. */
static void
test_abort(void **state)
{
	int status = child_status(fail_an_assertion);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* A root that is switched; docroot.h says what it sees of that. */
static int
switch_root(void)
{
	const char *current = scratch_at(&stage.scratch, "current");
	struct docroot root;
	struct walls w;
	int fd;

	docroot_init(&root, current);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return 1;
	walls_build_some(&w, stage.config, false, WALL_FILES);
	if (docroot_refresh(&root, 0) == -1)
		return 2;
	if (raise(SIGSTOP) != 0) /* the parent switches to the next release */
		return 3;
	if (docroot_refresh(&root, 2000) == -1)
		return 4;
	fd = docroot_open(&root, "file", DOCROOT_LINKS_BENEATH);
	if (lseek(fd, 0, SEEK_END) != 2)
		return 5;
	raise(SIGSTOP); /* and to somewhere else */
	if (docroot_refresh(&root, 4000) != -1 || !root.fenced)
		return 6;
	raise(SIGSTOP); /* and back */
	return docroot_refresh(&root, 4001) == 0 && !root.fenced ? 0 : 7;
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
test_root_is_switched(void **state)
{
	static const char *const targets[] = { "releases/2", "outside", "releases/1" };
	pid_t child;
	int status;

	(void)state;
	need_landlock();
	child = fork();
	assert_int_not_equal(child, -1);
	if (child == 0)
		_exit(switch_root());
	for (size_t i = 0; i < COUNT(targets); i++) {
		assert_int_equal(waitpid(child, &status, WUNTRACED), child);
		if (!WIFSTOPPED(status))
			break;
		switch_link(targets[i]);
		kill(child, SIGCONT);
		if (i + 1 == COUNT(targets))
			assert_int_equal(waitpid(child, &status, 0), child);
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Words. */

static void
check_words(const struct walls *w, const char *wanted)
{
	char text[WALLS_TEXT_SIZE];

	walls_words(w, text);
	assert_string_equal(text, wanted);
}

static void
test_words(void **state)
{
	struct walls w = { .sandbox = SANDBOX_OFF };

	(void)state;
	check_words(&w, "off");
	w.sandbox = SANDBOX_AUTO;
	check_words(&w, "off, in a build with sanitizers");
	w = (struct walls){
		.built = WALL_ALL, .abi = 7, .calls = 99, .reach = { .readable = 1, .writable = 2 }
	};
	check_words(&w, "1 place can be read and 2 written, no TCP beyond what is open, no signal "
			"to others (Landlock 7); 99 system calls (seccomp)");
	w.built = WALL_FILES | WALL_CALLS;
	w.abi = 2;
	w.reach.everything = true;
	check_words(&w, "everything can be read, as a root is /, and 2 places written (Landlock "
			"2); 99 system calls (seccomp)");
	w.built = WALL_CALLS;
	strcpy(w.missing, "files are not fenced in");
	check_words(&w, "99 system calls (seccomp); files are not fenced in");
	w.built = 0;
	check_words(&w, "files are not fenced in");
}

/* The stage. */

static pid_t
make_other(enum who who)
{
	pid_t child = fork();

	assert_int_not_equal(child, -1);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		if (who == AS_NOBODY && geteuid() == 0 && setuid(65534) != 0)
			_exit(1);
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		for (;;)
			pause();
	}
	return child;
}

static void
open_sockets(void)
{
	socklen_t len = sizeof stage.tcp;

	stage.tcp.sin_family = AF_INET;
	stage.tcp.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	stage.tcp_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(stage.tcp_fd, (struct sockaddr *)&stage.tcp, len), 0);
	assert_int_equal(listen(stage.tcp_fd, 64), 0);
	assert_int_equal(getsockname(stage.tcp_fd, (struct sockaddr *)&stage.tcp, &len), 0);
	stage.abstract.sun_family = AF_UNIX;
	stage.abstract_len = sizeof(sa_family_t); /* the kernel chooses a name */
	stage.abstract_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
		bind(stage.abstract_fd, (struct sockaddr *)&stage.abstract, stage.abstract_len), 0);
	assert_int_equal(listen(stage.abstract_fd, 64), 0);
	len = sizeof stage.abstract;
	assert_int_equal(getsockname(stage.abstract_fd, (struct sockaddr *)&stage.abstract, &len),
			 0);
	stage.abstract_len = len;
}

static int
set_stage(void **state)
{
	static const char *const folders[] = { "root",	   "outside",	 "log",	       "linked",
					       "releases", "releases/1", "releases/2", "run" };
	struct scratch *s = &stage.scratch;

	(void)state;
	umask(0);
	scratch_init(s);
	chmod(s->path, 0755);
	for (size_t i = 0; i < COUNT(folders); i++) {
		scratch_dir(s, folders[i]);
		chmod(scratch_at(s, folders[i]), 0777);
	}
	scratch_write(s, "root/file", SLICE("x"));
	chmod(scratch_at(s, "root/file"), 0666);
	scratch_write(s, "outside/secret", SLICE("secret"));
	scratch_write(s, "releases/1/file", SLICE("1"));
	scratch_write(s, "releases/2/file", SLICE("22"));
	scratch_link(s, "releases/1", "current");
	scratch_write(s, "log/access.log", SLICE(""));
	scratch_write(s, "linked/real.log", SLICE(""));
	scratch_link(s, "../linked/real.log", "log/link.log");
	stage.config = site_load(s, "[server]\nroot = @/root\npidfile = @/run/pid\n"
				    "[location a]\npath = /a/\nroot = @/current\n"
				    "access_log = @/log/link.log\n"
				    "[location b]\npath = /b/\naccess_log = /dev/null\n"
				    "[log]\naccess = @/log/access.log\n");
	open_sockets();
	for (int i = 0; i < WHO_COUNT; i++)
		stage.other[i] = make_other((enum who)i);
	return 0;
}

static int
strike_stage(void **state)
{
	(void)state;
	for (int i = 0; i < WHO_COUNT; i++) {
		kill(stage.other[i], SIGKILL);
		waitpid(stage.other[i], NULL, 0);
	}
	close(stage.tcp_fd);
	close(stage.abstract_fd);
	config_free(stage.config);
	scratch_fini(&stage.scratch);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probes_as_root), cmocka_unit_test(test_probes_as_nobody),
		cmocka_unit_test(test_probes_as_is),   cmocka_unit_test(test_service_goes_on),
		cmocka_unit_test(test_abort),	       cmocka_unit_test(test_root_is_switched),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests_name("walls", tests, set_stage, strike_stage);
}
