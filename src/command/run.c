/* run - see run.h. */
#include "config.h"

#include "command/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "config/config.h"
#include "config/problems.h"
#include "server/detach.h"
#include "server/generation.h"
#include "server/supervisor.h"

static struct config *
load(const char *path)
{
	struct problems *problems = problems_new();
	struct config *config = problems ? config_load(path, problems) : NULL;

	if (!problems)
		fputs(PACKAGE_NAME ": out of memory\n", stderr);
	else
		problems_print(problems, stderr);
	problems_free(problems);
	return config;
}

static void
ready(void *arg, const char *addresses)
{
	(void)addresses;
	detach_ready(arg);
}

/* The whole server in this process. */
static int
run_alone(const char *config_path, struct detach *handle)
{
	struct generation_options options = { .ready = ready, .arg = handle, .image_fd = -1 };
	struct config *config;
	int status = GENERATION_FAILED;

	hash_seed();
	config = load(config_path);
	if (config)
		status = (int)generation_run(config, &options);
	config_free(config);
	return status;
}

int
command_run(const char *config_path, bool detach, bool alone)
{
	struct detach handle = DETACH_NONE;
	struct supervisor_options options = { .config_path = config_path ? config_path
									 : config_default_path(),
					      .detach = &handle };
	int status = GENERATION_FAILED;

	if (detach && detach_fork(&handle, &status) == -1) {
		fprintf(stderr, PACKAGE_NAME ": cannot detach: %s\n", strerror(errno));
		return GENERATION_FAILED;
	}
	if (handle.parent)
		return status;
	return alone ? run_alone(config_path, &handle) : supervisor_run(&options);
}

int
command_succeed(const char *config_path)
{
	struct detach handle = DETACH_NONE;
	struct supervisor_options options = { .config_path = config_path ? config_path
									 : config_default_path(),
					      .succeeds = true,
					      .detach = &handle };

	return supervisor_run(&options);
}
