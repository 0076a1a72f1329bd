/* coding - see coding.h. */
#include "config.h"

#include "http/coding.h"

#include "http/byte.h"

enum { Q_MAX = 1000 };

static const struct {
	struct slice token;
	struct slice suffix;
} codings[CODING_COUNT] = {
	[CODING_IDENTITY] = { SLICE("identity"), SLICE("") },
	[CODING_GZIP] = { SLICE("gzip"), SLICE("-gz") },
	[CODING_BR] = { SLICE("br"), SLICE("-br") },
	[CODING_ZSTD] = { SLICE("zstd"), SLICE("-zst") },
};

struct slice
coding_token(enum coding c)
{
	return codings[c].token;
}

struct slice
coding_tag_suffix(enum coding c)
{
	return codings[c].suffix;
}

/* What an element names: a coding, ANY, or OTHER for one this server does not know. */
enum { ANY = CODING_COUNT, OTHER };

static unsigned
identify(struct slice token)
{
	if (slice_equal(token, SLICE("*")))
		return ANY;
	if (slice_equal_nocase(token, SLICE("x-gzip")))	/* RFC 9110 8.4.1.3 */
		return CODING_GZIP;
	for (unsigned i = 0; i < CODING_COUNT; i++)
		if (slice_equal_nocase(token, codings[i].token))
			return i;
	return OTHER;
}

/* "0.123" in thousandths; at most three digits behind the point, RFC 9110 12.4.2. */
static bool
parse_qvalue(struct slice s, unsigned *q)
{
	unsigned unit = Q_MAX;

	if (s.len == 0 || s.len > 5 || (s.len > 1 && s.p[1] != '.'))
		return false;
	*q = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (i == 1)
			continue;	/* the point */
		if (!byte_is(s.p[i], BYTE_DIGIT))
			return false;
		*q += (unsigned)(s.p[i] - '0') * unit;
		unit /= 10;
	}
	return *q <= Q_MAX;
}

bool
coding_parse_weight(struct slice s, unsigned *q)
{
	s = slice_trim(s);
	return slice_equal_nocase(slice_head(s, 2), SLICE("q=")) &&
	       parse_qvalue(slice_after(s, 2), q);
}

void
coding_preferences(struct coding_preferences *out, const struct request *r)
{
	unsigned q[OTHER + 1] = { 0 };
	bool named[OTHER + 1] = { false };
	struct slice list, element;
	size_t at = 0;

	while (request_field_next(r, FIELD_ACCEPT_ENCODING, &at, &list)) {
		while (slice_list_next(&list, &element)) {
			size_t n = slice_find(element, ';');
			unsigned which = identify(slice_trim(slice_head(element, n)));
			unsigned weight = Q_MAX;

			if (n < element.len && !coding_parse_weight(slice_after(element, n + 1), &weight))
				continue;
			q[which] = weight;
			named[which] = true;
		}
	}
	for (unsigned i = 0; i < CODING_COUNT; i++)
		out->q[i] = named[i] ? q[i] : q[ANY];
	if (!named[CODING_IDENTITY] && !named[ANY])
		out->q[CODING_IDENTITY] = 1;	/* acceptable, but not what they asked for */
}

/* Takes the coding when it is there and liked better than the best so far. */
static void
consider(enum coding c, const struct coding_preferences *p, unsigned available, enum coding *best,
	 unsigned *best_q)
{
	if ((available & 1u << c) && p->q[c] > *best_q) {
		*best = c;
		*best_q = p->q[c];
	}
}

enum coding
coding_choose_in(const struct coding_order *order, const struct coding_preferences *p,
		 unsigned available)
{
	static const enum coding usual[] = { CODING_ZSTD, CODING_BR, CODING_GZIP, CODING_IDENTITY };
	enum coding best = CODING_IDENTITY;
	unsigned best_q = 0;

	available |= 1u << CODING_IDENTITY;
	for (size_t i = 0; order && i < order->count; i++)
		consider(order->coding[i], p, available, &best, &best_q);
	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
		consider(usual[i], p, available, &best, &best_q);
	return best;
}

enum coding
coding_choose(const struct coding_preferences *p, unsigned available)
{
	return coding_choose_in(NULL, p, available);
}
