/*
 * store - what one worker keeps between requests: document roots, files, deflate states.
 *
 * One thread.  The configuration is shared and constant, and must outlive the store.
 */
#ifndef CONTENT_STORE_H
#define CONTENT_STORE_H

#include "config/config.h"
#include "content/docroot.h"

struct file_cache;
struct file_cache_limits;
struct folder_budget;
struct gzip_pool;
struct scope_cache;
struct store;

/* limits: of the file cache; NULL = nothing is kept.  NULL with errno ENOMEM. */
struct store *store_new(const struct config *, const struct file_cache_limits *);

/*
 * What is logged only once is from now on logged once by both together.  Before either is used;
 * the first must be there as long as the other is.
 */
void store_share_notes(struct store *, struct store *first);

/* No body that came from it may be in use.  NULL is allowed. */
void store_free(struct store *);

/* The root with that index, or NULL when its directory is missing, which is logged once, or outside
 * the sandbox, which is not: server/root_watch.h. */
struct docroot *store_docroot(struct store *, size_t index, int64_t now_ms);

struct gzip_pool *store_gzip_pool(struct store *);

struct file_cache *store_file_cache(struct store *);

struct scope_cache *store_scope_cache(struct store *);

/* The memory of all folders that are being sorted. */
struct folder_budget *store_folder_budget(struct store *);

/* Logs, once for each root, that a compressed file is older than what it was made of. */
void store_note_stale(struct store *, const struct set_root *, struct slice path);

/* Logs, once for each root, that a link beneath it is not followed; where says how it leads. */
void store_note_link(struct store *, const struct set_root *, struct slice path, const char *where);

#endif
