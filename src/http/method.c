/* method - see method.h. */
#include "config.h"

#include "http/method.h"

static const struct slice names[METHOD_COUNT] = {
#define METHOD(enumerator, name) [enumerator] = { name, sizeof name - 1 },
#include "http/method.def"
#undef METHOD
};

enum method
method_parse(struct slice name)
{
	for (enum method m = METHOD_UNKNOWN + 1; m < METHOD_COUNT; m++)
		if (slice_equal(name, names[m]))
			return m;
	return METHOD_UNKNOWN;
}

struct slice
method_name(enum method m)
{
	return names[m];
}

size_t
method_set_format(method_set set, char *out, size_t cap)
{
	size_t len = 0;

	for (enum method m = METHOD_UNKNOWN + 1; m < METHOD_COUNT; m++) {
		size_t comma = len > 0 ? 2 : 0;

		if (!(set & METHOD_BIT(m)))
			continue;
		if (comma + names[m].len > cap - len)
			break;
		memcpy(out + len, ", ", comma);
		memcpy(out + len + comma, names[m].p, names[m].len);
		len += comma + names[m].len;
	}
	return len;
}
