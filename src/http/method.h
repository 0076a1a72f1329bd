/*
 * method - request methods as small numbers, and sets of them.
 *
 * Pure functions; any thread.
 */
#ifndef HTTP_METHOD_H
#define HTTP_METHOD_H

#include "base/slice.h"

enum method {
	METHOD_UNKNOWN,
#define METHOD(enumerator, name) enumerator,
#include "http/method.def"
#undef METHOD
	METHOD_COUNT
};

/* A set of methods, as bits: METHOD_BIT(METHOD_GET) | ... */
typedef unsigned method_set;
#define METHOD_BIT(m) (1u << (m))

/* Names are case-sensitive (RFC 9110 9.1).  METHOD_UNKNOWN for any other token. */
enum method method_parse(struct slice name);

/* Empty for METHOD_UNKNOWN. */
struct slice method_name(enum method);

/*
 * Writes "GET, HEAD, OPTIONS" in the order of method.def, as Allow wants it (RFC 9110 10.2.1).
 * Returns its length; cap 96 is enough for all.
 */
size_t method_set_format(method_set, char *out, size_t cap);

#endif
