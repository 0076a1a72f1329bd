/*
 * certificate - what can be said of a certificate when all is read.
 *
 * Private to src/config.  The loader warns of what config.h says in words to everybody else.
 */
#ifndef CONFIG_CERTIFICATE_H
#define CONFIG_CERTIFICATE_H

#include "config/config.h"

struct loader;
struct place;

/* Finds the key of each certificate of the section; a certificate without one is an error. */
void certificate_find_keys(struct loader *, struct place *);

/* Warns of certificates that end soon, and of keys that everybody can read. */
void certificate_warn(struct loader *, const struct place *);

#endif
