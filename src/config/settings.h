/*
 * settings - what may be said at every level, and what holds for one request.
 *
 * The keys marked "all" may stand in [server], [host] and [location].  Each level keeps only
 * what was said there (struct settings, NULL = nothing said); the built-in defaults are the
 * outermost level, so that of the scalar keys something always holds.  For one request the
 * levels are laid over each other into a struct scope: a nearer value replaces the farther
 * one, and the keys that merge are asked for through the functions below.
 *
 * Immutable after load; any thread.
 */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include "base/table.h"
#include "config/access.h"
#include "config/origin.h"
#include "http/method.h"

struct set_switch {
	struct origin at;
	bool on;
};

struct set_text {
	struct origin at;
	struct slice text; /* empty = off */
};

enum etag_mode { ETAG_OFF, ETAG_ON, ETAG_CONTENT };

struct set_etag {
	struct origin at;
	enum etag_mode mode;
};

struct set_number {
	struct origin at;
	uint64_t n; /* UINT64_MAX = off */
};

struct set_words {
	struct origin at;
	const struct slice *words;
	size_t count; /* 0 = off */
};

struct set_cache_control {
	struct origin at;
	bool automatic;	    /* by type and name */
	struct slice value; /* else this; empty = off */
};

struct set_fallback {
	struct origin at;
	struct slice path; /* a page of the same host; empty = off */
	unsigned status;
};

enum symlinks { SYMLINKS_BENEATH, SYMLINKS_NONE, SYMLINKS_OWNER, SYMLINKS_ALLOW };

struct set_symlinks {
	struct origin at;
	enum symlinks policy;
};

struct set_root {
	struct origin at;
	struct slice path; /* absolute, NUL-terminated; empty = off */
	size_t index;	   /* position in config->roots: one for each distinct path */
};

struct set_methods {
	struct origin at;
	method_set allowed; /* 0 = off; struct scope then has none */
};

struct set_return { /* a fixed page */
	struct origin at;
	bool off;
	unsigned status;
	struct slice type; /* with its charset when the configuration gave one; empty = the built-in
			      page of that status */
	struct slice body;
};

struct set_auth {
	struct origin at;
	struct slice realm;
	const struct htpasswd *file; /* NULL = off */
};

struct set_limit_requests {
	struct origin at;
	struct slice text; /* as written */
	size_t index;	   /* of all limits: each has its own buckets */
	bool off, observe; /* observe: count, and refuse nobody */
	uint64_t number, period_ms;
	uint64_t burst; /* so many may come at once */
};

struct set_limit_rate {
	struct origin at;
	struct slice text; /* as written */
	uint64_t bytes;	   /* a second; 0 = off */
	uint64_t after;	   /* so many go as fast as they can */
};

struct set_access_log {
	struct origin at;
	int index; /* in config->access_logs, or -1 = off */
};

/* The keys that merge are chains in the order of the file; `off` ends the inheritance. */

struct header_rule {
	struct header_rule *next;
	struct origin at;
	struct slice name;
	struct slice value;
	bool remove; /* -Name: takes the field away, also one of the server's own */
	bool always; /* `header_always`: also on errors */
};

struct redirect_rule { /* `redirect` and `rewrite`, which stand in one chain */
	struct redirect_rule *next;
	struct origin at;
	bool rewrite;	   /* to is a path as it is on the disk, and there is no status */
	struct slice from; /* exactly this path, or a glob */
	bool glob;
	struct slice to; /* with $1 ... $9 */
	unsigned status;
};

struct error_rule {
	struct error_rule *next;
	struct origin at;
	unsigned status;   /* 400-599; or 4 for 4xx, 5 for 5xx */
	struct slice path; /* a page of the same host, or empty */
	struct slice text; /* else the words to send, as text/plain in utf-8 */
};

struct mime_rule {
	struct mime_rule *next;
	struct origin at;
	struct slice extension; /* small letters, without the first dot: "tar.gz" */
	struct slice type;
};

#define RULE_LIST(type)                                                                            \
	struct {                                                                                   \
		const struct type *first;                                                          \
		struct origin off_at;                                                              \
		bool off; /* nothing farther is inherited */                                       \
	}

/* What one level says. */
struct settings {
	const struct set_root *root;
	const struct set_words *index;
	const struct set_text *default_type;
	const struct set_text *charset;
	const struct set_switch *hidden; /* on: hidden names are served */
	const struct set_symlinks *symlinks;
	const struct set_switch *listing; /* on: a folder without an index is listed */
	const struct set_etag *etag;
	const struct set_switch *gzip;
	const struct set_cache_control *cache_control;
	const struct set_words *cors; /* origins in small letters, or "*"; NULL also outermost */
	const struct set_switch *security_headers;
	const struct set_switch *clean_urls;
	const struct set_fallback *fallback;	 /* NULL also outermost */
	const struct set_return *fixed;		 /* `return` */
	const struct set_access *access;	 /* `allow` and `deny`; NULL also outermost */
	const struct set_words *referers;	 /* NULL also outermost */
	const struct set_words *signed_links;	 /* secrets; NULL also outermost */
	const struct set_auth *auth;		 /* NULL also outermost */
	const struct set_limit_rate *limit_rate; /* NULL also outermost */
	const struct set_limit_requests *limit_requests; /* NULL also outermost */
	const struct set_methods *methods; /* NULL also outermost: then the handler decides */
	const struct set_number *body_size;
	const struct set_access_log *access_log;
	RULE_LIST(header_rule) header, header_always;
	RULE_LIST(redirect_rule) redirect; /* its off is that of `redirect` */
	struct origin rewrite_off_at;
	bool rewrite_off;
	RULE_LIST(error_rule) error;
	RULE_LIST(mime_rule) mime;
};

enum { SCOPE_LEVELS = 5 }; /* glob location, prefix location, host, server, built-in */

/* What holds for one request. */
struct scope {
	const struct settings *level[SCOPE_LEVELS]; /* nearest first; NULL where there is none */
	struct settings now; /* the scalar keys laid over each other; its lists are not used */
};

/* Lays the levels (nearest first, NULL allowed) over each other. */
void scope_init(struct scope *, const struct settings *const level[SCOPE_LEVELS]);

/*
 * Visits the rules of `header` and `header_always` that hold, nearest level first, within a level
 * in file order, `header` first: start with *at = 0 and *rule = NULL; false at the end.  A rule is
 * passed over when a nearer level speaks of the same name (any case) with either key.
 */
bool scope_next_header(const struct scope *, size_t *at, const struct header_rule **rule);

/* The rule for a status: the exact one before its class, a nearer level before a farther one for
 * the same; or NULL. */
const struct error_rule *scope_find_error(const struct scope *, unsigned status);

/*
 * The media type for a file name by its longest known extension, in any case, or SLICE_NONE.  *at
 * receives who said it.  `mime` of the nearer levels, then [mime], then the built-in table.
 */
struct slice scope_find_type(const struct scope *, const struct table *types, struct slice name,
			     struct origin *at);

#endif
