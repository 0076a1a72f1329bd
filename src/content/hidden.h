/*
 * hidden - names that are never served unless the administrator says `hidden = on`.
 *
 * Names that start with a dot, except `.well-known` (RFC 8615), and what editors leave behind.
 * Serving and listing ask the same question.  Pure; any thread.
 */
#ifndef CONTENT_HIDDEN_H
#define CONTENT_HIDDEN_H

#include "base/slice.h"

bool hidden_name(struct slice segment);

/* Is any segment of the path hidden? */
bool hidden_path(struct slice path);

#endif
