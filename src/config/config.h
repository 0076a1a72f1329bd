/*
 * config - what the administrator said, read once and never changed.
 *
 * config_load() reads a file and all it includes and gives either a whole configuration
 * or every problem found; there is no half one.  Everything in it, the slices too, belongs to it
 * and lives until config_free().  Load and free in one thread; in between any thread may read.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/address.h"
#include "base/arena.h"
#include "base/x509.h"
#include "config/settings.h"
#include "http/coding.h"
#include "log/access_format.h"
#include "log/error_log.h"

struct problems;
struct inputs;

struct listen_spec {
	struct origin at;
	struct slice text; /* as written, without its options */
	struct address address;
	bool tls;
	bool h2c; /* HTTP/2 too, for who begins with it */
};

/* A certificate with those of its issuers, and the key that belongs to it. */
struct certificate {
	struct origin at;
	struct slice path, pem;		/* as opened, and what was read */
	struct slice key_path, key_pem; /* may be the same file */
	struct x509_facts facts;
};

/* `https`: where clients without TLS are sent. */
struct set_https {
	struct origin at;
	unsigned port; /* 0 = nowhere: they are answered */
};

/* `client_ca` and `client_verify`. */
struct client_ca {
	struct origin at;
	struct slice path, pem; /* empty = no certificate is asked for */
	bool optional;		/* those without one are let in */
};

/* [host LABEL].  Without any, one that stands for [server] itself, with an empty label. */
struct site {
	struct origin at;
	struct slice label;
	const struct slice *names; /* in small letters; "*.example.net" is a suffix */
	size_t name_count;
	struct origin names_at; /* of `names`, or of the section when they default to the label */
	bool is_default;
	const size_t *on; /* listeners it is limited to, as indices; none = all */
	size_t on_count;
	const struct certificate *const *certificates; /* one for each kind of key; none = no TLS */
	size_t certificate_count;
	struct client_ca client_ca;
	const struct set_text *hsts;   /* the value of Strict-Transport-Security; or NULL */
	const struct set_https *https; /* or NULL */
	struct settings settings;
};

/* [location LABEL]. */
struct location {
	struct origin at;
	struct slice label;
	const struct site *site; /* NULL = every host */
	struct slice path;	 /* a prefix without its last slash ("" = everything), or a glob */
	bool glob;
	bool last_segment;		/* a glob without '/': matches the last segment */
	const struct set_switch *strip; /* cut the prefix off before the look-up; NULL = off */
	struct settings settings;
};

struct access_log_spec { /* one for each distinct target and format */
	struct origin at;
	struct slice path; /* absolute and NUL-terminated, or empty = standard output */
	struct access_format format;
};

enum { WORKERS_MAX = 1024 }; /* of `workers`, and as many as cpus_usable() can tell of */

enum sandbox { SANDBOX_AUTO, SANDBOX_OFF, SANDBOX_STRICT };

enum server_header { SERVER_HEADER_OFF, SERVER_HEADER_NAME, SERVER_HEADER_FULL };

struct server_config {
	const struct listen_spec *listen;
	size_t listen_count;
	struct slice user, group; /* empty = none said */
	struct origin user_at, group_at;
	struct slice pidfile;	  /* absolute, or empty = none */
	struct slice control;	  /* absolute and NUL-terminated, or empty = off */
	struct origin control_at; /* where somebody said so; else built in */
	unsigned workers;	  /* 0 = auto */
	unsigned queue;
	unsigned backlog;
	unsigned max_connections;
	struct origin max_connections_at;
	unsigned max_connections_per_ip; /* 0 = off */
	uint64_t handshake_timeout_ms, head_timeout_ms, body_timeout_ms, send_timeout_ms,
		keepalive_timeout_ms;
	uint64_t min_rate; /* bytes a second; 0 = off */
	uint64_t grace_ms;
	uint64_t reload_grace_ms;      /* 0 = off */
	unsigned keepalive_requests;   /* 0 = no end */
	size_t head_size, target_size; /* bytes */
	unsigned head_fields;
	uint64_t cache_size, cache_file_size; /* bytes */
	unsigned cache_entries;
	uint64_t cache_valid_ms;
	enum sandbox sandbox;
	const struct set_words *sandbox_read; /* absolute and NUL-terminated; NULL = none */
	enum server_header server_header;
	struct origin server_header_at;
	const struct access_rule *trusted_proxies; /* in no order; NULL = none */
	struct slice real_ip_header;
};

struct gzip_config {
	bool enable; /* [gzip] enable; each level's `gzip` decides below it */
	struct origin enable_at;
	int level;
	uint64_t min_size, max_size;	   /* bytes of the file */
	struct coding_order precompressed; /* files beside a file; none = off */
	struct set_words types; /* "text/ *" (without the blank) or whole types, small letters */
};

enum tls_protocol { TLS_1_2 = 1 << 0, TLS_1_3 = 1 << 1 };

struct tls_config {
	size_t listen_count; /* lines of `listen` with tls; 0 = the rest means nothing */
	unsigned protocols;  /* of enum tls_protocol */
	const struct set_words *ciphers, *groups; /* as OpenSSL calls them, the best first */
	uint64_t tickets_ms;			  /* 0 = no tickets */
	struct origin tickets_at;
	const struct set_words *ticket_keys; /* contents of files, the one in use first; or NULL */
	const struct set_switch *ktls;
	const struct set_switch *http2;
	unsigned max_handshakes;
};

struct config {
	struct arena arena;
	struct server_config server;
	struct tls_config tls;
	struct gzip_config gzip;
	struct slice error_log_path; /* empty = standard error */
	enum error_level error_log_level;
	const struct access_log_spec *access_logs;
	size_t access_log_count;
	size_t limit_count; /* lines of limit_requests */
	size_t password_file_count;
	struct table types;	  /* extension -> struct mime_rule: [mime] over the built-in ones */
	const char *const *roots; /* distinct document roots, absolute */
	size_t root_count;
	const struct site *sites;
	size_t site_count;
	const struct site *default_site; /* or NULL: then 421 */
	const struct location *locations;
	size_t location_count;
	struct settings builtin; /* outermost level */
	struct settings server_settings;
	struct scope scope; /* of those two: what holds where no host and no location is known */
	struct config_index *index; /* private: for the look-ups and for dump */
};

/*
 * Reads path (NULL = the installed default).  On failure NULL, and *problems says why.  Warnings go
 * there as well and do not fail.  Touches nothing but the files it reads and the existence of the
 * roots.
 */
struct config *config_load(const char *path, struct problems *);

/*
 * As config_load(), for text that stands for a file called name (quick mode, tests, fuzzing): there
 * are no other files, so `include` and `return @FILE` find none.
 */
struct config *config_load_text(const char *name, struct slice text, struct problems *);

enum {
	CONFIG_ANY_ROOT = 1 << 0, /* roots need not exist */
};

/*
 * The general form: reads path (NULL = the installed default) through the inputs, which belong to the configuration from now on,
 * and are freed on failure as well.
 */
struct config *config_load_from(struct inputs *, const char *path, unsigned flags,
				struct problems *);

/* What config_load() reads when nobody says otherwise. */
const char *config_default_path(void);

/* Everything that was read, in order: a process can start again from it. */
const struct inputs *config_inputs(const struct config *);

/* NULL is allowed. */
void config_free(struct config *);

#define CONFIG_ANY_LISTENER SIZE_MAX /* as if no host had an `on` */

/*
 * Who answers for a host name (without port, any case, as struct host gives it; empty = none was
 * sent) on the listener with that index: exact name, longest suffix, default.  NULL: nobody, answer
 * 421.
 */
const struct site *config_find_site(const struct config *, struct slice name, size_t listener);

struct location_match {
	const struct location *prefix; /* or NULL */
	const struct location *glob;   /* or NULL */
};

/*
 * The locations that match a decoded, normalised path: the longest prefix, one of the host before
 * a general one of the same length, and the first pattern in the order of the files.
 */
void config_find_locations(const struct config *, const struct site *, struct slice path,
			   struct location_match *);

/* All levels for a site (NULL = the server alone) and its locations. */
void config_scope(const struct config *, const struct site *, const struct location_match *,
		  struct scope *);

/*
 * Of the names of the site, the one that fits a host name (as config_find_site() has it); NULL when
 * it answers as the default.
 */
const struct slice *config_site_name(const struct site *, struct slice name);

/*
 * May a request for a host name (as config_find_site() has it) that `asked` answers for be made on
 * a TLS connection that began as one to `greeted`?  When they are two, every certificate of that
 * one must cover the name, and neither may ask its clients for theirs.
 */
bool config_tls_covers(const struct site *greeted, const struct site *asked, struct slice name);

/* "x.pem (RSA) is good until 2026-12-30, for 3 days more", and whether that needs attention. */
bool certificate_describe(const struct certificate *, int64_t now_s, char *out, size_t cap);

/* The word of [gzip] types that the media type (without parameters) fits, or NULL. */
const struct slice *config_gzip_type(const struct config *, struct slice type);

/* Is the media type (without parameters) in [gzip] types? */
bool config_type_compresses(const struct config *, struct slice type);

#endif
