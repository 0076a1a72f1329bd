/*
 * tls - see tls.h.
 *
 * Receiving: OpenSSL reads ahead, so most requests cost one recv(2), and a callback notes when that
 * emptied the socket: then, as with a plain socket, no second one is needed to learn that there is
 * no more.  Otherwise it goes on until the socket says EAGAIN, because epoll is edge-triggered and
 * would not tell again of what OpenSSL holds.  But OpenSSL itself would go on for as long as
 * records come that have no data in them, keys to be changed, say, and others would wait: so the
 * callback lets it look at the socket a few times only, and transport.interrupted tells of that.
 * Who sends very many of them and nothing else is not heard any further.
 *
 * Sending: records gather in tls_out.h, and as many leave at once as the socket has room for: what
 * is sealed and then not taken is memory which a client who does not read would have for nothing.
 * If there was less room than it seemed the rest stays there, and in transport.held is how much
 * content it is; the next send, of whatever bytes, is that rest and nothing else.  Orders of
 * OpenSSL, such as tickets, wait until something else is sent, or until the client is waited for.
 *
 * With ktls the kernel seals what is sent on the socket, so sending is that of a plain one.
 */
#include "config.h"

#include "server/tls.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/tls_private.h"

enum {
	LOOKS = 2, /* at the socket, in one receive: a record may come in two pieces */
	TOO_MANY = -1,
	UNLIMITED = -2,
	BARREN_MOST = 64 * 1024, /* bytes received behind one another and no data in them */
	GATHERED_MOST = 4096,	 /* bytes that may wait for an answer while more is received */
	SHORT = 3072,		 /* bytes of most answers */
	RECORD_SMALL = 4096,	 /* that may wait, where the socket takes less than it seemed */
	PACKET = 1024,		 /* what each takes of the socket's memory besides its bytes */
};

static struct tls *
state_of(const struct transport *t)
{
	return t->state;
}

/* Of SSL_get_error(): errno, for whoever called the transport. */
static ssize_t
failed(struct transport *t, int result)
{
	struct tls *tls = state_of(t);
	int error = errno;
	const char *words = ERR_reason_error_string(ERR_peek_last_error());

	switch (SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		errno = EAGAIN;
		break;
	case SSL_ERROR_ZERO_RETURN:
		t->ended = true;
		return 0;
	case SSL_ERROR_SYSCALL:
		errno = error && error != EAGAIN ? error : ECONNRESET;
		break;
	default:
		tls->words = words ? words : "no words for it";
		errno = EPROTO;
		break;
	}
	return -1;
}

static int
tls_push(struct transport *t)
{
	struct tls *tls = state_of(t);

	if (tls_out_flush(&tls->out, false) == -1)
		return -1;
	t->gathered = false;
	return 0;
}

static ssize_t
receive_some(struct transport *t, char *out, size_t cap)
{
	struct tls *tls = state_of(t);
	size_t got = 0, n;
	ssize_t result;
	int ok;

	t->crossed = false;
	if (tls_out_pending(&tls->out) > GATHERED_MOST && tls_push(t) == -1) {
		t->crossed = errno == EAGAIN;
		return -1;
	}
	while (got < cap) {
		ERR_clear_error();
		errno = 0;
		ok = SSL_read_ex(tls->ssl, out + got, cap - got, &n);
		if (!ok) {
			result = failed(t, ok);
			t->gathered = t->held == 0 && tls_out_pending(&tls->out) > 0;
			t->crossed = SSL_want_write(tls->ssl);
			/* what is there is given first; the rest shows at the next receive */
			if (got == 0)
				return result;
			if (result == -1 && errno != EAGAIN)
				t->ended = true;
			break;
		}
		got += n;
		if (tls->drained && !SSL_has_pending(tls->ssl))
			break;
	}
	return (ssize_t)got;
}

static ssize_t
tls_receive(struct transport *t, char *out, size_t cap)
{
	struct tls *tls = state_of(t);
	ssize_t result;

	tls->looks_left = LOOKS;
	result = receive_some(t, out, cap);
	t->interrupted = tls->looks_left == TOO_MANY;
	tls->looks_left = UNLIMITED;
	if (result > 0)
		tls->barren = 0;
	if (result == -1 && errno == EAGAIN && tls->barren > BARREN_MOST) {
		tls->words = "too many records without data";
		errno = EPROTO;
	}
	return result;
}

/* When the kernel is short of memory a socket takes less than it has room for.  Who reads slowly
 * has one record left then, and not a batch.  Of HTTP/2 there is no such backlog. */
static size_t
most_of(const struct transport *t)
{
	if (t->unsent_most == 0 && transport_backlog(t) > TLS_BATCH_CONTENT)
		return TLS_RECORD_MOST;
	return TLS_BATCH_CONTENT;
}

/*
 * How much to seal, which is all or whole records, but a small one where the socket is too small
 * for more; 0 with errno where it is full.  What is known of its room is used up before it is asked
 * again.
 */
static size_t
batch_of(struct transport *t, size_t len)
{
	size_t most = len > TLS_RECORD_MOST ? most_of(t) : TLS_RECORD_MOST;

	if (len > most)
		len = most;
	if (len <= t->room || len <= transport_room(t))
		return len;
	if (t->room >= TLS_RECORD_MOST)
		return t->room - t->room % TLS_RECORD_MOST;
	if (!transport_is_full(t))
		return len < RECORD_SMALL ? len : RECORD_SMALL;
	errno = EAGAIN;
	return 0;
}

static void
use_room(struct transport *t, size_t len)
{
	t->room -= t->room < len + PACKET ? t->room : len + PACKET;
}

/* The rest of the records that were left.  What they hold, or -1. */
static ssize_t
send_held(struct transport *t)
{
	size_t held = t->held;

	if (tls_out_flush(&state_of(t)->out, false) == -1)
		return -1;
	t->held = 0;
	return (ssize_t)held;
}

static bool
seal(struct transport *t, struct tls_batch *batch, const char *bytes, size_t len)
{
	struct tls *tls = state_of(t);
	size_t n;
	int ok;

	batch->len = 0;
	tls->out.batch = batch;
	ERR_clear_error();
	errno = 0;
	ok = SSL_write_ex(tls->ssl, bytes, len, &n);
	if (ok)
		return true;
	tls->out.batch = NULL;
	if (failed(t, ok) == 0)
		errno = EPIPE;
	return false;
}

static ssize_t
send_in(struct transport *t, struct tls_batch *batch, const char *bytes, size_t len,
	enum transport_more more)
{
	struct tls *tls = state_of(t);

	if (!seal(t, batch, bytes, len))
		return -1;
	if (more == TRANSPORT_LAST)
		SSL_shutdown(tls->ssl);
	t->gathered = false;
	use_room(t, len);
	if (tls_out_flush(&tls->out, more == TRANSPORT_MORE) == 0)
		return (ssize_t)len;
	if (errno == EAGAIN)
		t->held = len;
	t->room = 0;
	return -1;
}

/* Each of these has a frame of its own: to make room for a batch where a page is enough costs. */

static __attribute__((noinline)) ssize_t
send_short(struct transport *t, const char *bytes, size_t len, enum transport_more more)
{
	char room[SHORT + TLS_RECORD_MORE];
	struct tls_batch batch = { .bytes = room, .size = sizeof room };

	return send_in(t, &batch, bytes, len, more);
}

static __attribute__((noinline)) ssize_t
send_long(struct transport *t, const char *bytes, size_t len, enum transport_more more)
{
	char room[TLS_BATCH_SIZE];
	struct tls_batch batch = { .bytes = room, .size = sizeof room };

	return send_in(t, &batch, bytes, len, more);
}

/* Not more than a batch. */
static ssize_t
send_records(struct transport *t, const char *bytes, size_t len, enum transport_more more)
{
	return len <= SHORT ? send_short(t, bytes, len, more) : send_long(t, bytes, len, more);
}

static ssize_t
tls_send(struct transport *t, const char *bytes, size_t len, enum transport_more more)
{
	size_t n;

	if (t->held > 0)
		return send_held(t);
	n = batch_of(t, len);
	if (n == 0)
		return -1;
	return send_records(t, bytes, n, n < len ? TRANSPORT_MORE : more);
}

/* Both in one record, as far as it goes. */
static ssize_t
tls_send_two(struct transport *t, const char *first, size_t first_len, const char *second,
	     size_t second_len)
{
	char record[TLS_RECORD_MOST];
	size_t len = first_len + second_len, n, head;

	if (t->held > 0)
		return send_held(t);
	if (first_len == 0)
		return tls_send(t, second, second_len, TRANSPORT_NOW);
	n = batch_of(t, len < sizeof record ? len : sizeof record);
	if (n == 0)
		return -1;
	head = first_len < n ? first_len : n;
	memcpy(record, first, head);
	memcpy(record + head, second, n - head);
	return send_records(t, record, n, n < len ? TRANSPORT_MORE : TRANSPORT_NOW);
}

static ssize_t
read_piece(int fd, char *out, size_t size, off_t at)
{
	ssize_t n;

	do
		n = pread(fd, out, size, at);
	while (n == -1 && errno == EINTR);
	return n;
}

/* As send_records, from a file. */
static ssize_t
send_piece(struct transport *t, int fd, off_t at, size_t len)
{
	char piece[TLS_BATCH_CONTENT];
	size_t n = batch_of(t, len);
	ssize_t got = n > 0 ? read_piece(fd, piece, n, at) : -1;

	if (got <= 0)
		return got;
	return send_records(t, piece, (size_t)got, n < len ? TRANSPORT_MORE : TRANSPORT_NOW);
}

static ssize_t
tls_send_file(struct transport *t, int fd, off_t *at, size_t len)
{
	size_t sum = 0;

	while (sum < len) {
		ssize_t n = t->held > 0 ? send_held(t) : send_piece(t, fd, *at, len - sum);

		if (n <= 0)
			return sum > 0 ? (ssize_t)sum : n;
		*at += n;
		sum += (size_t)n;
	}
	return (ssize_t)sum;
}

/* RFC 8446 6.1: without close_notify the client could not tell an end from an attack. */
static void
say_end(struct transport *t)
{
	struct tls *tls = state_of(t);

	if (t->held == 0 && !t->broken && SSL_is_init_finished(tls->ssl) &&
	    !(SSL_get_shutdown(tls->ssl) & SSL_SENT_SHUTDOWN)) {
		ERR_clear_error();
		SSL_shutdown(tls->ssl);
	}
	tls_out_flush(&tls->out, false);
}

static void
tls_finish(struct transport *t)
{
	say_end(t);
	transport_plain.finish(t);
}

static void
tls_close(struct transport *t)
{
	struct tls *tls = state_of(t);

	if (tls) {
		say_end(t);
		SSL_free(tls->ssl);
		OPENSSL_free(tls->client);
		tls_out_fini(&tls->out);
		free(tls);
	}
	t->state = NULL;
	transport_plain.close(t);
}

static const struct transport_ops secure = {
	.receive = tls_receive,
	.send = tls_send,
	.send_two = tls_send_two,
	.send_file = tls_send_file,
	.push = tls_push,
	.finish = tls_finish,
	.close = tls_close,
};

/* With ktls. */

static ssize_t
kernel_send(struct transport *t, const char *bytes, size_t len, enum transport_more more)
{
	return transport_plain.send(t, bytes, len, more);
}

static ssize_t
kernel_send_two(struct transport *t, const char *first, size_t first_len, const char *second,
		size_t second_len)
{
	return transport_plain.send_two(t, first, first_len, second, second_len);
}

static ssize_t
kernel_send_file(struct transport *t, int fd, off_t *at, size_t len)
{
	return transport_plain.send_file(t, fd, at, len);
}

static const struct transport_ops sealed_by_kernel = {
	.receive = tls_receive,
	.send = kernel_send,
	.send_two = kernel_send_two,
	.send_file = kernel_send_file,
	.push = tls_push,
	.finish = tls_finish,
	.close = tls_close,
};

/* Does what read(2) does of a socket that has nothing, when it was asked often enough. */
static bool
may_look(struct tls *tls, BIO *bio)
{
	if (tls->looks_left == UNLIMITED)
		return true;
	if (tls->looks_left > 0) {
		tls->looks_left--;
		return true;
	}
	tls->looks_left = TOO_MANY;
	BIO_clear_retry_flags(bio);
	BIO_set_retry_read(bio);
	return false;
}

/* BIO_callback_fn_ex(3): what it returns is what the operation returns. */
static long
note_receive(BIO *bio, int operation, const char *bytes, size_t len, int argi, long argl,
	     int result, size_t *processed)
{
	struct tls *tls = (struct tls *)BIO_get_callback_arg(bio);

	(void)bytes, (void)argi, (void)argl;
	if (operation == BIO_CB_READ && !may_look(tls, bio))
		return -1;
	if (operation != (BIO_CB_READ | BIO_CB_RETURN))
		return result;
	tls->drained = result <= 0 || *processed < len;
	if (result > 0 && tls->looks_left != UNLIMITED)
		tls->barren += *processed;
	return result;
}

bool
tls_begin(struct transport *t, struct tls_context *context, size_t listener)
{
	struct tls *tls = calloc(1, sizeof *tls);
	BIO *bio;

	if (!tls)
		return false;
	tls->context = context;
	tls->listener = (uint16_t)listener;
	tls->looks_left = UNLIMITED;
	tls->out.fd = t->fd;
	tls->ssl = tls_context_start(context, tls);
	if (!tls->ssl) {
		free(tls);
		return false;
	}
	bio = SSL_get_rbio(tls->ssl);
	BIO_set_callback_arg(bio, (char *)tls);
	BIO_set_callback_ex(bio, note_receive);
	t->state = tls;
	t->ops = &secure;
	return true;
}

/* The kernel seals from here on: BIO_get_ktls_send(3). */
static bool
kernel_sends(const struct tls *tls)
{
	return BIO_get_ktls_send(SSL_get_wbio(tls->ssl));
}

/* What is there to be said is said before anything is waited for. */
static enum tls_progress
unfinished(struct transport *t, int result)
{
	struct tls *tls = state_of(t);
	bool gone = failed(t, result) == 0;
	int error = errno;

	if (tls_out_flush(&tls->out, false) == -1 && errno == EAGAIN && error == EAGAIN)
		return TLS_WANT_WRITE;
	if (gone)
		return TLS_GONE;
	if (error == EAGAIN)
		return SSL_want_write(tls->ssl) ? TLS_WANT_WRITE : TLS_WANT_READ;
	if (tls->unserved)
		tls->words = "no host of that name has a certificate";
	return error == EPROTO ? TLS_FAILED : TLS_GONE;
}

enum tls_progress
tls_handshake(struct transport *t)
{
	struct tls *tls = state_of(t);
	int ok;

	if (tls_out_flush(&tls->out, false) == -1)
		return errno == EAGAIN ? TLS_WANT_WRITE : TLS_GONE;
	ERR_clear_error();
	errno = 0;
	ok = SSL_do_handshake(tls->ssl);
	if (ok != 1)
		return unfinished(t, ok);
	if (kernel_sends(tls))
		t->ops = &sealed_by_kernel;
	else if (!tls_context_gather(tls->context, tls))
		return TLS_GONE;
	t->gathered = tls_out_pending(&tls->out) > 0;
	return TLS_DONE;
}

const struct site *
tls_site(const struct transport *t)
{
	return state_of(t)->site;
}

bool
tls_is_http2(const struct transport *t)
{
	const unsigned char *name;
	unsigned len;

	SSL_get0_alpn_selected(state_of(t)->ssl, &name, &len);
	return len == 2 && memcmp(name, "h2", 2) == 0;
}

const char *
tls_words(const struct transport *t)
{
	const struct tls *tls = t->state;

	return tls && tls->words ? tls->words : "";
}
