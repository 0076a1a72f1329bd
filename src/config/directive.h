/*
 * directive - the table of everything that can be said.
 *
 * One row a directive.  From it come the parser, the suggestions, the defaults, `dump`, the table
 * in tinyhttpd.ini(5) and the test that each is documented there.  A new setting is one row,
 * and a setter if its kind of value is new.  Constant; any thread.
 */
#ifndef CONFIG_DIRECTIVE_H
#define CONFIG_DIRECTIVE_H

#include <stdio.h>

#include "base/slice.h"
#include "config/value.h"

enum section {
	SECTION_NONE, /* before the first one */
	SECTION_SERVER,
	SECTION_LOG,
	SECTION_GZIP,
	SECTION_TLS,
	SECTION_MIME,
	SECTION_HOST,
	SECTION_LOCATION,
	SECTION_COUNT
};

#define IN(section) (1u << SECTION_##section)
#define IN_ALL	    (IN(SERVER) | IN(HOST) | IN(LOCATION))

/* What a setter writes into; `offset` counts from there. */
enum directive_target {
	TARGET_NOWHERE,
	TARGET_SERVER,	 /* struct server_config */
	TARGET_GZIP,	 /* struct gzip_config */
	TARGET_TLS,	 /* struct tls_config */
	TARGET_DRAFT,	 /* struct draft of the section */
	TARGET_SETTINGS, /* struct settings of the section */
};

enum {
	REPEATS = 1 << 0,    /* may be said again in the same section: the values add up */
	WHOLE = 1 << 1,	     /* the value is not words: value_whole() reads it */
	OFF = 1 << 2,	     /* `off` clears what a farther level said */
	ANY_KEY = 1 << 3,    /* every key of the section is this directive */
	WITH_ABOVE = 1 << 4, /* its lines keep their order among those of the row above */
};

struct assignment;

/* Takes one value in.  NULL, or the words for the user, with the remedy. */
typedef const char *directive_setter(struct assignment *);

struct directive {
	const char *name;
	unsigned sections; /* IN(...) */
	directive_setter *set;
	enum directive_target target;
	size_t offset, size; /* of the member */
	enum unit unit;
	uint64_t min, max; /* for numbers */
	unsigned flags;
	const char *fallback; /* the default as one would write it; NULL = none */
	const char *syntax;   /* what stands behind the '=' */
	const char *help;     /* one line */
};

extern const struct directive directives[];
extern const size_t directive_count;

/* The row for a key of that section, or NULL. */
const struct directive *directive_find(enum section, struct slice key);

/* Where a section keeps what was said; rows whose lines keep their order share one place. */
size_t directive_index(const struct directive *);

/* "host" for SECTION_HOST; "" for SECTION_NONE. */
struct slice section_name(enum section);

/* The section of that name, or SECTION_NONE. */
enum section section_find(struct slice name);

/* Does it need a label: [host LABEL]? */
bool section_has_label(enum section);

/*
 * The nearest right word for a key that is not valid there: of this section, else of another one,
 * which *other then names (a key that is right but misplaced too); else SECTION_NONE and an empty
 * slice.
 */
struct slice directive_suggest(enum section, struct slice key, enum section *other);

/* The table of all directives as mdoc(7), for the manual. */
void directive_print_table(FILE *);

#endif
