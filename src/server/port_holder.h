/*
 * port_holder - who has the address that could not be had.
 *
 * Asked once bind(2) has said EADDRINUSE, of /proc: a look at the sockets that listen, then at the
 * descriptors of processes, as far as this one may see them and for a bounded number of them.  Any
 * thread.
 */
#ifndef SERVER_PORT_HOLDER_H
#define SERVER_PORT_HOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"

/*
 * What is known of who listens there, in words for the administrator: process and program, else the
 * user, else how to find out.  False when nobody can be seen to listen there; out is untouched.
 */
bool port_holder_words(const struct address *wanted, char *out, size_t cap);

/* For tests: the same with another place for /proc. */
bool port_holder_words_in(const char *proc, const struct address *wanted, char *out, size_t cap);

#endif
