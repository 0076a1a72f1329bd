/*
 * partial - answers that are parts of a file (206 and 416).
 *
 * One thread.
 */
#ifndef CONTENT_PARTIAL_H
#define CONTENT_PARTIAL_H

#include "content/document.h"

/*
 * Answers with the ranges the request asks for (RFC 9110 14.2), when it asks and may have them:
 * true, and the response is made.  False: send the whole.
 */
bool partial_respond(struct exchange *, struct document *);

#endif
