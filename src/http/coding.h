/*
 * coding - content codings and what the client accepts (RFC 9110 8.4.1, 12.5.3).
 *
 * Pure; any thread.
 */
#ifndef HTTP_CODING_H
#define HTTP_CODING_H

#include "http/request.h"

enum coding {
	CODING_IDENTITY,
	CODING_GZIP, /* also under its old name x-gzip */
	CODING_BR,
	CODING_ZSTD,
	CODING_COUNT
};

/* The token for Content-Encoding: "gzip", "br", "zstd"; "identity" for the first. */
struct slice coding_token(enum coding);

/* The suffix of the entity-tag: "" "-gz" "-br" "-zst". */
struct slice coding_tag_suffix(enum coding);

/* How much the client likes each coding, in thousandths; 0 = not acceptable. */
struct coding_preferences {
	unsigned q[CODING_COUNT];
};

/*
 * Reads all Accept-Encoding lines (RFC 9110 12.5.3).  Absent or empty: identity only (absent,
 * anything is acceptable, but clients that say nothing often cannot decode).  A malformed member
 * counts as absent; of one named twice the last counts.  `*` stands for what is not named.
 * Identity that is neither named nor meant by `*` is acceptable, and liked least.
 */
void coding_preferences(struct coding_preferences *, const struct request *);

/*
 * weight = OWS ";" OWS "q=" qvalue (RFC 9110 12.4.2); s is what stands behind the ';'.  *q receives
 * thousandths.  False when it is none.
 */
bool coding_parse_weight(struct slice s, unsigned *q);

/* Some codings, the one the server likes best first. */
struct coding_order {
	enum coding coding[CODING_COUNT];
	size_t count;
};

/* As coding_choose(), with an order of one's own before it for codings the client likes equally. */
enum coding coding_choose_in(const struct coding_order *, const struct coding_preferences *,
			     unsigned available);

/*
 * The best of the available ones (a bit set, 1 << CODING_GZIP ...; identity is always
 * available): the highest q, and of equals the first of zstd, br, gzip, identity.  When nothing is
 * acceptable: identity (RFC 9110 12.5.3 lets us send it rather than 406).
 */
enum coding coding_choose(const struct coding_preferences *, unsigned available);

#endif
