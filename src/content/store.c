/* store - see store.h. */
#include "config.h"

#include "content/store.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "content/file_cache.h"
#include "content/folder_order.h"
#include "content/gzip_body.h"
#include "content/scope_cache.h"
#include "log/error_log.h"

struct root {
	struct docroot docroot;
	bool missing_noted;
	_Atomic bool link_noted, stale_noted; /* in the store that is `noting` */
};

struct store {
	struct gzip_pool *gzip;
	struct file_cache *files;
	struct scope_cache *scopes;
	struct folder_budget folders;
	struct store *noting; /* this one, or that of another worker */
	size_t root_count;
	struct root roots[];
};

struct store *
store_new(const struct config *config, const struct file_cache_limits *limits)
{
	static const struct file_cache_limits nothing;
	struct store *s = calloc(1, sizeof *s + config->root_count * sizeof *s->roots);

	if (!s)
		return NULL;
	s->gzip = gzip_pool_new();
	s->files = file_cache_new(limits ? limits : &nothing);
	s->scopes = scope_cache_new();
	if (!s->gzip || !s->files || !s->scopes) {
		store_free(s);
		return NULL;
	}
	s->root_count = config->root_count;
	s->noting = s;
	for (size_t i = 0; i < s->root_count; i++)
		docroot_init(&s->roots[i].docroot, config->roots[i]);
	return s;
}

void
store_share_notes(struct store *s, struct store *first)
{
	s->noting = first;
}

void
store_free(struct store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->root_count; i++)
		docroot_fini(&s->roots[i].docroot);
	file_cache_free(s->files);
	scope_cache_free(s->scopes);
	gzip_pool_free(s->gzip);
	free(s);
}

struct gzip_pool *
store_gzip_pool(struct store *s)
{
	return s->gzip;
}

struct file_cache *
store_file_cache(struct store *s)
{
	return s->files;
}

struct scope_cache *
store_scope_cache(struct store *s)
{
	return s->scopes;
}

struct folder_budget *
store_folder_budget(struct store *s)
{
	return &s->folders;
}

struct docroot *
store_docroot(struct store *s, size_t index, int64_t now_ms)
{
	struct root *root = &s->roots[index];

	if (docroot_refresh(&root->docroot, now_ms) == 0) {
		root->missing_noted = false;
		return &root->docroot;
	}
	if (!root->missing_noted && !root->docroot.fenced) /* else who watches roots says so */
		error_log(LOG_LEVEL_ERROR, "root %s: %s; its host answers 503 until it is back",
			  root->docroot.path, strerror(errno));
	root->missing_noted = true;
	return NULL;
}

void
store_note_link(struct store *s, const struct set_root *set, struct slice path, const char *where)
{
	struct root *root = &s->noting->roots[set->index];

	if (atomic_exchange_explicit(&root->link_noted, true, memory_order_relaxed))
		return;
	error_log(LOG_LEVEL_WARN, "root %s: %.*s %s and is not served (said once for each root)",
		  root->docroot.path, SLICE_FMT(path), where);
}

void
store_note_stale(struct store *s, const struct set_root *set, struct slice path)
{
	struct root *root = &s->noting->roots[set->index];

	if (atomic_exchange_explicit(&root->stale_noted, true, memory_order_relaxed))
		return;
	error_log(LOG_LEVEL_WARN,
		  "root %s: %.*s is older than the file it was made of and is not served for it "
		  "(said once for each root)",
		  root->docroot.path, SLICE_FMT(path));
}
