/* run - see run.h. */
#include "config.h"

#include "command/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "config/problems.h"
#include "server/detach.h"
#include "server/generation.h"

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

int
command_run(const char *config_path, bool detach)
{
	struct detach handle = DETACH_NONE;
	struct generation_options options = { .ready = ready, .arg = &handle };
	struct config *config;
	int status;

	hash_seed();
	config = load(config_path);
	if (!config)
		return GENERATION_FAILED;
	if (detach && detach_fork(&handle, &status) == -1) {
		fprintf(stderr, PACKAGE_NAME ": cannot detach: %s\n", strerror(errno));
		status = GENERATION_FAILED;
	} else if (!handle.parent) {
		status = (int)generation_run(config, &options);
	}
	config_free(config);
	return status;
}
