/*
 * static_file - see static_file.h.
 *
 * A file is looked for once, and what was found is believed for cache_valid: which file it is,
 * which compressed ones stand beside it, and the documents made of them.  Then the file system is
 * asked again; if the answer is the same, everything made of it stays.  What was young when it was
 * looked at is made again each time, as it could have changed without a sign.
 */
#include "config.h"

#include "content/static_file.h"

#include "content/clean_url.h"
#include "content/document.h"
#include "content/error_page.h"
#include "content/gzip_body.h"
#include "content/listing.h"
#include "content/lookup.h"
#include "content/partial.h"
#include "content/redirect.h"
#include "content/representation.h"
#include "content/store.h"
#include "content/variant.h"

#include <assert.h>

enum {
	ATTEMPTS = 3,	       /* at a file that is replaced while it is looked at */
	YOUNG_VALID_MS = 1000, /* however long others are believed */
};

/* Looking. */

static struct file_key
key_of(const struct route *r)
{
	return (struct file_key){ .site = r->site,
				  .prefix = r->match.prefix,
				  .glob = r->match.glob,
				  .rewritten = r->rewrite != NULL,
				  .path = r->lookup };
}

/* The root that the path is looked up beneath, as it is now; NULL when there is none. */
static const struct docroot *
root_of(struct exchange *x)
{
	const struct set_root *root = x->route.scope->now.root;

	return root && root->path.len > 0 ? store_docroot(x->store, root->index, x->now_ms) : NULL;
}

static bool
is_fresh(const struct file_entry *e, const struct exchange *x, const struct docroot *root)
{
	uint64_t valid_ms = x->config->server.cache_valid_ms;

	if (e->young && valid_ms > YOUNG_VALID_MS)
		valid_ms = YOUNG_VALID_MS;
	return !x->renew && x->now_ms - e->checked_ms < (int64_t)valid_ms &&
	       root->device == e->root_device && root->inode == e->root_inode;
}

/* What was found, without the documents.  NULL when out of memory. */
static struct file_entry *
new_entry(struct exchange *x, const struct docroot *root, unsigned status, const char *reason,
	  const struct found *f)
{
	struct file_key key = key_of(&x->route);
	struct file_entry *e = file_entry_new(&key);
	struct representation rep;

	if (!e)
		return NULL;
	e->status = (unsigned short)status;
	e->reason = reason;
	e->checked_ms = x->now_ms;
	e->root_device = root->device;
	e->root_inode = root->inode;
	if (status != LOOKUP_FOUND)
		return e;
	e->path_bytes = strndup(f->path.len > 0 ? f->path.p : "", f->path.len);
	e->path = slice_from(e->path_bytes, f->path.len);
	if (!e->path.p) {
		file_entry_release(e);
		return NULL;
	}
	e->file[CODING_IDENTITY] = file_identity_of(&f->st);
	e->young = !representation_is_settled(&f->st, &x->now);
	representation_init(&rep, x, &f->st, lookup_name(f->path));
	variant_look(e, x, &rep);
	return e;
}

static bool
same_find(const struct file_entry *a, const struct file_entry *b)
{
	if (a->young || a->status != b->status || !slice_equal(a->path, b->path) ||
	    a->root_device != b->root_device || a->root_inode != b->root_inode)
		return false;
	for (int i = 0; i < CODING_COUNT; i++)
		if (!file_identity_equal(&a->file[i], &b->file[i]))
			return false;
	return true;
}

/* What is known of the path is now what `e` says; documents of the same files are kept. */
static struct file_entry *
keep(struct exchange *x, struct file_entry *e)
{
	struct file_cache *cache = store_file_cache(x->store);
	struct file_entry *known = file_cache_find(cache, &e->key);

	if (known && same_find(known, e)) {
		known->checked_ms = e->checked_ms;
		file_entry_release(e);
		return known;
	}
	file_cache_drop(cache, known);
	file_cache_keep(cache, e);
	return e;
}

/*
 * What the path leads to, as lookup_find_cached() says it.  With LOOKUP_FOUND *out is the entry,
 * and f may be open; with 404 *out may be NULL.
 */
static unsigned
look(struct exchange *x, struct file_entry **out, struct found *f, const char **reason)
{
	const struct docroot *root = root_of(x);
	struct file_key key = key_of(&x->route);
	struct file_entry *e = root ? file_cache_find(store_file_cache(x->store), &key) : NULL;
	unsigned status;
	bool known = e && is_fresh(e, x, root);

	*out = NULL;
	if (!x->find_tried && !x->beside_tried && !x->read_tried) /* or it was counted before */
		file_cache_count(store_file_cache(x->store), known);
	if (known) {
		file_entry_pin(e);
		*out = e;
		if (e->status != LOOKUP_FOUND)
			*reason = e->reason;
		return e->status;
	}
	status = lookup_find_cached(f, x, &x->route, reason);
	root = root_of(x);
	if (!root || (status != LOOKUP_FOUND && status != 404))
		return status;
	e = new_entry(x, root, status, *reason, f);
	if (x->job) { /* not all of it is known */
		file_entry_release(e);
		return LOOKUP_COLD;
	}
	if (e)
		file_entry_pin(*out = keep(x, e));
	else if (status == LOOKUP_FOUND)
		*reason = "out of memory";
	return status == LOOKUP_FOUND && !e ? 503 : status;
}

/* Answering. */

/* Compressed on the way; what comes out is kept.  False when the file is another one by now. */
static bool
send_compressed(struct exchange *x, struct document *d)
{
	struct found f = FOUND_NONE;
	struct body_stream *s;

	if (!document_open(&f, x, d))
		return false;
	s = gzip_body_new(store_gzip_pool(x->store), f.fd, &f.st, x->config->gzip.level, d);
	if (s) {
		document_begin_response(d, x, 200);
		x->response.body = body_of_stream(s);
	} else {
		found_close(&f);
		error_page_respond(x, 503, "out of memory");
	}
	return true;
}

static bool
send_whole(struct exchange *x, struct document *d)
{
	if (d->rep.made_on_the_fly && !d->content.p)
		return send_compressed(x, d);
	document_respond_whole(d, x);
	return true;
}

/* False when the file is another one by now. */
static bool
send_document(struct exchange *x, struct document *d)
{
	x->type_at = d->rep.type_at;
	switch (conditions_evaluate(&x->request, &d->rep.validators, x->now.tv_sec)) {
	case CONDITION_NOT_MODIFIED:
		document_begin_response(d, x, 304);
		return true;
	case CONDITION_FAILED:
		error_page_respond(x, 412, "a precondition of the request does not hold");
		return true;
	case CONDITION_SEND:
		break;
	}
	return partial_respond(x, d) || send_whole(x, d);
}

/* The entry gets a document in that coding.  NULL: there is an answer already, or x->job is needed.
 */
static struct document *
make_document(struct exchange *x, struct file_entry *e, enum coding coding, struct found *f)
{
	struct representation rep;
	struct document *d;

	representation_init(&rep, x, &f->st,
			    lookup_name(e->path)); /* the type is that of the file itself */
	rep.coding = coding;
	rep.negotiable = variant_negotiable(e);
	rep.made_on_the_fly = coding != CODING_IDENTITY && !e->file[coding].there;
	d = document_new(x, &rep, f);
	if (!d && !x->job)
		error_page_respond(x, 503, "out of memory");
	if (!d)
		return NULL;
	d->entry = e;
	d->file_size = (uint64_t)e->file[CODING_IDENTITY].size;
	d->cache = store_file_cache(x->store);
	e->document[coding] = d;
	file_cache_charge(d->cache, e, (ptrdiff_t)document_weight(d), d->fd != -1);
	return d;
}

/* Until the exchange is over, or answered with another. */
static void
hold(struct exchange *x, struct document *d)
{
	document_hold(d);
	document_release(x->document);
	x->document = d;
}

/* Is what f has open the version that the entry speaks of? */
static bool
is_version(const struct file_entry *e, enum coding coding, const struct found *f)
{
	struct file_identity id = file_identity_of(&f->st);

	return file_identity_equal(&id, &e->file[e->file[coding].there ? coding : CODING_IDENTITY]);
}

/*
 * f may have the file itself open.  False when it, or the one beside it, is another one by now:
 * then there is no answer yet.
 */
static bool
respond_with(struct exchange *x, struct file_entry *e, struct found *f)
{
	enum coding coding = variant_choose(e, x);
	struct document *d = e->document[coding];
	bool beside = e->beside & 1u << coding;

	if (!d) {
		if (f->fd == -1 || beside) {
			found_close(f);
			if (variant_open(f, x, e, coding) != 0)
				return false;
		}
		if (!is_version(e, coding, f))
			return false;
		d = make_document(x, e, coding, f);
	} else if (!document_prepare(d, x)) {
		return true;
	}
	if (!d)
		return true;
	hold(x, d);
	x->file = d->path;
	x->file_root = x->route.scope->now.root;
	x->file_size = d->file_size;
	return send_document(x, d);
}

/* The file, or a redirect to its better address. */
static bool
respond_with_found(struct exchange *x, struct file_entry *e, struct found *f)
{
	const struct set_switch *clean = x->route.scope->now.clean_urls;
	struct slice better = x->fallback ? SLICE_NONE : clean_url_find(x, e);

	if (!better.p)
		return respond_with(x, e, f);
	x->look.clean = clean;
	redirect_to(x, better, clean->at);
	return true;
}

/*
 * Answers with the file, when there is one: LOOKUP_FOUND; or x->job is needed.  Else what
 * lookup_find() says; f is open with LOOKUP_DIRECTORY.
 */
static unsigned
serve(struct exchange *x, struct found *f, const char **reason)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		struct file_entry *e;
		unsigned status = look(x, &e, f, reason);
		bool done;

		assert(e || status != LOOKUP_FOUND);
		done = status != LOOKUP_FOUND || respond_with_found(x, e, f);
		file_entry_release(e);
		if (status == LOOKUP_FOUND)
			found_close(f);
		if (done)
			return status;
		x->renew = true; /* it was replaced while this looked at it */
	}
	*reason = "the file is replaced again and again";
	return 503;
}

/* A page of another status than 200: the file as it is, without validators. */
static bool
send_page(struct exchange *x, const struct set_fallback *set)
{
	struct found f = FOUND_NONE;
	const char *reason;
	bool found = lookup_find(&f, x, &x->route, &reason) == LOOKUP_FOUND;

	if (found)
		error_page_send_file(x, set->status, x->route.scope, &f);
	found_close(&f);
	return found;
}

static bool
serve_page(struct exchange *x)
{
	struct found f = FOUND_NONE;
	const char *reason;
	bool found = serve(x, &f, &reason) == LOOKUP_FOUND;

	found_close(&f); /* a directory that could be listed */
	return found;
}

/*
 * The page for what is not there, looked up once in the same host: its own fallback does not count.
 * From here on it is the page that was asked for, all levels included.  False when there is none;
 * true as well when x->job is needed to tell.
 */
static bool
respond_with_fallback(struct exchange *x)
{
	const struct set_fallback *set = x->route.scope->now.fallback;
	struct route asked = x->route, page;
	struct look asked_look = x->look;

	if (!set || set->path.len == 0)
		return false;
	route_find_page(&page, &x->route, x->config, store_scope_cache(x->store), set->path,
			&x->arena);
	if (page.handler != HANDLER_STATIC)
		return false;
	x->fallback = set;
	x->look = (struct look){ 0 };
	x->route.match = page.match;
	x->route.scope = page.scope;
	x->route.lookup = page.lookup;
	if (set->status == 200 ? serve_page(x) : send_page(x, set))
		return true;
	x->fallback = NULL;
	x->look = asked_look;
	x->route = asked;
	return x->job != NULL; /* all of this again, then */
}

static void
refuse(struct exchange *x, unsigned status, const char *reason)
{
	x->route.reason_at = x->look.refused_at;
	error_page_respond(x, status, reason);
}

void
static_file_respond(struct exchange *x)
{
	struct found f = FOUND_NONE;
	const char *reason = "out of memory";
	unsigned status = serve(x, &f, &reason);

	/* The client has another path than the one that lacks a slash: nothing to send it to. */
	if (status == LOOKUP_WANTS_SLASH && x->route.rewrite) {
		x->route.lookup = arena_printf(&x->arena, "%.*s/", SLICE_FMT(x->route.lookup));
		status = x->route.lookup.p ? serve(x, &f, &reason) : 503;
	}
	if (status == LOOKUP_COLD) {
		found_close(&f);
		return;
	}
	if (status == LOOKUP_WANTS_SLASH)
		redirect_add_slash(x);
	else if (status == LOOKUP_DIRECTORY)
		listing_respond(x, &f);
	else if (status != LOOKUP_FOUND && (status != 404 || !respond_with_fallback(x)))
		refuse(x, status, reason);
	found_close(&f);
	x->renew = false;
}
