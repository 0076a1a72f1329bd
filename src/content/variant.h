/*
 * variant - the codings a file can be had in, and which of them a client gets.
 *
 * page.html.br stands for page.html in the coding br, when the client takes it and it is not older.
 * One thread.
 */
#ifndef CONTENT_VARIANT_H
#define CONTENT_VARIANT_H

#include "content/file_cache.h"
#include "content/lookup.h"
#include "content/representation.h"

/* Looks which compressed files stand beside the file the entry is of, where rep may have any. */
void variant_look(struct file_entry *, struct exchange *, const struct representation *rep);

/* Is it to be had in more than one coding? */
bool variant_negotiable(const struct file_entry *);

/* The coding for this client (RFC 9110 12.5.3). */
enum coding variant_choose(const struct file_entry *, const struct exchange *);

/*
 * Opens the file that has the bytes of that coding: again, so it may be another version by now.
 * 0, or a status.
 */
unsigned variant_open(struct found *, struct exchange *, const struct file_entry *, enum coding);

#endif
