/*
 * access - `allow` and `deny`: whose address may have an answer.
 *
 * What one level says of both is one list, and replaces the farther level's.  The network that fits
 * the address most closely decides, `deny` when two fit equally.  Immutable after load; any thread.
 */
#ifndef CONFIG_ACCESS_H
#define CONFIG_ACCESS_H

#include "base/cidr.h"
#include "config/origin.h"

struct access_rule {
	const struct access_rule *next;
	struct origin at;
	struct slice text; /* as written */
	struct cidr cidr;
	bool allow;
};

struct set_access {
	struct origin at;		 /* of the first line */
	const struct access_rule *first; /* in no order; NULL = off */
	bool has_allow;
};

/*
 * May that address have an answer?  *decided is the rule that says so, or NULL when none fits: then
 * the answer is no if the list has any `allow`.  The list may be NULL: everybody may.
 */
bool access_allows(const struct set_access *, const struct ip *,
		   const struct access_rule **decided);

#endif
