/* changes - see changes.h. */
#include "config.h"

#include "config/changes.h"

#include "config/inputs.h"
#include "config/loader.h"

/* Do two sections say the same of one directive? */
static bool
say_same(const struct record *a, const struct record *b)
{
	const struct said *s = a ? a->first : NULL, *t = b ? b->first : NULL;

	while (s && t && slice_equal(s->key, t->key) && slice_equal(s->shown, t->shown)) {
		s = s->next;
		t = t->next;
	}
	return !s && !t;
}

/* The keys that are not the same; returns whether there are any. */
static bool
print_keys(const struct place *a, const struct place *b, FILE *out)
{
	bool any = false;

	for (size_t i = 0; i < directive_count; i++) {
		if (say_same(a->records[i], b->records[i]))
			continue;
		if (!any)
			fprintf(out, "%.*s: changed:", SLICE_FMT(b->name));
		fprintf(out, " %s", directives[i].name);
		any = true;
	}
	if (any)
		fputc('\n', out);
	return any;
}

static const struct place *
find(const struct place *list, struct slice name)
{
	while (list && !slice_equal(list->name, name))
		list = list->next;
	return list;
}

static unsigned
compare_lists(const struct place *before, const struct place *after, FILE *out)
{
	unsigned count = 0;

	for (const struct place *p = after; p; p = p->next) {
		const struct place *old = find(before, p->name);

		if (!old)
			fprintf(out, "%.*s: added\n", SLICE_FMT(p->name));
		count += !old || print_keys(old, p, out);
	}
	for (const struct place *p = before; p; p = p->next)
		if (!find(after, p->name)) {
			fprintf(out, "%.*s: removed\n", SLICE_FMT(p->name));
			count++;
		}
	return count;
}

static bool
find_input(const struct inputs *in, struct slice wanted, struct slice *bytes)
{
	struct slice path;

	for (size_t i = 0; inputs_get(in, i, &path, bytes); i++)
		if (slice_equal(path, wanted))
			return true;
	return false;
}

static unsigned
compare_files(const struct inputs *before, const struct inputs *after, FILE *out)
{
	struct slice path, bytes, old;
	unsigned count = 0;

	for (size_t i = 0; inputs_get(after, i, &path, &bytes); i++)
		if (find_input(before, path, &old) && !slice_equal(old, bytes)) {
			fprintf(out, "file %.*s: changed\n", SLICE_FMT(path));
			count++;
		}
	return count;
}

unsigned
config_changes(const struct config *before, const struct config *after, FILE *out)
{
	const struct config_index *a = before->index, *b = after->index;
	unsigned count = 0;

	for (int i = SECTION_SERVER; i < SECTION_HOST; i++)
		count += print_keys(a->single[i], b->single[i], out);
	count += compare_lists(a->hosts, b->hosts, out);
	count += compare_lists(a->locations, b->locations, out);
	return count + compare_files(a->inputs, b->inputs, out);
}
