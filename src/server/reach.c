/*
 * reach - see reach.h.
 *
 * The kernel's rules are about the folders that the paths mean now, not about the paths.  Where a
 * root leads through a symbolic link, the link is what an administrator switches from one release
 * to the next:
 *
 *	/srv/www/current -> releases/42
 *
 * so the folder in which the link's target lies (releases) may be read, and releases/43 is served
 * by the same generation.  The same holds for each link on the way.  A link to a folder right below
 * / is the exception, as that would open everything: there a switch needs another generation, like
 * one to somewhere else (root_watch.h sees to it).
 */
#include "config.h"

#include "server/reach.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/error_log.h"

enum { MAX_LINKS = 40 }; /* as the kernel has it */

struct reaching {
	struct reach *counts;
	struct landlock *rules;
};

static bool
allow(struct reaching *r, const char *path, unsigned what)
{
	if (landlock_allow(r->rules, path, what) == -1)
		return false;
	if (what & LANDLOCK_READ)
		r->counts->readable++;
	else
		r->counts->writable++;
	return true;
}

/* Cuts the last name off; false when nothing but / is left. */
static bool
to_parent(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return false;
	*slash = '\0';
	return true;
}

/* The folder in which that lies to which the path leads. */
static void
allow_beside(struct reaching *r, const char *path, unsigned what)
{
	char real[PATH_MAX];

	if (realpath(path, real) && to_parent(real))
		allow(r, real, what);
}

/* A way through the file system: what is behind, and what is ahead. */
struct way {
	char behind[PATH_MAX], ahead[PATH_MAX];
	unsigned links;
};

/* One name on. */
static bool
advance(struct way *w)
{
	size_t skip = strspn(w->ahead, "/"), n = strcspn(w->ahead + skip, "/");
	size_t len = strlen(w->behind);

	if (n == 0 || len + n + 2 > sizeof w->behind)
		return false;
	w->behind[len] = '/';
	memcpy(w->behind + len + 1, w->ahead + skip, n);
	w->behind[len + 1 + n] = '\0';
	memmove(w->ahead, w->ahead + skip + n, strlen(w->ahead + skip + n) + 1);
	return true;
}

/* What is behind ends with a link, or not.  Its target takes its place, and lies ahead. */
static bool
follow(struct way *w)
{
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t n = readlink(w->behind, target, sizeof target - 1);

	if (n <= 0 || ++w->links > MAX_LINKS)
		return false;
	target[n] = '\0';
	if (target[0] == '/')
		w->behind[0] = '\0';
	else
		*strrchr(w->behind, '/') = '\0';
	memcpy(rest, w->ahead, sizeof rest);
	n = snprintf(w->ahead, sizeof w->ahead, "%s/%s", target, rest);
	return n > 0 && (size_t)n < sizeof w->ahead;
}

static void
allow_root(struct reaching *r, const char *path)
{
	struct way w = { 0 };
	char link[PATH_MAX];

	if (!allow(r, path, LANDLOCK_READ))
		error_log(LOG_LEVEL_WARN, "root %s: %s", path, strerror(errno));
	if (strlen(path) >= sizeof w.ahead)
		return;
	/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.strcpy): measured above */
	strcpy(w.ahead, path);
	while (advance(&w)) {
		memcpy(link, w.behind, sizeof link);
		if (follow(&w))
			allow_beside(r, link, LANDLOCK_READ);
	}
	if (realpath(path, link) && strcmp(link, "/") == 0)
		r->counts->everything = true;
}

/* The log itself where it is a device or a pipe; else its folder, where it will be made anew, and
 * that of the file to which it may be a link. */
static void
allow_log(struct reaching *r, struct slice path)
{
	char folder[PATH_MAX];
	struct stat st;

	if (path.len == 0 || path.len >= sizeof folder)
		return; /* standard streams are not opened again */
	memcpy(folder, path.p, path.len + 1);
	if (stat(folder, &st) == -1 || !S_ISREG(st.st_mode) || !to_parent(folder)) {
		allow(r, path.p, LANDLOCK_APPEND);
		return;
	}
	allow(r, folder, LANDLOCK_APPEND);
	if (lstat(path.p, &st) == 0 && S_ISLNK(st.st_mode))
		allow_beside(r, path.p, LANDLOCK_APPEND);
}

static void
allow_removal(struct reaching *r, const char *path)
{
	char folder[PATH_MAX];

	if (strlen(path) >= sizeof folder)
		return;
	/* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.strcpy): measured above */
	strcpy(folder, path);
	if (to_parent(folder))
		allow(r, folder, LANDLOCK_REMOVE);
}

static void
allow_own_care(struct reaching *r, const struct config *c)
{
	const struct server_config *s = &c->server;

	for (size_t i = 0; i < c->access_log_count; i++)
		allow_log(r, c->access_logs[i].path);
	allow_log(r, c->error_log_path);
	if (s->pidfile.len > 0)
		allow_removal(r, s->pidfile.p);
	for (size_t i = 0; i < s->listen_count; i++)
		if (s->listen[i].address.any.sa_family == AF_UNIX)
			allow_removal(r, s->listen[i].address.local.sun_path);
}

void
reach_allow(struct reach *counts, struct landlock *rules, const struct config *c, bool alone)
{
	struct reaching r = { .counts = counts, .rules = rules };
	const struct set_words *more = c->server.sandbox_read;

	*counts = (struct reach){ 0 };
	for (size_t i = 0; i < c->root_count; i++)
		allow_root(&r, c->roots[i]);
	for (size_t i = 0; more && i < more->count; i++)
		if (!allow(&r, more->words[i].p, LANDLOCK_READ))
			error_log(LOG_LEVEL_WARN, "sandbox_read %s: %s", more->words[i].p,
				  strerror(errno));
	if (alone)
		allow_own_care(&r, c);
}
