/*
 * serve - see serve.h.
 *
 * Quick mode is nothing but a configuration that is written here instead of by the administrator.
 * It listens on the loopback address only.  Started by root, the server becomes the owner of the
 * directory: that one can read it.
 */
#include "config.h"

#include "command/serve.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "config/config.h"
#include "config/problems.h"
#include "server/generation.h"

/* A value in quotes, as tinyhttpd.ini(5) reads it. */
static struct slice
quote(struct arena *arena, const char *text)
{
	char *out = arena_bytes(arena, 2 * strlen(text) + 3);
	size_t n = 0;

	if (!out)
		return SLICE_NONE;
	out[n++] = '"';
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			out[n++] = '\\';
		out[n++] = *text;
	}
	out[n++] = '"';
	return slice_from(out, n);
}

/* "user = NAME\n" for root, else nothing. */
static struct slice
user_line(struct arena *arena, const struct stat *st)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no thread yet */
	const struct passwd *owner = getpwuid(st->st_uid);

	if (geteuid() != 0)
		return SLICE("");
	return arena_printf(arena, "user = %s\n", owner ? owner->pw_name : "root");
}

static struct slice
write_config(struct arena *arena, const char *directory, const struct stat *st, const char *port)
{
	struct slice root = quote(arena, directory), user = user_line(arena, st);

	if (!root.p || !user.p)
		return SLICE_NONE;
	return arena_printf(arena,
			    "[server]\n"
			    "listen = 127.0.0.1:%s\n"
			    "root = %.*s\n"
			    "listing = on\n"
			    "%.*s"
			    "[log]\n"
			    "access = stdout combined\n"
			    "error = stderr notice\n",
			    port, SLICE_FMT(root), SLICE_FMT(user));
}

static void
ready(void *arg, const char *addresses)
{
	printf("Serving %s on http://%s (Ctrl-C stops it)\n", (const char *)arg, addresses);
	(void)fflush(stdout);
}

static int
serve_text(struct slice text, char *directory)
{
	struct generation_options options = { .ready = ready, .arg = directory };
	struct problems *problems = problems_new();
	struct config *config = NULL;
	int status = GENERATION_FAILED;

	if (text.p && problems)
		config = config_load_text("(quick mode)", text, problems);
	if (problems)
		problems_print(problems, stderr);
	if (config)
		status = (int)generation_run(config, &options);
	config_free(config);
	problems_free(problems);
	return status;
}

static bool
is_directory(const struct stat *st)
{
	errno = ENOTDIR;
	return S_ISDIR(st->st_mode);
}

int
command_serve(const char *directory, const char *port)
{
	char path[PATH_MAX];
	struct arena arena;
	struct stat st;
	int status;

	if (!directory)
		directory = ".";
	if (!realpath(directory, path) || stat(path, &st) == -1 || !is_directory(&st)) {
		fprintf(stderr, PACKAGE_NAME ": %s: %s\n", directory, strerror(errno));
		return GENERATION_FAILED;
	}
	hash_seed();
	arena_init(&arena, 4096);
	status = serve_text(write_config(&arena, path, &st, port ? port : "8080"), path);
	arena_fini(&arena);
	return status;
}
