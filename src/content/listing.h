/*
 * listing - the contents of a folder as a page, as JSON or as text.
 *
 * One thread.
 */
#ifndef CONTENT_LISTING_H
#define CONTENT_LISTING_H

#include "content/lookup.h"

/*
 * Answers with what lies in the directory, in the form that ?format= or Accept asks for and in the
 * order of ?sort= and ?order=.  Takes its descriptor, unless it is answered with an error.
 */
void listing_respond(struct exchange *, struct found *);

#endif
