/* generation - see generation.h. */
#include "config.h"

#include "command/generation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "config/changes.h"
#include "config/inputs_image.h"
#include "config/problems.h"
#include "server/channel.h"
#include "server/detach.h"
#include "server/generation.h"

enum { EXIT_USAGE = 2 };

/* What is wrong goes to whoever started us. */
static void
tell_problems(struct channel *c, const struct problems *problems)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	bool whole = false;

	if (out) {
		problems_print(problems, out);
		whole = fclose(out) == 0;
	}
	channel_say(c, whole ? slice_from(text, len) : SLICE("out of memory\n"));
	free(text);
}

/* From the disk, or from what another generation had read there. */
static struct config *
load(struct channel *c, const char *path)
{
	struct problems *problems = problems_new();
	struct inputs *in = c->from_image ? inputs_image_read(c->image_fd) : inputs_new_disk();
	struct config *config = NULL;

	if (problems && in)
		config = config_load_from(in, path, c->from_image ? CONFIG_ANY_ROOT : 0, problems);
	else
		inputs_free(in);
	if (problems)
		tell_problems(c, problems);
	if (!problems || (!in && !c->from_image))
		channel_say(c, SLICE("out of memory\n"));
	else if (!in)
		channel_say(c, SLICE("what the last generation had read cannot be read again\n"));
	problems_free(problems);
	return config;
}

/* What is said otherwise than by the generation that serves; allocated, or NULL. */
static char *
find_changes(struct channel *c, const char *path, const struct config *config)
{
	struct inputs *in =
		c->image_fd != -1 && !c->from_image ? inputs_image_read(c->image_fd) : NULL;
	struct problems *problems = problems_new();
	struct config *before = NULL;
	char *text = NULL;
	size_t len;
	FILE *out;

	if (in && problems)
		before = config_load_from(in, path, CONFIG_ANY_ROOT, problems);
	else
		inputs_free(in);
	problems_free(problems);
	out = before ? open_memstream(&text, &len) : NULL;
	if (out) {
		if (config_changes(before, config, out) == 0)
			fputs("nothing has changed\n", out);
		(void)fclose(out);
	}
	config_free(before);
	return text;
}

static void
ready(void *arg, const char *addresses)
{
	(void)addresses;
	detach_ready(arg);
}

static int
serve(struct channel *c, const char *path, const struct config *config)
{
	struct detach streams = DETACH_NONE;
	struct generation_options options = {
		.ready = ready, .arg = &streams, .channel = c, .image_fd = -1
	};
	char *changes = find_changes(c, path, config);
	int status = GENERATION_FAILED;

	if (c->image_fd != -1)
		close(c->image_fd);
	c->image_fd = -1;
	if (c->detach)
		detach_open(&streams);
	options.changes = changes;
	if (!c->from_image)
		options.image_fd = inputs_image_make(config_inputs(config));
	if (options.image_fd == -1 && !c->from_image)
		error_log(LOG_LEVEL_ERROR, "the configuration cannot be kept: %s", strerror(errno));
	else
		status = (int)generation_run(config, &options);
	free(changes);
	return status;
}

int
command_generation(const char *config_path)
{
	struct channel c;
	const char *words = channel_open(&c, CHANNEL_NUMBER);
	struct config *config;
	int status = GENERATION_FAILED;

	if (words) {
		fprintf(stderr, PACKAGE_NAME ": generation: %s\n", words);
		return EXIT_USAGE;
	}
	hash_seed();
	channel_divert_log(&c);
	config = load(&c, config_path);
	if (config)
		status = serve(&c, config_path, config);
	config_free(config);
	channel_close(&c);
	return status;
}
