/*
 * static_file - files beneath a document root as responses.
 *
 * One thread.
 */
#ifndef CONTENT_STATIC_FILE_H
#define CONTENT_STATIC_FILE_H

#include "content/exchange.h"

/* Answers GET and HEAD for route.lookup beneath scope.now.root: the file, an index, a redirect, 304
 * or an error. */
void static_file_respond(struct exchange *);

#endif
