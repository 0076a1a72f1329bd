/*
 * loader - the work of reading a configuration, shared by the files that do it.
 *
 * Private to src/config.  Entries come from the reader; each key becomes an assignment to the
 * section it stands in (struct place), through the setter of its row.  What was said is remembered
 * with its line (struct record): for messages, for "said twice", and for dump.  When all is read,
 * the finishers check what can only be seen as a whole and build the look-ups.  Everything lives in
 * the configuration's arena.
 */
#ifndef CONFIG_LOADER_H
#define CONFIG_LOADER_H

#include "config/config.h"
#include "config/directive.h"
#include "config/ini_source.h"
#include "config/reader.h"

/* One line that said something. */
struct said {
	struct said *next;
	struct origin at;
	struct slice line;
	struct slice key;
	struct slice shown; /* the value as dump writes it */
};

/* Everything one section says of one directive. */
struct record {
	struct said *first, *last;
	struct slice *words; /* of a list: grows while the section is read */
	size_t word_count;
	void *last_rule; /* of a chain */
};

/* Of one section, before it is known which key belongs to which. */
struct certificate_list {
	struct certificate *items;
	size_t count;
};

struct key_list {
	struct set_text *items; /* paths */
	size_t count;
};

/* Values that a finisher turns into something else. */
struct draft {
	const struct set_words *names, *on, *types;
	const struct set_switch *is_default, *strip;
	const struct set_text *host, *path;
	const struct set_access_log *access;
	struct certificate_list certificates;
	struct key_list certificate_keys;
	const struct client_ca *client_ca;
	const struct set_switch *client_verify; /* on: required */
	const struct set_text *hsts;
	const struct set_https *https;
};

/* A section as it was said; [server], [log], [gzip], [tls] and [mime] are one each, however often
 * they are opened. */
struct place {
	struct place *next;
	enum section section;
	struct slice name; /* as written: "host example.org" */
	struct slice label;
	struct origin at;
	struct slice line;
	struct draft draft;
	struct settings settings;
	struct record **records; /* by directive_index(); NULL = nothing said */
	struct site *site;	 /* what became of it */
};

struct place_list {
	struct place *first, *last;
	size_t count;
};

struct loader {
	struct config *config;
	struct arena *arena; /* of the configuration */
	struct inputs *inputs;
	struct problems *problems;
	struct reader reader;
	const char *path; /* of the first file */
	unsigned flags;
	struct place *single[SECTION_COUNT];
	struct place *builtin; /* the defaults that every level inherits */
	struct place_list hosts, locations;
	struct place *place; /* the section being read; NULL = before the first, or a broken one */
	bool passing_over;   /* a broken one */
	struct listen_spec *listen;
	size_t listen_count;
	struct access_log_spec *access_logs;
	struct site *server_site;  /* where there is no [host]; or NULL */
	struct table labels;	   /* of hosts -> struct place */
	struct table roots;	   /* path -> struct set_root */
	struct table access_index; /* path and format -> struct set_access_log */
	struct table passwords;	   /* path -> struct htpasswd */
	struct table extensions;   /* of [mime] -> struct mime_rule */
	struct page *pages;	   /* of `return`: their types are known when all is read */
};

/* One value on its way to where it belongs. */
struct assignment {
	struct loader *loader;
	const struct directive *directive;
	struct place *place;
	struct record *record;
	struct origin at;
	struct slice key;
	struct value value; /* split to words, unless the directive is WHOLE: */
	struct slice text;  /* then the text */
	void *into;	    /* the member */
	struct slice hint;  /* a setter that refuses may name the nearest right word */
	struct slice shown; /* a setter may change how dump writes the value */
};

/* Is the value the single word `off`, without quotes? */
bool assignment_is_off(const struct assignment *);

/* Refuses with words that name what was said before: "... is said already, at FILE:LINE". */
const char *assignment_said(const struct assignment *, const char *what, struct origin before);

/* An array of count items with room for one more: moved to twice the room whenever it is full. */
void *loader_grow(struct loader *, void *items, size_t count, size_t size);

/* Out of memory: the load fails, for certain. */
void loader_complain_memory(struct loader *);

/* A problem of a whole section, shown at its header. */
void loader_complain_place(struct loader *, const struct place *, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * A problem of a directive, shown at one of the lines that said it (NULL = the first), or at the
 * header when it was not said.
 */
void loader_complain_key(struct loader *, const struct place *, const char *key,
			 const struct said *, struct slice hint, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
void loader_warn_key(struct loader *, const struct place *, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* What was said there, rightly or wrongly: the first line, or NULL. */
const struct said *place_find_said(const struct place *, const char *key);

/* The line of a list directive that has this word, in any case; the first one if none has. */
const struct said *place_find_word(const struct place *, const char *key, struct slice word);

/* Where place_find_word() stands, or the header. */
struct origin place_word_at(const struct place *, const char *key, struct slice word);

/* Reads everything, sets the defaults, runs the finishers.  What is wrong goes to the problems. */
void loader_run(struct loader *, const char *path);

/* The finishers, in this order. */
void mime_finish(struct loader *);     /* config->types, gzip types, types of fixed pages */
void site_finish(struct loader *);     /* config->sites and the index of names */
void tls_finish(struct loader *);      /* certificates of config->sites */
void location_finish(struct loader *); /* config->locations and their index */
void root_finish(struct loader *);     /* config->roots; each host has something to serve */

/* struct config_index: what the look-ups and dump need; in the arena but for the tables. */
struct location_range {
	size_t first, count;
};

struct site_locations {
	struct location_range prefixes, globs;
};

struct config_index {
	struct inputs *inputs; /* everything that was read */
	struct place *single[SECTION_COUNT];
	const struct place *hosts, *locations;
	struct table names;    /* whole names -> struct site */
	struct table suffixes; /* what follows "*." -> struct site */
	bool single_site;      /* no [host]: the server answers for every name */
	const struct location *
		*prefixes; /* by site, then so that a path stands behind what contains it */
	size_t *parents;   /* of each prefix: the longest one that contains it, or SIZE_MAX */
	const struct location **globs;	/* by site, then by file order */
	struct site_locations *by_site; /* for each site; behind the last, those of every host */
};

#endif
