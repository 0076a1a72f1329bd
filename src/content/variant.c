/* variant - see variant.h. */
#include "config.h"

#include "content/variant.h"

#include "content/document.h"
#include "content/gzip_body.h"
#include "content/store.h"

static const char *const suffixes[CODING_COUNT] = {
	[CODING_IDENTITY] = "",
	[CODING_GZIP] = ".gz",
	[CODING_BR] = ".br",
	[CODING_ZSTD] = ".zst",
};

static bool
is_older(const struct stat *a, const struct timespec *mtime)
{
	if (a->st_mtim.tv_sec != mtime->tv_sec)
		return a->st_mtim.tv_sec < mtime->tv_sec;
	return a->st_mtim.tv_nsec < mtime->tv_nsec;
}

/* Is the file whose bytes these are the one itself, which it is in identity and in gzip on the way?
 */
static bool
is_itself(const struct file_entry *e, enum coding coding)
{
	return coding == CODING_IDENTITY || !e->file[coding].there;
}

unsigned
variant_open(struct found *out, struct exchange *x, const struct file_entry *e, enum coding coding)
{
	struct slice path = e->path;

	if (!is_itself(e, coding))
		path = arena_printf(&x->arena, "%.*s%s", SLICE_FMT(e->path), suffixes[coding]);
	return path.p ? lookup_open(out, x, &x->route, path) : 503;
}

static unsigned
open_beside(struct found *f, struct exchange *x, struct slice path)
{
	return x->beside_tried ? lookup_open(f, x, &x->route, path)
			       : lookup_open_cached(f, x, &x->route, path);
}

/* The compressed file, when there is one that may stand for the other. */
static void
look_beside(struct file_entry *e, struct exchange *x, enum coding coding)
{
	struct found f = FOUND_NONE;
	struct slice path = arena_printf(&x->arena, "%.*s%s", SLICE_FMT(e->path), suffixes[coding]);

	if (!path.p || open_beside(&f, x, path) != 0 || !S_ISREG(f.st.st_mode))
		goto out;
	if (is_older(&f.st, &e->file[CODING_IDENTITY].mtime)) {
		store_note_stale(x->store, x->route.scope->now.root, path);
		goto out;
	}
	e->file[coding] = file_identity_of(&f.st);
	e->beside |= (unsigned char)(1u << coding);
	e->young |= !representation_is_settled(&f.st, &x->now);
out:
	found_close(&f);
}

void
variant_look(struct file_entry *e, struct exchange *x, const struct representation *rep)
{
	const struct coding_order *order = &x->config->gzip.precompressed;

	e->on_the_fly = representation_is_worth_gzip(rep, x);
	for (size_t i = 0; rep->codable && i < order->count; i++)
		look_beside(e, x, order->coding[i]);
	x->beside_tried |= x->job != NULL; /* which opens all of them that are cold */
}

/* A bit for each coding but identity that it can be had in. */
static unsigned
available(const struct file_entry *e)
{
	return e->beside | (e->on_the_fly ? 1u << CODING_GZIP : 0);
}

bool
variant_negotiable(const struct file_entry *e)
{
	return available(e) != 0;
}

/* Would it have to be compressed while too many others are? */
static bool
is_too_much(const struct file_entry *e, const struct exchange *x)
{
	const struct document *d = e->document[CODING_GZIP];

	return e->on_the_fly && !(e->beside & 1u << CODING_GZIP) && !(d && d->content.p) &&
	       gzip_pool_is_full(store_gzip_pool(x->store));
}

enum coding
variant_choose(const struct file_entry *e, const struct exchange *x)
{
	struct coding_preferences likes;
	unsigned set = available(e);

	if (is_too_much(e, x))
		set &= ~(1u << CODING_GZIP);
	if (set == 0 || x->request.first[FIELD_ACCEPT_ENCODING] == 0)
		return CODING_IDENTITY;
	coding_preferences(&likes, &x->request);
	return coding_choose_in(&x->config->gzip.precompressed, &likes, set);
}
