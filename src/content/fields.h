/*
 * fields - what the configuration adds to answers, whoever made them.
 *
 * One thread.
 */
#ifndef CONTENT_FIELDS_H
#define CONTENT_FIELDS_H

#include "content/exchange.h"

/*
 * Adds to the response, and takes from it, what `security_headers`, `cors`, `header` and
 * `header_always` say; the last two have the last word.
 */
void fields_add(struct exchange *);

/* Adds what only clients with TLS get: `hsts`, unless the other lines say it already. */
void fields_add_tls(struct exchange *);

#endif
