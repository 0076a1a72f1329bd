/*
 * setter - one function for each kind of value.
 *
 * Private to src/config: the rows of directive.c name them, the loader calls them.  Each takes one
 * value into the member its row says, and gives NULL or the words for the user, with the remedy.
 */
#ifndef CONFIG_SETTER_H
#define CONFIG_SETTER_H

#include "config/directive.h"

/* Plain members of [server] and [gzip]: setter_plain.c */
directive_setter set_include, set_listen, set_name, set_path, set_control, set_workers, set_number,
	set_flag, set_precompressed, set_server_header, set_error_log, set_sandbox,
	add_sandbox_read;

/* Sections: setter_section.c */
directive_setter set_names, set_referers, set_on, set_label, set_location_path;

/* Scalars and lists of any level: setter_level.c */
directive_setter set_switch, set_symlinks, set_etag, set_root, set_index, set_type, set_charset,
	set_methods, set_body_size, set_access_log, set_types;

/* What merges over the levels, and fixed pages: setter_rule.c, setter_return.c */
directive_setter add_header, add_redirect, add_rewrite, add_error, add_mime, add_extensions,
	set_return, set_fallback;

/* How much a client may have: setter_limit.c */
directive_setter set_limit_rate, set_limit_requests, set_number_or_off, set_speed_or_off;

/* Who may: setter_secret.c */
directive_setter set_auth, set_signed_links;

/* Fields: setter_field.c */
directive_setter set_cache_control, set_cors;

/* TLS: setter_tls.c */
directive_setter add_certificate, add_certificate_key, set_client_ca, set_client_verify,
	set_protocols, set_ciphers, set_groups, set_tickets, set_ticket_keys, set_https, set_hsts,
	set_http2;

/* Addresses: access.c */
directive_setter add_access, add_trusted, set_field_name;

/*
 * Adds the words to the list that a->into points to (const struct set_words *); check
 * refuses a word or changes it; NULL takes every one.  `off`, where the row allows it, makes an
 * empty list.
 */
const char *setter_add_words(struct assignment *,
			     const char *check(struct assignment *, struct slice *word));

/* A file as it was named, seen from the file that names it, and how dump names it: so that it is
 * found from anywhere. */
const char *setter_file(struct assignment *, struct slice name, struct slice *path,
			struct slice *shown);

/* Exactly one word? */
const char *setter_one_word(const struct assignment *);

/* NULL, or where a library is missing (the words for that), "that, which tls needs". */
const char *setter_needs(const struct assignment *, const char *missing, const char *what);

/* An absolute path, copied with a NUL; slashes at its end are taken off. */
const char *setter_absolute_path(struct assignment *, struct slice path, struct slice *out);

/* A media type, type/subtype in small letters, without parameters. */
const char *setter_media_type(struct assignment *, struct slice word, struct slice *out);

/* A copy in small letters, NUL-terminated; .p is NULL when out of memory. */
struct slice setter_lower(struct assignment *, struct slice);

/* One of the words, as its position, or -1 with a hint where one is near. */
int setter_one_of(struct assignment *, struct slice word, const char *const *words);

/* What an access log goes to: "TARGET [FORMAT]".  *out is its index in config->access_logs, or -1.
 */
const char *setter_access_target(struct assignment *, int *out);

#endif
