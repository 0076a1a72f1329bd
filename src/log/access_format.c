/* access_format - see access_format.h. */
#include "config.h"

#include "log/access_format.h"

struct directive {
	enum access_kind kind;
	char letter;
	bool named;
};

static const struct directive directives[] = {
#define ACCESS_ITEM(enumerator, letter, named) { enumerator, letter, named },
#include "log/access_item.def"
#undef ACCESS_ITEM
};

#define COMBINED "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\""
#define READY_MADE(name, text)                                                                     \
	{                                                                                          \
		{ name, sizeof name - 1 },                                                         \
		{                                                                                  \
			text, sizeof text - 1                                                      \
		}                                                                                  \
	}

static const struct {
	struct slice name, text;
} ready_made[] = {
	READY_MADE("combined", COMBINED),
	READY_MADE("vhost", "%v:%p " COMBINED),
};

struct slice
access_format_named(struct slice name)
{
	for (size_t i = 0; i < sizeof ready_made / sizeof *ready_made; i++)
		if (slice_equal(name, ready_made[i].name))
			return ready_made[i].text;
	return SLICE_NONE;
}

static const struct slice tls_facts[] = {
#define TLS_FACT(enumerator, name) [enumerator] = { name, sizeof name - 1 },
#include "log/tls_fact.def"
#undef TLS_FACT
};

/* Its number, or TLS_FACT_COUNT. */
static enum tls_fact
find_fact(struct slice name)
{
	int i = 0;

	while (i < TLS_FACT_COUNT && !slice_equal(tls_facts[i], name))
		i++;
	return (enum tls_fact)i;
}

static const struct directive *
find_directive(char letter, bool named)
{
	const struct directive *found = NULL; /* with that letter at least */

	for (size_t i = 0; i < sizeof directives / sizeof *directives; i++) {
		if (directives[i].letter != letter)
			continue;
		found = &directives[i];
		if (found->named == named)
			break;
	}
	return found;
}

/* Reads what follows a '%'; *at moves behind it. */
static const char *
parse_directive(struct access_item *item, struct slice text, size_t *at)
{
	const struct directive *d;
	struct slice name = SLICE_NONE;

	if (*at < text.len && text.p[*at] == '%') {
		*item = (struct access_item){ .kind = ACCESS_TEXT,
					      .text = slice_from(text.p + (*at)++, 1) };
		return NULL;
	}
	if (*at < text.len && text.p[*at] == '>')
		++*at;
	if (*at < text.len && text.p[*at] == '{') {
		struct slice rest = slice_after(text, *at + 1);
		size_t n = slice_find(rest, '}');

		if (n == rest.len)
			return "a '{' in a log format needs its '}'";
		name = slice_head(rest, n);
		*at += n + 2;
	}
	d = *at < text.len ? find_directive(text.p[*at], name.len > 0) : NULL;
	if (!d)
		return "unknown directive in a log format; tinyhttpd.ini(5) lists them, and %% is a "
		       "percent sign";
	if (d->named != (name.len > 0))
		return d->named
			       ? "this log format directive needs a field name, as in %{Referer}i"
			       : "only %{Name}i, %{Name}o, %{Name}x and %{c}a take a name in braces";
	if (d->kind == ACCESS_PEER && !slice_equal(name, SLICE("c")))
		return "%a is the address of the client, and %{c}a that of the connection";
	*item = (struct access_item){ .kind = d->kind, .text = name };
	if (d->kind == ACCESS_TLS)
		item->fact = find_fact(name);
	if (item->fact == TLS_FACT_COUNT)
		return "%{Name}x shows something of TLS, like SSL_PROTOCOL; tinyhttpd.ini(5) lists "
		       "the names";
	++*at;
	return NULL;
}

const char *
access_format_parse(struct access_format *out, struct slice text, struct arena *arena)
{
	struct slice source = arena_copy(arena, text);
	struct access_item *items = arena_alloc(arena, (text.len + 1) * sizeof *items);
	size_t count = 0, at = 0;

	if (!source.p || !items)
		return "out of memory";
	while (at < source.len) {
		size_t n = slice_find(slice_after(source, at), '%');
		const char *words;

		if (n > 0) {
			items[count++] =
				(struct access_item){ .kind = ACCESS_TEXT,
						      .text = slice_from(source.p + at, n) };
			at += n;
			continue;
		}
		at++;
		words = parse_directive(&items[count++], source, &at);
		if (words)
			return words;
	}
	*out = (struct access_format){ .source = source, .items = items, .count = count };
	return NULL;
}
