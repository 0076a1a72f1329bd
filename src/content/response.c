/* response - see response.h. */
#include "config.h"

#include "content/response.h"

enum { FIRST_ROOM = 16 };

void
response_init(struct response *r, unsigned status)
{
	*r = (struct response){ .status = status };
}

void
response_fini(struct response *r)
{
	body_close(&r->body);
}

static bool
make_room(struct response *r, struct arena *arena)
{
	size_t room = r->room ? r->room * 2 : FIRST_ROOM;
	struct response_field *fields = arena_alloc(arena, room * sizeof *fields);

	if (!fields)
		return false;
	if (r->count > 0)
		memcpy(fields, r->fields, r->count * sizeof *fields);
	r->fields = fields;
	r->room = room;
	return true;
}

void
response_add(struct response *r, struct arena *arena, struct slice name, struct slice value,
	     struct origin at)
{
	if (!value.p || (r->count == r->room && !make_room(r, arena))) {
		r->out_of_memory = true;
		return;
	}
	r->fields[r->count++] = (struct response_field){ name, value, at };
}

void
response_join(struct response *r, struct arena *arena, struct slice name, struct slice value,
	      struct origin at)
{
	for (size_t i = 0; i < r->count; i++) {
		struct response_field *f = &r->fields[i];

		if (!slice_equal_nocase(f->name, name))
			continue;
		f->value = arena_printf(arena, "%.*s, %.*s", SLICE_FMT(f->value), SLICE_FMT(value));
		f->at = at;
		r->out_of_memory |= !f->value.p;
		return;
	}
	response_add(r, arena, name, value, at);
}

void
response_remove(struct response *r, struct slice name)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->count; i++)
		if (!slice_equal_nocase(r->fields[i].name, name))
			r->fields[kept++] = r->fields[i];
	r->count = kept;
}

const struct response_field *
response_field_at(const struct response *r, size_t i)
{
	size_t shared = r->block ? r->block->count : 0;

	if (i < shared)
		return &r->block->fields[i];
	return i - shared < r->count ? &r->fields[i - shared] : NULL;
}

struct slice
response_field(const struct response *r, struct slice name)
{
	const struct response_field *f;

	for (size_t i = 0; (f = response_field_at(r, i)); i++)
		if (slice_equal_nocase(f->name, name))
			return f->value;
	return SLICE_NONE;
}
