/*
 * port_holder - see port_holder.h.
 *
 * The kernel's tables (proc_pid_net(5)) have a line for each socket; of those that listen the
 * inode is remembered that /proc/PID/fd shows as well.  Tables are those of this process's own
 * network, which is where it could not bind.
 */
#include "config.h"

#include "server/port_holder.h"

#include <ctype.h>
#include <dirent.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	LINES_MAX = 100000, /* of a table */
	LINKS_MAX = 100000, /* of all processes together */
	PATH_SIZE = 1024,
	LISTENS = 0x0A,		  /* a state of TCP */
	LISTENS_LOCALLY = 0x10000 /* a flag of unix sockets */
};

struct holding {
	struct address address;
	unsigned long inode;
	long uid; /* -1 = not known */
	long pid; /* 0 = not known */
	char program[32];
};

static FILE *
open_in(const char *proc, const char *name)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof path, "%s/%s", proc, name);
	return fopen(path, "re");
}

/* NOLINTBEGIN(cert-err34-c): the kernel's own figures, which fit */

/* The kernel writes an address as words of its own byte order. */
static bool
read_words(const char *hex, size_t words, void *out)
{
	for (size_t i = 0; i < words; i++) {
		uint32_t word;

		if (sscanf(hex + 8 * i, "%8x", &word) != 1)
			return false;
		memcpy((char *)out + 4 * i, &word, sizeof word);
	}
	return true;
}

/* "0100007F:1F90" */
static bool
read_address(const char *text, struct address *a)
{
	size_t digits = strcspn(text, ":");
	unsigned port;

	*a = (struct address){ 0 };
	if (sscanf(text + digits, ":%4x", &port) != 1)
		return false;
	if (digits == 8) {
		a->v4.sin_family = AF_INET;
		a->v4.sin_port = htons((uint16_t)port);
		a->len = sizeof a->v4;
		return read_words(text, 1, &a->v4.sin_addr);
	}
	a->v6.sin6_family = AF_INET6;
	a->v6.sin6_port = htons((uint16_t)port);
	a->len = sizeof a->v6;
	return digits == 32 && read_words(text, 4, &a->v6.sin6_addr);
}

/* Are they in each other's way?  A socket on [::] may take IPv4 as well, which no table shows. */
static bool
collides(const struct address *holder, const struct address *wanted)
{
	if (address_port(holder) != address_port(wanted))
		return false;
	return address_covers(holder, wanted) || address_covers(wanted, holder) ||
	       (holder->any.sa_family == AF_INET6 && address_is_any(holder));
}

/* sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode */
static bool
take_tcp(const char *line, const struct address *wanted, struct holding *h)
{
	char local[64];
	unsigned state;

	return sscanf(line, " %*[0-9]: %63s %*s %x %*s %*s %*s %ld %*s %lu", local, &state, &h->uid,
		      &h->inode) == 4 &&
	       state == LISTENS && read_address(local, &h->address) &&
	       collides(&h->address, wanted);
}

/* Num RefCount Protocol Flags Type St Inode Path */
static bool
take_unix(const char *line, const struct address *wanted, struct holding *h)
{
	char path[sizeof wanted->local.sun_path + 1];
	unsigned flags;

	h->uid = -1;
	h->address = *wanted;
	return sscanf(line, "%*s %*s %*s %x %*s %*s %lu %108[^\n]", &flags, &h->inode, path) == 3 &&
	       (flags & LISTENS_LOCALLY) && strcmp(path, wanted->local.sun_path) == 0;
}

/* NOLINTEND(cert-err34-c) */

static bool
look_in(const char *proc, const char *table, const struct address *wanted,
	bool (*take)(const char *, const struct address *, struct holding *), struct holding *h)
{
	FILE *f = open_in(proc, table);
	bool found = false;
	char line[512];

	if (!f)
		return false;
	for (int i = 0; i < LINES_MAX && !found && fgets(line, sizeof line, f); i++)
		found = take(line, wanted, h);
	(void)fclose(f);
	return found;
}

static bool
find_socket(const char *proc, const struct address *wanted, struct holding *h)
{
	if (wanted->any.sa_family == AF_UNIX)
		return look_in(proc, "self/net/unix", wanted, take_unix, h);
	return look_in(proc, "self/net/tcp", wanted, take_tcp, h) ||
	       look_in(proc, "self/net/tcp6", wanted, take_tcp, h);
}

/* Does the process have that socket?  Processes of others cannot be looked into. */
static bool
has_socket(const char *proc, const char *pid, unsigned long inode, int *links)
{
	char path[PATH_SIZE], wanted[64], target[64];
	bool found = false;
	struct dirent *e;
	DIR *d;

	snprintf(wanted, sizeof wanted, "socket:[%lu]", inode);
	snprintf(path, sizeof path, "%s/%s/fd", proc, pid);
	d = opendir(path);
	if (!d)
		return false;
	while (!found && *links < LINKS_MAX && (e = readdir(d))) {
		ssize_t n = readlinkat(dirfd(d), e->d_name, target, sizeof target - 1);

		++*links;
		target[n > 0 ? n : 0] = '\0';
		found = strcmp(target, wanted) == 0;
	}
	closedir(d);
	return found;
}

/* The name a program gave itself is anything. */
static void
read_program(const char *proc, const char *pid, struct holding *h)
{
	char path[PATH_SIZE / 2];
	FILE *f;

	snprintf(path, sizeof path, "%s/comm", pid);
	f = open_in(proc, path);
	if (!f)
		return;
	if (fgets(h->program, sizeof h->program, f))
		h->program[strcspn(h->program, "\n")] = '\0';
	for (char *p = h->program; *p; p++)
		if (!isprint((unsigned char)*p))
			*p = '?';
	(void)fclose(f);
}

static void
find_process(const char *proc, struct holding *h)
{
	DIR *d = opendir(proc);
	struct dirent *e;
	int links = 0;

	while (d && h->pid == 0 && links < LINKS_MAX && (e = readdir(d))) {
		if (!isdigit((unsigned char)e->d_name[0]) ||
		    !has_socket(proc, e->d_name, h->inode, &links))
			continue;
		h->pid = atol(e->d_name); /* NOLINT(cert-err34-c): the kernel names processes so */
		read_program(proc, e->d_name, h);
	}
	if (d)
		closedir(d);
}

/* From this machine's file alone: a directory of users on the network may keep one waiting. */
static bool
find_user(long uid, char *name, size_t cap)
{
	FILE *f = fopen("/etc/passwd", "re");
	const struct passwd *p;

	if (!f)
		return false;
	do
		p = fgetpwent(f); /* NOLINT(concurrency-mt-unsafe): no thread yet */
	while (p && p->pw_uid != (uid_t)uid);
	if (p)
		snprintf(name, cap, "%s", p->pw_name);
	(void)fclose(f);
	return p;
}

static void
print_words(const struct holding *h, char *out, size_t cap)
{
	const char *how = h->address.any.sa_family == AF_UNIX ? "ss -lxp" : "ss -ltnp";
	char where[ADDRESS_TEXT_SIZE], user[64];

	address_format(&h->address, where);
	if (h->pid > 0)
		snprintf(out, cap, "process %ld (%s) listens on %s already", h->pid, h->program,
			 where);
	else if (h->uid >= 0 && find_user(h->uid, user, sizeof user))
		snprintf(
			out, cap,
			"a program of the user %s listens on %s already; as root, `%s` shows which",
			user, where, how);
	else if (h->uid >= 0)
		snprintf(out, cap,
			 "a program of user %ld listens on %s already; as root, `%s` shows which",
			 h->uid, where, how);
	else
		snprintf(out, cap,
			 "another program listens on %s already; as root, `%s` shows which", where,
			 how);
}

bool
port_holder_words_in(const char *proc, const struct address *wanted, char *out, size_t cap)
{
	struct holding h = { .uid = -1 };

	if (!find_socket(proc, wanted, &h))
		return false;
	find_process(proc, &h);
	print_words(&h, out, cap);
	return true;
}

bool
port_holder_words(const struct address *wanted, char *out, size_t cap)
{
	return port_holder_words_in("/proc", wanted, out, cap);
}
