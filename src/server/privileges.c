/* privileges - see privileges.h. */
#include "config.h"

#include "server/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* root never gets capabilities back by starting a program, and nobody changes that again. */
#define SECUREBITS                                                                                 \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP_LOCKED |                    \
	 SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |                                   \
	 SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

/* Who is not found leaves errno alone, or says one of these (getpwnam(3)); else nobody was asked.
 */
static const char *
explain(const char *none)
{
	switch (errno) {
	case 0:
	case ENOENT:
	case ESRCH:
	case EBADF:
	case EPERM:
		return none;
	default:
		return strerror(errno);
	}
}

static const char *
resolve_names(struct privileges *p, struct slice user, struct slice group)
{
	const struct passwd *pw;
	char name[64];

	snprintf(p->user, sizeof p->user, "%.*s", SLICE_FMT(user));
	errno = 0;
	pw = getpwnam(p->user); /* NOLINT(concurrency-mt-unsafe): no thread yet */
	if (!pw)
		return explain("there is no such user; `systemd-sysusers` or `useradd --system` "
			       "makes it");
	p->uid = pw->pw_uid;
	p->gid = pw->pw_gid;
	if (group.len > 0) {
		const struct group *gr;

		snprintf(name, sizeof name, "%.*s", SLICE_FMT(group));
		errno = 0;
		gr = getgrnam(name); /* NOLINT(concurrency-mt-unsafe): no thread yet */
		if (!gr)
			return explain("there is no such group");
		p->gid = gr->gr_gid;
	}
	p->drop = p->uid != 0;
	return NULL;
}

const char *
privileges_resolve(struct privileges *p, struct slice user, struct slice group,
		   const char **warning)
{
	const char *words;

	*p = (struct privileges){ .uid = geteuid(), .gid = getegid() };
	*warning = NULL;
	if (geteuid() != 0) {
		/* NOLINTNEXTLINE(concurrency-mt-unsafe): no thread yet */
		const struct passwd *me = user.len > 0 ? getpwuid(geteuid()) : NULL;

		if (user.len > 0 && !(me && slice_equal(slice_of(me->pw_name), user)))
			*warning = "the server was not started by root, so `user` has no effect";
		return NULL;
	}
	if (user.len == 0)
		return "root started the server and `user` is not set; say which user it should "
		       "become (user = tinyhttpd), or user = root to stay root";
	words = resolve_names(p, user, group);
	if (!words && !p->drop && group.len > 0)
		*warning = "the server stays root, so `group` has no effect";
	return words;
}

/* setresuid(2) can succeed and leave a way back; so the way back is tried. */
static int
prove(const struct privileges *p)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) == -1 || getresgid(&rgid, &egid, &sgid) == -1)
		return -1;
	if (ruid != p->uid || euid != p->uid || suid != p->uid || rgid != p->gid ||
	    egid != p->gid || sgid != p->gid || setuid(0) != -1 || seteuid(0) != -1) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

/* What may be left: who stays root reads what others have closed, as it did, and nothing more. */
static uint64_t
kept_capabilities(const struct privileges *p)
{
	return p->uid == 0 ? 1ull << CAP_DAC_OVERRIDE : 0;
}

/*
 * What could come back by starting a program.  Only root may give that up, and for others
 * NO_NEW_PRIVS alone has to do.
 */
static int
close_ways_back(uint64_t kept)
{
	if (prctl(PR_SET_SECUREBITS, SECUREBITS, 0, 0, 0) == -1)
		return errno == EPERM ? 0 : -1;
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != -1; cap++)
		if (!(kept >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1)
			return -1;
	return 0;
}

/* Effective, permitted and inheritable; what is not inheritable is not ambient either. */
static int
drop_capabilities(uint64_t kept)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 }, now[2];

	for (int i = 0; i < 2; i++)
		data[i].effective = data[i].permitted = (uint32_t)(kept >> (32 * i));
	if (syscall(SYS_capget, &header, now) == -1)
		return -1;
	for (int i = 0; i < 2; i++) { /* in a container root may have less */
		data[i].effective &= now[i].permitted;
		data[i].permitted &= now[i].permitted;
	}
	/* Where it is forbidden there may be nothing to give up; what is left decides. */
	if (syscall(SYS_capset, &header, data) == -1 && errno != EPERM)
		return -1;
	if (syscall(SYS_capget, &header, now) == -1)
		return -1;
	for (int i = 0; i < 2; i++)
		if (now[i].effective != data[i].effective ||
		    now[i].permitted != data[i].permitted || now[i].inheritable != 0) {
			errno = EPERM;
			return -1;
		}
	return 0;
}

int
privileges_drop(const struct privileges *p)
{
	uint64_t kept = kept_capabilities(p);

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 || close_ways_back(kept) == -1)
		return -1;
	if (p->drop &&
	    (initgroups(p->user, p->gid) == -1 || setresgid(p->gid, p->gid, p->gid) == -1 ||
	     setresuid(p->uid, p->uid, p->uid) == -1 || prove(p) == -1))
		return -1;
	return drop_capabilities(kept);
}
