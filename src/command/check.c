/*
 * check - see check.h.
 *
 * Behind the configuration itself come the things of this machine that a start would stumble over.
 * They are looked at and not touched; and since the configuration may be meant for another machine,
 * or for a time when they are there, they are warnings.
 */
#include "config.h"

#include "command/check.h"

#include <stdio.h>
#include <sys/stat.h>

#include "config/config.h"
#include "config/inputs.h"
#include "config/problems.h"
#include "server/privileges.h"

static void
say_good(const struct config *config, size_t warnings)
{
	struct slice path, bytes;

	if (!inputs_get(config_inputs(config), 0, &path, &bytes))
		return;
	printf("%.*s: the configuration is good", SLICE_FMT(path));
	if (warnings > 0)
		printf(", with %zu warning%s", warnings, warnings == 1 ? "" : "s");
	putchar('\n');
}

static void
look_for_user(const struct server_config *s, struct problems *problems)
{
	struct problem_place place = { .at = s->user_at,
				       .section = SLICE("server"),
				       .key = SLICE("user") };
	struct privileges p;
	const char *warning, *words = privileges_resolve(&p, s->user, s->group, &warning);

	if (words)
		problems_add(problems, PROBLEM_WARNING, &place, SLICE_NONE, "%s", words);
}

/* Nobody makes folders for logs but the package and the administrator. */
static void
look_for_folder(struct slice path, struct origin at, struct problems *problems)
{
	struct problem_place place = { .at = at };
	char folder[4096];
	struct stat st;
	int len = snprintf(folder, sizeof folder, "%.*s/",
			   SLICE_FMT(slice_head(path, slice_find_last(path, '/'))));

	if (path.len == 0 || len >= (int)sizeof folder || stat(folder, &st) == 0)
		return;
	problems_add(problems, PROBLEM_WARNING, &place, SLICE_NONE,
		     "log %.*s: its folder does not exist, or is out of reach", SLICE_FMT(path));
}

static void
look_ahead(const struct config *c, struct problems *problems)
{
	if (c->server.user.len > 0)
		look_for_user(&c->server, problems);
	for (size_t i = 0; i < c->access_log_count; i++)
		if (c->access_logs[i].at.file) /* what is built in is made by the package */
			look_for_folder(c->access_logs[i].path, c->access_logs[i].at, problems);
	look_for_folder(c->error_log_path, ORIGIN_BUILTIN, problems);
}

int
command_check(const char *config_path)
{
	struct problems *problems = problems_new();
	struct config *config = problems ? config_load(config_path, problems) : NULL;
	int status = config ? 0 : 1;

	if (config)
		look_ahead(config, problems);
	if (problems)
		problems_print(problems, stderr);
	else
		fputs("out of memory\n", stderr);
	if (config)
		say_good(config, problems_count(problems, PROBLEM_WARNING));
	if (fflush(stdout) != 0)
		status = 1;
	config_free(config);
	problems_free(problems);
	return status;
}
