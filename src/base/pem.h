/*
 * pem - the bytes of PEM files, as OpenSSL reads them.
 *
 * For x509.c, and for who speaks TLS; a build without OpenSSL has neither.  Any thread.
 */
#ifndef BASE_PEM_H
#define BASE_PEM_H


#include "base/openssl.h"
#include "base/slice.h"

/*
 * Memory that is read like a file; the caller's, and the bytes must outlive it.  NULL when there
 * are none, or no memory.  What OpenSSL had to say before is forgotten.
 */
BIO *pem_open(struct slice bytes);

/*
 * For OpenSSL's pem_password_cb: nobody is there to type one, and OpenSSL would ask at the
 * terminal.  asked: a bool that becomes true, or NULL.
 */
int pem_no_password(char *out, int size, int writing, void *asked);

#endif
