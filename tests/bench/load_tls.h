/*
 * load_tls - TLS below the connections of load, where it was built with OpenSSL.
 *
 * One protocol version, group and cipher suite are offered, so that no server does another one's
 * work: TLS 1.3, X25519, AES-128-GCM.  The certificate is looked at by who compares the answers.
 */
#ifndef TESTS_BENCH_LOAD_TLS_H
#define TESTS_BENCH_LOAD_TLS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct load_tls;

/* Once, before the others.  resume: sessions are taken up again; name: whom to ask for.  False:
 * there is no TLS here. */
bool load_tls_init(bool resume, const char *name);

/* A client on a connected socket, which stays the caller's; NULL when there is no memory. */
struct load_tls *load_tls_new(int fd);

/* NULL is allowed. */
void load_tls_free(struct load_tls *);

/* 1 when the handshake is done, 0 when the socket must be waited for, -1 when it failed. */
int load_tls_handshake(struct load_tls *);

/* As send(2) and recv(2) on the socket. */
ssize_t load_tls_send(struct load_tls *, const void *bytes, size_t size);
ssize_t load_tls_recv(struct load_tls *, void *buf, size_t size);

/* Handshakes that were done, and those of them that took up a session. */
extern uint64_t load_tls_handshakes, load_tls_resumed;

#endif
