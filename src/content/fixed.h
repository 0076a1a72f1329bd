/*
 * fixed - pages written in the configuration itself (`return`).
 */
#ifndef CONTENT_FIXED_H
#define CONTENT_FIXED_H

#include "content/exchange.h"

/* Fills the exchange's response from scope.now.fixed.  One thread. */
void fixed_respond(struct exchange *);

#endif
