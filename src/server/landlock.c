/*
 * landlock - see landlock.h.
 *
 * There is no libc wrapper, and the header may be older than the kernel: what is needed of it is
 * said here, once, as the kernel has it (include/uapi/linux/landlock.h).  The structure has grown
 * at its end; an older kernel takes a longer one as long as what it does not know is zero.
 */
#include "config.h"

#include "server/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same numbers on every architecture. */
enum {
	CALL_CREATE_RULESET = 444,
	CALL_ADD_RULE = 445,
	CALL_RESTRICT_SELF = 446,
	ASK_VERSION = 1 << 0, /* LANDLOCK_CREATE_RULESET_VERSION */
	RULE_PATH_BENEATH = 1,
};

#define FS_EXECUTE     (1ull << 0)
#define FS_WRITE_FILE  (1ull << 1)
#define FS_READ_FILE   (1ull << 2)
#define FS_READ_DIR    (1ull << 3)
#define FS_REMOVE_FILE (1ull << 5)
#define FS_MAKE_REG    (1ull << 8)
#define FS_ABI_1       ((1ull << 13) - 1)
#define FS_REFER       (1ull << 13) /* ABI 2: link and rename from folder to folder */
#define FS_TRUNCATE    (1ull << 14) /* ABI 3 */
#define FS_IOCTL_DEV   (1ull << 15) /* ABI 5 */
#define FS_OF_A_FILE   (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

#define NET_BIND_TCP	(1ull << 0) /* ABI 4 */
#define NET_CONNECT_TCP (1ull << 1)

#define SCOPE_ABSTRACT_UNIX_SOCKET (1ull << 0) /* ABI 6 */
#define SCOPE_SIGNAL		   (1ull << 1)

struct ruleset {
	uint64_t files, net, scoped;
};

struct path_beneath {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

int
landlock_abi(void)
{
	long abi = syscall(CALL_CREATE_RULESET, NULL, 0, ASK_VERSION);

	return abi > 0 ? (int)abi : 0;
}

static uint64_t
rights_of_abi(int abi)
{
	return FS_ABI_1 | (abi >= 2 ? FS_REFER : 0) | (abi >= 3 ? FS_TRUNCATE : 0) |
	       (abi >= 5 ? FS_IOCTL_DEV : 0);
}

int
landlock_open(struct landlock *out, unsigned parts)
{
	int abi = landlock_abi();
	struct landlock l = { .fd = -1 };
	struct ruleset set = { 0 };

	if (abi == 0)
		return -1;
	if (parts & LANDLOCK_FILES)
		set.files = rights_of_abi(abi);
	if ((parts & LANDLOCK_TCP) && abi >= 4)
		set.net = NET_BIND_TCP | NET_CONNECT_TCP;
	if ((parts & LANDLOCK_OTHERS) && abi >= 6)
		set.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	l.files = set.files;
	l.parts = (set.files ? LANDLOCK_FILES : 0u) | (set.net ? LANDLOCK_TCP : 0u) |
		  (set.scoped ? LANDLOCK_OTHERS : 0u);
	if (l.parts != 0) {
		l.fd = (int)syscall(CALL_CREATE_RULESET, &set, sizeof set, 0);
		if (l.fd == -1)
			return -1;
	}
	*out = l;
	return 0;
}

static uint64_t
rights_for(unsigned what)
{
	return (what & LANDLOCK_READ ? FS_READ_FILE | FS_READ_DIR : 0) |
	       (what & LANDLOCK_APPEND ? FS_WRITE_FILE | FS_MAKE_REG : 0) |
	       (what & LANDLOCK_REMOVE ? FS_REMOVE_FILE : 0);
}

/* EBADFD: the file lives in no file system that has paths, so no path leads to it. */
static int
add_rule(const struct landlock *l, int fd, unsigned what)
{
	struct path_beneath rule = { .allowed = rights_for(what), .parent_fd = fd };
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	if (!S_ISDIR(st.st_mode))
		rule.allowed &= FS_OF_A_FILE;
	rule.allowed &= l->files;
	if (rule.allowed == 0)
		return 0;
	if (syscall(CALL_ADD_RULE, l->fd, RULE_PATH_BENEATH, &rule, 0) == -1 && errno != EBADFD)
		return -1;
	return 0;
}

int
landlock_allow(struct landlock *l, const char *path, unsigned what)
{
	int fd, result, error;

	if (!(l->parts & LANDLOCK_FILES))
		return 0;
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd == -1)
		return -1;
	result = add_rule(l, fd, what);
	error = errno;
	close(fd);
	errno = error;
	return result;
}

int
landlock_enforce(struct landlock *l)
{
	long result = l->fd == -1 ? 0 : syscall(CALL_RESTRICT_SELF, l->fd, 0);
	int error = errno;

	if (l->fd != -1)
		close(l->fd);
	l->fd = -1;
	errno = error;
	return (int)result;
}
