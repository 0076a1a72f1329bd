/* lookup - see lookup.h. */
#include "config.h"

#include "content/lookup.h"

#include <errno.h>
#include <unistd.h>

#include "content/cold_file.h"
#include "content/errno_status.h"
#include "content/file_cache.h"
#include "content/hidden.h"
#include "content/store.h"

void
found_close(struct found *f)
{
	if (f->fd != -1)
		close(f->fd);
	f->fd = -1;
}

/* A look-up beneath one root, under one policy. */
struct lookup {
	struct exchange *x;
	struct docroot *root;
	const struct scope *scope;
	const char *reason; /* known before the status tells; or NULL */
	bool cached;	    /* what is cold is left to x->job */
};

/* Remembers why nothing will be found, and which line says so. */
static void
refuse(struct lookup *l, const char *reason, struct origin at)
{
	l->reason = reason;
	l->x->look.refused_at = at;
}

enum docroot_links
lookup_links(const struct scope *scope)
{
	static const enum docroot_links links[] = {
		[SYMLINKS_BENEATH] = DOCROOT_LINKS_BENEATH,
		[SYMLINKS_NONE] = DOCROOT_LINKS_NONE,
		[SYMLINKS_OWNER] = DOCROOT_LINKS_OWNER,
		[SYMLINKS_ALLOW] = DOCROOT_LINKS_ALLOW,
	};

	return links[scope->now.symlinks->policy];
}

/* As docroot_open() or docroot_open_cached(); when descriptors run out, files that are only kept
 * open give theirs back first. */
static int
open_beneath(const struct lookup *l, const char *path, bool cached)
{
	enum docroot_links links = lookup_links(l->scope);
	int fd;

	do
		fd = cached ? docroot_open_cached(l->root, path, links)
			    : docroot_open(l->root, path, links);
	while (fd == -1 && (errno == EMFILE || errno == ENFILE) &&
	       file_cache_give_descriptor(store_file_cache(l->x->store)));
	return fd;
}

/* Is a symbolic link on the way? */
static bool
is_linked(const struct lookup *l, struct slice path)
{
	int fd = docroot_open(l->root, path.p, DOCROOT_LINKS_NONE);

	if (fd != -1)
		close(fd);
	return fd == -1 && errno == ELOOP;
}

/* Why a path was not followed, where a link is the reason; also for the error log. */
static void
explain_link(struct lookup *l, struct slice path, int error)
{
	const struct set_symlinks *links = l->scope->now.symlinks;
	bool leaves = links->policy == SYMLINKS_OWNER || links->policy == SYMLINKS_ALLOW;

	if (error == EXDEV && links->policy == SYMLINKS_OWNER) {
		refuse(l, "a symbolic link to what its owner does not own", links->at);
		store_note_link(l->x->store, l->scope->now.root, path,
				"leads through a symbolic link to what its owner does not own");
	} else if (error == EXDEV) {
		l->reason = "a symbolic link that leads out of the root";
		store_note_link(l->x->store, l->scope->now.root, path,
				"leads out of it through a symbolic link");
	} else if (error == ELOOP && links->policy == SYMLINKS_NONE) {
		refuse(l, "symbolic links are not followed here", links->at);
	} else if (error == EACCES && leaves && is_linked(l, path)) {
		store_note_link(l->x->store, l->scope->now.root, path,
				"leads through a symbolic link to what the server may not read (by "
				"its permissions, or by sandbox_read)");
	}
}

/* 0, LOOKUP_COLD, or the status to answer.  path is relative and NUL-terminated. */
static unsigned
open_found(struct found *out, struct lookup *l, struct slice path)
{
	struct found f = { .fd = open_beneath(l, path.p, l->cached), .path = path };
	int error;

	if (f.fd == -1 && errno == EAGAIN && l->cached) {
		if (cold_file_open_later(l->x, l->root, path, lookup_links(l->scope)))
			return LOOKUP_COLD;
		f.fd = open_beneath(l, path.p, false);
	}
	error = errno;
	if (f.fd == -1) {
		explain_link(l, path, error);
		return status_of_errno(error);
	}
	if (fstat(f.fd, &f.st) == -1) {
		error = errno;
		found_close(&f);
		return status_of_errno(error);
	}
	*out = f;
	return 0;
}

/* The index of the directory `path`, which is empty or ends with a slash. */
static unsigned
open_index(struct found *out, struct lookup *l, struct slice path)
{
	const struct set_words *names = l->scope->now.index;

	for (size_t i = 0; i < names->count; i++) {
		struct slice at = arena_printf(&l->x->arena, "%.*s%.*s", SLICE_FMT(path),
					       SLICE_FMT(names->words[i]));
		struct found f = FOUND_NONE;
		unsigned status = at.p ? open_found(&f, l, at) : 503;

		if (status == 0 && S_ISREG(f.st.st_mode)) {
			*out = f;
			l->x->look.index = &names->words[i];
			return 0;
		}
		if (status == 0)
			found_close(&f);
		else if (status != 404)
			return status;
	}
	return 404;
}

/* No index: 403 when the directory is there and not to be listed, 404 when it is none. */
static unsigned
open_directory(struct found *out, struct lookup *l, struct slice path)
{
	struct found f = FOUND_NONE;
	unsigned status = open_found(&f, l, path);
	bool directory = status == 0 && S_ISDIR(f.st.st_mode);

	if (status != 0)
		return status;
	l->x->look.no_index = directory;
	if (directory && l->scope->now.listing->on) {
		*out = f;
		return LOOKUP_DIRECTORY;
	}
	found_close(&f);
	if (!directory)
		return 404;
	refuse(l, "a folder without an index, which is not listed", l->scope->now.listing->at);
	return 403;
}

/* `clean_urls`: the page that a path without its ending means. */
static unsigned
open_page(struct found *out, struct lookup *l, struct slice path)
{
	struct slice page = arena_printf(&l->x->arena, "%.*s.html", SLICE_FMT(path));
	unsigned status = page.p ? 0 : 503;

	if (status == 0 && !l->scope->now.hidden->on && hidden_path(page))
		return 404; /* .well-known.html */
	if (status == 0)
		status = open_found(out, l, page);
	if (status != 0)
		return status;
	if (S_ISREG(out->st.st_mode)) {
		l->x->look.clean = l->scope->now.clean_urls;
		return 0;
	}
	found_close(out);
	return 404;
}

static unsigned
find(struct found *out, struct lookup *l, struct slice lookup)
{
	struct slice path = slice_starts(lookup, SLICE("/")) ? slice_after(lookup, 1) : lookup;
	unsigned status;

	if (!l->scope->now.hidden->on && hidden_path(path)) {
		refuse(l, "a name that is not served: see hidden", l->scope->now.hidden->at);
		return 404;
	}
	if (slice_ends(lookup, SLICE("/"))) {
		status = open_index(out, l, path);
		return status == 404 ? open_directory(out, l, path) : status;
	}
	if (path.len == 0)
		return LOOKUP_WANTS_SLASH; /* the prefix of a location with `strip`, without its
					      slash */
	status = open_found(out, l, path);
	if (status == 404 && l->scope->now.clean_urls->on)
		return open_page(out, l, path);
	if (status != 0)
		return status;
	if (S_ISREG(out->st.st_mode))
		return 0;
	status = S_ISDIR(out->st.st_mode) ? LOOKUP_WANTS_SLASH : 404;
	found_close(out);
	return status;
}

static const char *
reason_of(unsigned status)
{
	switch (status) {
	case 403:
		return "the file may not be read";
	case 404:
		return "there is no such file beneath the root";
	case 503:
		return "descriptors or memory ran out";
	default:
		return "the file could not be read";
	}
}

static unsigned
find_in_root(struct found *out, struct exchange *x, const struct route *route, bool cached,
	     const char **reason)
{
	const struct set_root *root = route->scope->now.root;
	struct lookup l = { .x = x, .scope = route->scope, .cached = cached };
	unsigned status;

	if (!root || root->path.len == 0) {
		*reason = "no root is configured here";
		return 404;
	}
	l.root = store_docroot(x->store, root->index, x->now_ms);
	if (!l.root) {
		*reason = "the document root is missing";
		return 503;
	}
	status = find(out, &l, route->lookup);
	*reason = l.reason ? l.reason : reason_of(status);
	return status;
}

unsigned
lookup_find(struct found *out, struct exchange *x, const struct route *route, const char **reason)
{
	return find_in_root(out, x, route, false, reason);
}

unsigned
lookup_find_cached(struct found *out, struct exchange *x, const struct route *route,
		   const char **reason)
{
	unsigned status = find_in_root(out, x, route, !x->find_tried, reason);

	x->find_tried |= status == LOOKUP_COLD;
	return status;
}

static unsigned
open_in_root(struct found *out, struct exchange *x, const struct route *route, bool cached,
	     struct slice path)
{
	struct lookup l = { .x = x, .scope = route->scope, .cached = cached };

	l.root = store_docroot(x->store, route->scope->now.root->index, x->now_ms);
	return l.root ? open_found(out, &l, path) : 503;
}

unsigned
lookup_open(struct found *out, struct exchange *x, const struct route *route, struct slice path)
{
	return open_in_root(out, x, route, false, path);
}

unsigned
lookup_open_cached(struct found *out, struct exchange *x, const struct route *route,
		   struct slice path)
{
	return open_in_root(out, x, route, true, path);
}

struct slice
lookup_name(struct slice path)
{
	size_t slash = slice_find_last(path, '/');

	return slash < path.len ? slice_after(path, slash + 1) : path;
}
