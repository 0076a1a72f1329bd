/* hidden - see hidden.h. */
#include "config.h"

#include "content/hidden.h"

/* Ends of names that editors give to back-ups and swap files. */
static const struct slice left_behind[] = {
	{ "~", 1 },
	{ ".bak", 4 },
	{ ".swp", 4 },
	{ ".swo", 4 },
};

bool
hidden_name(struct slice name)
{
	if (name.len == 0)
		return false;
	if (name.p[0] == '.')
		return !slice_equal(name, SLICE(".well-known"));
	if (name.len > 1 && name.p[0] == '#' && name.p[name.len - 1] == '#')
		return true;
	for (size_t i = 0; i < sizeof left_behind / sizeof *left_behind; i++)
		if (slice_ends(name, left_behind[i]))
			return true;
	return false;
}

bool
hidden_path(struct slice path)
{
	while (path.len > 0) {
		size_t n = slice_find(path, '/');

		if (hidden_name(slice_head(path, n)))
			return true;
		path = slice_after(path, n + 1);
	}
	return false;
}
