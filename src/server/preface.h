/*
 * preface - the driver of a connection that came in on a listener with h2c, until HTTP begins.
 *
 * A client that knows that HTTP/2 is spoken here begins with a fixed line (RFC 9113 3.4); all
 * others speak HTTP/1.  Nothing is taken from the socket before that is known.  Belongs to the
 * connection's worker.
 */
#ifndef SERVER_PREFACE_H
#define SERVER_PREFACE_H

#include "server/conn.h"

extern const struct driver preface_driver;

#endif
