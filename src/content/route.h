/*
 * route - which line of the configuration decides about a request.
 *
 * Host, rewrite, location, redirect, who may, methods, fixed page or files, in that order.  Looks
 * at nothing but the configuration and the request, and counts against limit_requests; what is on
 * the disk comes later.  Server and `explain` share it.  Pure but for the arena and the buckets;
 * one thread.
 */
#ifndef CONTENT_ROUTE_H
#define CONTENT_ROUTE_H

#include "base/glob.h"
#include "config/config.h"
#include "http/request.h"
#include "http/uri.h"

enum handler {
	HANDLER_ERROR,	   /* status */
	HANDLER_OPTIONS,   /* Allow and nothing else (RFC 9110 9.3.7) */
	HANDLER_PREFLIGHT, /* what a script of another site may ask (scope.now.cors) */
	HANDLER_REDIRECT,  /* redirect, captures */
	HANDLER_HTTPS,	   /* site->https: the same address with TLS */
	HANDLER_FIXED,	   /* scope.now.fixed */
	HANDLER_STATIC,	   /* scope.now.root, lookup */
};

struct route {
	enum handler handler;
	unsigned status;	 /* HANDLER_ERROR: what to answer */
	const char *reason;	 /* HANDLER_ERROR: why, in words for `explain` and the log */
	const char *words;	 /* HANDLER_ERROR: what the built-in page says; NULL = as ever */
	struct origin reason_at; /* HANDLER_ERROR: the line that decided; unknown unless there is
				    one */
	struct target target;
	struct host host;	 /* name may be empty: none was sent */
	const struct site *site; /* NULL = none of the hosts answers for that name */
	struct slice path;  /* decoded and normalised, NUL-terminated; empty for `*` and when it was
			       malformed */
	struct slice asked; /* path before a rewrite */
	struct slice lookup; /* path as looked up beneath the root: path, or without its prefix
				(strip) */
	struct location_match match;
	method_set allowed; /* for Allow */
	bool over_limit;    /* of limit_requests, also when that only observes */
	uint64_t retry_s;   /* 429: come back in so many seconds */
	const struct redirect_rule *redirect;
	const struct redirect_rule *rewrite; /* path and lookup are its outcome; or NULL */
	const struct access_rule *access; /* the `allow` or `deny` that fits the client, or NULL */
	const struct set_auth *auth;	  /* to be asked before anything is answered, or NULL */
	/* what route_find() need not clear: */
	const struct scope *scope;	      /* always usable, also with HANDLER_ERROR */
	struct slice captures[GLOB_CAPTURES]; /* of redirect or rewrite */
};

/* What a route is found for. */
struct route_query {
	const struct config *config;
	struct scope_cache *scopes; /* or NULL */
	size_t listener;
	const struct site *tls_site; /* the host that the TLS handshake was with; NULL = no TLS */
	struct ip client;
	struct buckets *buckets; /* for limit_requests; NULL = nothing is counted */
	int64_t now_ms;		 /* monotonic */
	time_t now;		 /* real, seconds */
	const struct request *request;
};

/* Fills *route.  Never fails: whatever is wrong is HANDLER_ERROR with a status. */
void route_find(struct route *, const struct route_query *, struct arena *);

/* The route of another page of the same host (an error page): no redirect, GET only. */
void route_find_page(struct route *, const struct route *from, const struct config *,
		     struct scope_cache *, struct slice path, struct arena *);

/* What was decided so far counts no more: the answer is an error, because of the line at. */
void route_refuse(struct route *, unsigned status, const char *reason, struct origin at);

/* Makes *route an error before anything else is known (a request that does not parse). */
void route_fail(struct route *, const struct config *, unsigned status, const char *reason);

#endif
