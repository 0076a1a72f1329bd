/*
 * listing - see listing.h.
 *
 * A stream in which no fill does more than a bounded number of steps, a step being one name that
 * is looked at or one piece that is written.  First the entries are gathered, up to what
 * folder_order keeps, since neither their order nor their number is known earlier; a fill that
 * only gathers gives no byte.  Then they are written, and when there are more than could be kept,
 * the others behind them as the directory gives them: so a folder of any size is listed, in
 * memory that is bounded.
 */
#include "config.h"

#include "content/listing.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "content/cache_control.h"
#include "content/error_page.h"
#include "content/listing_page.h"
#include "content/store.h"
#include "http/accept.h"

enum { STEPS_PER_FILL = 128 };

enum phase { GATHERING, KEPT_ROWS, HELD_ROW, FURTHER_ROWS, BEHIND, ENDED };

struct listing_body {
	struct body_stream stream; /* first */
	struct listing listing;
	const struct listing_format *format;
	struct folder folder;
	struct folder_order *order;
	struct folder_entry held; /* the one there was no room for */
	enum phase phase;
	char *bytes;	      /* what `begin` writes, from malloc */
	struct slice pending; /* written, and not yet taken */
	char piece[LISTING_PIECE];
};

static bool
write_begin(struct listing_body *b)
{
	struct text t = { .cap = b->format->room(&b->listing) };

	b->bytes = t.p = malloc(t.cap);
	if (!t.p)
		return false;
	b->format->begin(&b->listing, &t);
	b->pending = slice_from(t.p, t.len);
	b->phase = KEPT_ROWS;
	return !t.full;
}

static void
count(struct listing *l, const struct folder_entry *e)
{
	if (e->directory)
		l->folders++;
	else
		l->files++;
	l->bytes += e->size;
}

/* Each of these is a step; false when the body cannot go on. */

static bool
gather(struct listing_body *b)
{
	struct folder_entry e;

	switch (folder_read(&b->folder, &e)) {
	case FOLDER_ENTRY:
		if (folder_order_add(b->order, &e)) {
			count(&b->listing, &e);
			return true;
		}
		b->held = e;
		return write_begin(b);
	case FOLDER_PASSED:
		return true;
	case FOLDER_END:
		b->listing.whole = true;
		return write_begin(b);
	case FOLDER_BROKEN:
		break;
	}
	return false;
}

static bool
write_row(struct listing_body *b, const struct folder_entry *e)
{
	struct text t = { .p = b->piece, .cap = sizeof b->piece };

	b->format->row(&b->listing, e, &t);
	b->listing.rows++;
	b->pending = slice_from(t.p, t.len);
	return !t.full;
}

static bool
write_kept(struct listing_body *b)
{
	struct folder_entry e;

	if (folder_order_take(b->order, &e))
		return write_row(b, &e);
	folder_order_free(b->order); /* the memory is another's from now on */
	b->order = NULL;
	b->phase = b->listing.whole ? BEHIND : HELD_ROW;
	return true;
}

static bool
write_further(struct listing_body *b)
{
	struct folder_entry e;

	switch (folder_read(&b->folder, &e)) {
	case FOLDER_ENTRY:
		return write_row(b, &e);
	case FOLDER_PASSED:
		return true;
	case FOLDER_END:
		b->phase = BEHIND;
		return true;
	case FOLDER_BROKEN:
		break;
	}
	return false;
}

static bool
write_behind(struct listing_body *b)
{
	struct text t = { .p = b->piece, .cap = sizeof b->piece };

	if (!b->format->behind(&b->listing, &t))
		b->phase = ENDED;
	b->pending = slice_from(t.p, t.len);
	return !t.full;
}

static bool
take_step(struct listing_body *b)
{
	switch (b->phase) {
	case GATHERING:
		return gather(b);
	case KEPT_ROWS:
		return write_kept(b);
	case HELD_ROW:
		b->phase = FURTHER_ROWS;
		return write_row(b, &b->held);
	case FURTHER_ROWS:
		return write_further(b);
	case BEHIND:
		return write_behind(b);
	case ENDED:
		break;
	}
	return true;
}

static enum body_fill
fill(struct body_stream *stream, char *out, size_t cap, size_t *len)
{
	struct listing_body *b = (struct listing_body *)stream;

	*len = 0;
	for (int step = 0; *len < cap; step++) {
		struct slice some = slice_head(b->pending, cap - *len);

		if (some.len > 0)
			memcpy(out + *len, some.p, some.len);
		*len += some.len;
		b->pending = slice_after(b->pending, some.len);
		if (b->pending.len > 0 || step == STEPS_PER_FILL)
			return BODY_FILLED;
		if (b->phase == ENDED)
			return BODY_END;
		if (!take_step(b))
			return BODY_BROKEN;
	}
	return BODY_FILLED;
}

static void
close_stream(struct body_stream *stream)
{
	struct listing_body *b = (struct listing_body *)stream;

	folder_order_free(b->order);
	folder_close(&b->folder);
	free(b->bytes);
	free(b);
}

static struct slice
query_value(struct slice query, struct slice name)
{
	struct slice value;

	uri_query_value(query, name, &value);
	return value;
}

static struct folder_sort
find_sort(struct slice query)
{
	struct folder_sort sort = { .key = FOLDER_BY_NAME };
	struct slice key = query_value(query, SLICE("sort"));

	for (unsigned i = 0; i < sizeof listing_keys / sizeof *listing_keys; i++)
		if (slice_equal(key, slice_of(listing_keys[i])))
			sort.key = (enum folder_key)i;
	sort.descending = slice_equal(query_value(query, SLICE("order")), SLICE("desc"));
	return sort;
}

/* What ?format= says, else what the client likes best; who likes all the same is a person. */
static const struct listing_format *
find_format(const struct exchange *x, bool *negotiated)
{
	static const struct listing_format *const formats[] = { &listing_html, &listing_json,
								&listing_text };
	struct slice asked = query_value(x->route.target.query, SLICE("format"));
	const struct listing_format *best = formats[0];
	unsigned best_q = 0;

	*negotiated = false;
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (slice_equal(asked, slice_of(formats[i]->name)))
			return formats[i];
	*negotiated = true;
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		struct slice type = formats[i]->type;
		unsigned q = accept_quality(&x->request, slice_head(type, slice_find(type, ';')));

		if (q > best_q) {
			best = formats[i];
			best_q = q;
		}
	}
	return best;
}

/* The file of that name in the folder, when there is one: its first bytes. */
static bool
read_extra(struct listing_extra *out, struct exchange *x, struct slice folder, const char *name)
{
	struct slice path = arena_printf(&x->arena, "%.*s%s", SLICE_FMT(folder), name);
	struct found f = FOUND_NONE;
	char *bytes;
	ssize_t n = -1;

	if (!path.p || lookup_open(&f, x, &x->route, path) != 0)
		return false;
	bytes = S_ISREG(f.st.st_mode) ? arena_bytes(&x->arena, LISTING_EXTRA) : NULL;
	if (bytes)
		n = pread(f.fd, bytes, LISTING_EXTRA, 0);
	found_close(&f);
	if (n <= 0)
		return false;
	*out = (struct listing_extra){ .name = name,
				       .text = slice_from(bytes, (size_t)n),
				       .cut = f.st.st_size > LISTING_EXTRA };
	return true;
}

/* Do the same sections of the configuration hold for that name as for the folder? */
static bool
is_governed_alike(struct exchange *x, const char *name)
{
	struct slice path = arena_printf(&x->arena, "%.*s%s", SLICE_FMT(x->route.path), name);
	struct location_match match = { 0 };

	if (!path.p)
		return false;
	config_find_locations(x->config, x->route.site, path, &match);
	return match.prefix == x->route.match.prefix && match.glob == x->route.match.glob;
}

static void
read_extras(struct listing *l, struct exchange *x, struct slice folder)
{
	static const char *const names[] = { "README", "README.md", "README.txt" };

	/* half a header would be half an element: all of it or nothing */
	if (read_extra(&l->header, x, folder, ".header.html") && l->header.cut)
		l->header = (struct listing_extra){ 0 };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (is_governed_alike(x, names[i]) && read_extra(&l->readme, x, folder, names[i]))
			break;
}

/* Takes the descriptor on success. */
static struct listing_body *
make_body(struct exchange *x, struct found *f, const struct listing_format *format)
{
	const struct scope *scope = x->route.scope;
	struct slice query = x->route.target.query;
	struct listing_body *b = calloc(1, sizeof *b);

	if (!b)
		return NULL;
	b->order = folder_order_new(store_folder_budget(x->store), find_sort(query));
	if (!b->order) {
		free(b);
		return NULL;
	}
	b->stream = (struct body_stream){ .fill = fill, .close = close_stream };
	b->format = format;
	b->listing.host = x->route.host.name;
	b->listing.path = x->route.path;
	b->listing.sort = find_sort(query);
	b->folder.fd = f->fd;
	b->folder.root = store_docroot(x->store, scope->now.root->index, x->now_ms);
	b->folder.path = f->path.p;
	b->folder.links = b->folder.root ? lookup_links(scope) : DOCROOT_LINKS_NONE;
	b->folder.hidden = scope->now.hidden->on;
	if (format->has_extras)
		read_extras(&b->listing, x, f->path);
	*f = FOUND_NONE;
	return b;
}

/* There is nothing to compare: what a folder holds changes without a trace in its mtime. */
static void
add_cache_control(struct exchange *x, struct slice type)
{
	const struct set_cache_control *set = x->route.scope->now.cache_control;
	struct slice said = cache_control_find(set, SLICE_NONE, type);

	response_add(&x->response, &x->arena, SLICE("Cache-Control"),
		     said.p ? said : SLICE("no-cache"), said.p ? set->at : ORIGIN_BUILTIN);
}

static void
add_fields(struct exchange *x, struct slice type, bool negotiated)
{
	struct response *r = &x->response;

	response_add(r, &x->arena, SLICE("Content-Type"), type, ORIGIN_BUILTIN);
	response_add(r, &x->arena, SLICE("X-Content-Type-Options"), SLICE("nosniff"),
		     ORIGIN_BUILTIN);
	add_cache_control(x, type);
	response_add(r, &x->arena, SLICE("Content-Security-Policy"),
		     SLICE("default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
			   "base-uri 'none'; form-action 'none'"),
		     ORIGIN_BUILTIN);
	if (negotiated) /* RFC 9110 12.5.5 */
		response_add(r, &x->arena, SLICE("Vary"), SLICE("Accept"), ORIGIN_BUILTIN);
}

void
listing_respond(struct exchange *x, struct found *f)
{
	bool negotiated;
	const struct listing_format *format = find_format(x, &negotiated);
	struct listing_body *b = make_body(x, f, format);

	if (!b) {
		error_page_respond(x, 503, "out of memory");
		return;
	}
	response_init(&x->response, 200);
	add_fields(x, format->type, negotiated);
	x->response.body = body_of_stream(&b->stream);
	x->type_at = ORIGIN_BUILTIN;
}
