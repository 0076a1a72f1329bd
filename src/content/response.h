/*
 * response - what goes back to the client, before any driver writes it.
 *
 * Handlers fill it; the HTTP/1 and HTTP/2 drivers add what belongs to the connection (Date,
 * framing, Connection).  Fields live in the exchange's arena, the body is owned until a driver
 * takes it.  One thread.
 */
#ifndef CONTENT_RESPONSE_H
#define CONTENT_RESPONSE_H

#include "base/arena.h"
#include "config/origin.h"
#include "content/body.h"

struct response_field {
	struct slice name, value;
	struct origin at; /* who asked for it; built in = the server's own */
};

/* Fields that several answers share, in the order in which they are sent. */
struct field_block {
	const struct response_field *fields;
	size_t count;
	struct slice text; /* as HTTP/1 writes them, each with its CRLF */
};

struct response {
	unsigned status;
	const struct field_block *block; /* they come before `fields`; or NULL */
	struct slice lines; /* all fields and the length as HTTP/1 writes them; or none: then they
			       are made of the rest */
	struct response_field *fields;
	size_t count, room;
	uint64_t length;    /* of the content, also when it is not sent (HEAD) */
	bool has_length;    /* otherwise it is known only at its end */
	bool close;	    /* the connection ends behind this response */
	bool out_of_memory; /* a field could not be added: send a bare 503 instead */
	struct body body;
};

void response_init(struct response *, unsigned status);

/* Gives back the body.  The fields go with the arena. */
void response_fini(struct response *);

/* Adds a field behind the others.  Name and value must outlive the exchange.  Running out of memory
 * is remembered. */
void response_add(struct response *, struct arena *, struct slice name, struct slice value,
		  struct origin at);

/* Adds to the list that a field holds (RFC 9110 5.6.1), or adds the field; not
 * in the block.  The origin is that of the last one. */
void response_join(struct response *, struct arena *, struct slice name, struct slice value,
		   struct origin at);

/* Takes away every field of that name, in any case; not from the block. */
void response_remove(struct response *, struct slice name);

/* The field with that number, counted over all; NULL behind the last. */
const struct response_field *response_field_at(const struct response *, size_t i);

/* The value of the first field of that name, or SLICE_NONE. */
struct slice response_field(const struct response *, struct slice name);

#endif
