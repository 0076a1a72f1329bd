/*
 * exchange - one request and its answer, as the content floor sees it.
 *
 * A driver fills the first part, calls content_route() when the head is complete and
 * content_respond() when the body has been read, sends `response`, and calls
 * exchange_reset().  Everything made on the way lives in `arena` until then.  One thread.
 */
#ifndef CONTENT_EXCHANGE_H
#define CONTENT_EXCHANGE_H

#include "config/config.h"
#include "content/response.h"
#include "content/route.h"
#include "http/request.h"

struct auth_memory;
struct buckets;
struct document;
struct job;
struct store;
struct tag_memory;

/* What a look-up went by, for `explain`. */
struct look {
	const struct set_switch *clean; /* `clean_urls`, where it decided; or NULL */
	const struct slice *index;	/* the word of `index` that answers, or NULL */
	bool no_index;			/* a folder without an index: `listing` decided */
	struct origin refused_at;	/* the line that refused it, or none */
};

struct exchange {
	const struct config *config;
	struct store *store;	     /* what the worker keeps between requests */
	struct buckets *buckets;     /* of all workers, for limit_requests; NULL = none */
	struct auth_memory *auth;    /* of all workers; NULL = no `auth` is configured */
	struct tag_memory *tags;     /* of all workers; NULL = no tags are made of the content */
	size_t listener;	     /* index of the listen line */
	const struct site *tls_site; /* the host that the TLS handshake was with; NULL = no TLS */
	struct ip peer;		     /* the other end of the connection */
	int64_t now_ms;		     /* monotonic */
	struct timespec now;	     /* real */
	struct request request;
	struct arena arena;

	struct job *job;  /* to be done before the last call is made again; see content.h */
	struct ip client; /* whose request it is; the peer, or who it asks for */
	struct route route;
	struct response response;
	struct document *document; /* held, of which the response is made; or NULL */
	struct slice user;	   /* who proved it by a password; SLICE_NONE = nobody */
	struct slice denied;	   /* the name that came with a wrong password */
	struct slice file;	   /* path below the root that was served, for `explain` */
	const struct set_root *file_root;
	uint64_t file_size;		     /* as it is, without coding */
	struct look look;		     /* what led to it, or to none */
	struct origin type_at;		     /* who said what type it is */
	struct origin client_at;	     /* who trusts the peer, if anyone does */
	const struct set_fallback *fallback; /* whose page answers, or NULL */
	bool renew; /* look at the files again, whatever is remembered of them */
	/* What was given to a helper once; then it is done here, however long that takes. */
	bool tag_tried;	   /* a tag of the content */
	bool find_tried;   /* the way to the file */
	bool beside_tried; /* the ways to the compressed ones beside it */
	bool read_tried;   /* the content */
};

/* Gives back the body, forgets request, route and response; keeps the arena's first block. */
void exchange_reset(struct exchange *);

#endif
