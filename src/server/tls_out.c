/* tls_out - see tls_out.h. */
#include "config.h"

#include "server/tls_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/call.h"

/* Behind what waits in memory.  False when there is none. */
static bool
keep(struct tls_out *o, const char *bytes, size_t len)
{
	size_t left = o->rest_len - o->rest_at;
	char *rest;

	if (o->rest_at > 0)
		memmove(o->rest, o->rest + o->rest_at, left);
	o->rest_at = 0;
	o->rest_len = left;
	if (left + len > o->rest_size) {
		rest = realloc(o->rest, left + len);
		if (!rest)
			return false;
		o->rest = rest;
		o->rest_size = left + len;
	}
	memcpy(o->rest + left, bytes, len);
	o->rest_len += len;
	return true;
}

static void
drop(struct tls_out *o)
{
	free(o->rest);
	o->rest = NULL;
	o->rest_at = o->rest_len = o->rest_size = 0;
}

static int
out_write(BIO *bio, const char *bytes, size_t len, size_t *written)
{
	struct tls_out *o = BIO_get_data(bio);
	struct tls_batch *b = o->batch;

	*written = len;
	if (!b)
		return keep(o, bytes, len);
	if (len > b->size - b->len)
		return 0;
	memcpy(b->bytes + b->len, bytes, len);
	b->len += len;
	return 1;
}

/* OpenSSL flushes at the end of each of its messages; that is done here when it has none left. */
static long
out_control(BIO *bio, int what, long number, void *pointer)
{
	(void)bio, (void)number, (void)pointer;
	return what == BIO_CTRL_FLUSH;
}

BIO_METHOD *
tls_out_method(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "records");

	if (method && BIO_meth_set_write_ex(method, out_write) == 1 &&
	    BIO_meth_set_ctrl(method, out_control) == 1)
		return method;
	BIO_meth_free(method);
	return NULL;
}

BIO *
tls_out_new(struct tls_out *o, BIO_METHOD *method)
{
	BIO *bio = BIO_new(method);

	if (bio) {
		BIO_set_data(bio, o);
		BIO_set_init(bio, 1);
	}
	return bio;
}

void
tls_out_fini(struct tls_out *o)
{
	drop(o);
}

static ssize_t
send_both(const struct tls_out *o, bool more)
{
	struct iovec parts[2] = { { o->rest + o->rest_at, o->rest_len - o->rest_at } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 1 };
	ssize_t n;

	if (o->batch)
		parts[message.msg_iovlen++] = (struct iovec){ o->batch->bytes, o->batch->len };
	do
		n = sendmsg(o->fd, &message, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
	while (n == -1 && errno == EINTR);
	return n;
}

static ssize_t
send_batch(const struct tls_out *o, bool more)
{
	ssize_t n;

	do
		n = call_send(o->fd, o->batch->bytes, o->batch->len,
			 MSG_NOSIGNAL | (more ? MSG_MORE : 0));
	while (n == -1 && errno == EINTR);
	return n;
}

/* So much of what was sent stays. */
static bool
keep_from(struct tls_out *o, size_t sent)
{
	size_t before = o->rest_len - o->rest_at, skip = sent > before ? sent - before : 0;
	struct tls_batch *b = o->batch;

	o->rest_at += sent - skip;
	o->batch = NULL;
	return !b || b->len == 0 || keep(o, b->bytes + skip, b->len - skip);
}

int
tls_out_flush(struct tls_out *o, bool more)
{
	size_t pending = tls_out_pending(o);
	ssize_t n;

	if (pending == 0) {
		o->batch = NULL;
		return 0;
	}
	n = o->rest_len > o->rest_at ? send_both(o, more) : send_batch(o, more);
	if (n == (ssize_t)pending) {
		o->batch = NULL;
		drop(o);
		return 0;
	}
	if (n == -1 && errno != EAGAIN) {
		o->batch = NULL;
		return -1;
	}
	errno = keep_from(o, n == -1 ? 0 : (size_t)n) ? EAGAIN : ENOMEM;
	return -1;
}
