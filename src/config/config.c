/* config - see config.h. */
#include "config/config.h"

#include <stdlib.h>

#include "config/inputs.h"
#include "config/loader.h"
#include "config/problems.h"

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

static const char default_path[] = SYSCONFDIR "/tinyhttpd.ini";

static struct config *
new_config(struct inputs *in)
{
	struct config *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	arena_init(&c->arena, 65536);
	table_init(&c->types, true);
	c->index = arena_alloc(&c->arena, sizeof *c->index);
	if (!c->index) {
		config_free(c);
		return NULL;
	}
	c->index->inputs = in;
	table_init(&c->index->names, true);
	table_init(&c->index->suffixes, true);
	return c;
}

/* What dump shows: the sections as they were said. */
static void
keep_places(struct config *c, const struct loader *l)
{
	memcpy(c->index->single, l->single, sizeof l->single);
	c->index->hosts = l->hosts.first;
	c->index->locations = l->locations.first;
}

struct config *
config_load_from(struct inputs *in, const char *path, unsigned flags, struct problems *problems)
{
	size_t errors = problems_count(problems, PROBLEM_ERROR);
	struct config *c = in ? new_config(in) : NULL;
	struct loader l = { .config = c, .inputs = in, .problems = problems, .flags = flags };

	if (!c) {
		inputs_free(in);
		problems_add(problems, PROBLEM_ERROR, &(struct problem_place){ 0 }, SLICE_NONE,
			     "out of memory");
		return NULL;
	}
	l.arena = &c->arena;
	loader_run(&l, path ? path : default_path);
	if (problems_count(problems, PROBLEM_ERROR) > errors) {
		config_free(c);
		return NULL;
	}
	keep_places(c, &l);
	return c;
}

struct config *
config_load(const char *path, struct problems *problems)
{
	return config_load_from(inputs_new_disk(), path, 0, problems);
}

struct config *
config_load_text(const char *name, struct slice text, struct problems *problems)
{
	struct inputs *in = inputs_new_memory();

	if (in && !inputs_put(in, slice_of(name), text)) {
		inputs_free(in);
		in = NULL;
	}
	return config_load_from(in, name, 0, problems);
}

void
config_free(struct config *c)
{
	if (!c)
		return;
	table_fini(&c->types);
	if (c->index) {
		table_fini(&c->index->names);
		table_fini(&c->index->suffixes);
		inputs_free(c->index->inputs);
	}
	arena_fini(&c->arena);
	free(c);
}

const char *
config_default_path(void)
{
	return default_path;
}

const struct inputs *
config_inputs(const struct config *c)
{
	return c->index->inputs;
}
