/* certificate - see certificate.h. */
#include "config/certificate.h"

#include <stdio.h>

#include "base/clock.h"
#include "config/inputs.h"
#include "config/loader.h"
#include "config/problems.h"

enum { DAY_S = 86400, SOON_DAYS = 14 };

/* At one line of a section. */
static void
tell(struct loader *l, enum problem_kind kind, const struct place *p, const char *key,
     struct origin at, const char *words)
{
	const struct said *s = place_find_said(p, key);
	struct problem_place place = { .at = at, .section = p->name, .key = slice_of(key) };

	while (s && s->at.line != at.line)
		s = s->next;
	if (s)
		place.line = s->line;
	problems_add(l->problems, kind, &place, SLICE_NONE, "%s", words);
}

static bool
try_key(struct loader *l, struct certificate *c, struct slice path)
{
	struct slice bytes;

	if (inputs_read(l->inputs, path.p, &bytes) || x509_fits(c->pem, bytes) != X509_KEY_FITS)
		return false;
	c->key_path = path;
	c->key_pem = bytes;
	return true;
}

static bool
find_key(struct loader *l, const struct key_list *keys, struct certificate *c)
{
	for (size_t i = 0; i < keys->count; i++)
		if (try_key(l, c, keys->items[i].text))
			return true;
	return try_key(l, c, c->path);
}

static bool
is_used(const struct certificate_list *list, struct slice key_path)
{
	for (size_t i = 0; i < list->count; i++)
		if (slice_equal(list->items[i].key_path, key_path))
			return true;
	return false;
}

void
certificate_find_keys(struct loader *l, struct place *p)
{
	struct certificate_list *list = &p->draft.certificates;
	const struct key_list *keys = &p->draft.certificate_keys;
	bool all = true;

	for (size_t i = 0; i < list->count; i++)
		if (!find_key(l, keys, &list->items[i])) {
			all = false;
			tell(l, PROBLEM_ERROR, p, "certificate", list->items[i].at,
			     keys->count > 0 ? "no certificate_key of this section belongs to this "
					       "certificate"
					     : "its key is missing: say certificate_key = FILE");
		}
	for (size_t i = 0; all && i < keys->count; i++)
		if (!is_used(list, keys->items[i].text))
			tell(l, list->count > 0 ? PROBLEM_WARNING : PROBLEM_ERROR, p,
			     "certificate_key", keys->items[i].at,
			     "no certificate of this section belongs to this key");
}

bool
certificate_describe(const struct certificate *c, int64_t now_s, char *out, size_t cap)
{
	int64_t left = c->facts.good_until_s - now_s;
	long long days = left >= 0 ? left / DAY_S : -left / DAY_S;
	time_t until = (time_t)c->facts.good_until_s, from = (time_t)c->facts.good_from_s;
	char day[16];
	struct tm tm;

	(void)strftime(day, sizeof day, "%Y-%m-%d", gmtime_r(from > now_s ? &from : &until, &tm));
	snprintf(out, cap, "%.*s (%.*s) %s %s", SLICE_FMT(c->path), SLICE_FMT(c->facts.kind),
		 from > now_s ? "is not good before"
		 : left >= 0  ? "is good until"
			      : "was good until",
		 day);
	if (from <= now_s) {
		size_t used = strlen(out);

		snprintf(out + used, cap - used, ", %s%lld day%s%s", left >= 0 ? "for " : "", days,
			 days == 1 ? "" : "s", left >= 0 ? " more" : " ago");
	}
	return from > now_s || left < (int64_t)SOON_DAYS * DAY_S;
}

void
certificate_warn(struct loader *l, const struct place *p)
{
	const struct certificate_list *list = &p->draft.certificates;
	int64_t now = clock_real().tv_sec;
	char words[5000];

	for (size_t i = 0; i < list->count; i++) {
		const struct certificate *c = &list->items[i];

		if (certificate_describe(c, now, words, sizeof words))
			tell(l, PROBLEM_WARNING, p, "certificate", c->at, words);
		if (!inputs_is_public(l->inputs, c->key_path))
			continue;
		snprintf(words, sizeof words,
			 "the key %.*s can be read by everybody: say chmod o-r",
			 SLICE_FMT(c->key_path));
		tell(l, PROBLEM_WARNING, p,
		     slice_equal(c->key_path, c->path) ? "certificate" : "certificate_key", c->at,
		     words);
	}
}
