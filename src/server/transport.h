/*
 * transport - the bytes of a connection, below any protocol.
 *
 * Plain sockets here; TLS (tls.h) is another set of the same operations.  All calls are
 * non-blocking: -1 with EAGAIN means "wait for the socket", with EPROTO that what came was no TLS.
 * What a send was tried with and that was not taken is what the next send must begin with, since it
 * may have been sealed already: see `held`.  Belongs to the connection's worker.
 */
#ifndef SERVER_TRANSPORT_H
#define SERVER_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct transport;

/* What comes behind the bytes of a send. */
enum transport_more {
	TRANSPORT_NOW,	/* nothing, for now */
	TRANSPORT_MORE, /* other bytes, at once: a short packet may wait for them */
	TRANSPORT_LAST, /* the end, at once: the next call is transport_finish() or _close(), or
			   this send again for what it did not take */
};

struct transport_ops {
	ssize_t (*receive)(struct transport *, char *out, size_t cap);
	ssize_t (*send)(struct transport *, const char *bytes, size_t len, enum transport_more);
	ssize_t (*send_two)(struct transport *, const char *first, size_t first_len,
			    const char *second, size_t second_len);
	ssize_t (*send_file)(struct transport *, int fd, off_t *at, size_t len);
	int (*push)(struct transport *); /* NULL when plain */
	void (*finish)(struct transport *);
	void (*close)(struct transport *);
};

struct transport {
	const struct transport_ops *ops;
	void *state; /* of TLS; NULL when plain */
	int fd;
	bool ended;	    /* the client sends no more: the next receive gives 0 */
	bool crossed;	    /* receiving waits until something can be sent */
	bool interrupted;   /* receiving would take long: there may be more at once */
	bool gathered;	    /* something of its own waits for the next send; see transport_push() */
	bool broken;	    /* to be closed so that the client sees that not everything came */
	size_t held;	    /* bytes of the next send that are sealed already; 0 when plain */
	size_t room;	    /* of TLS: the socket takes so many bytes, or more by now */
	size_t unsent_most; /* see transport_limit_unsent(); 0 = as many as the socket takes */
};

/* The operations of plain sockets. */
extern const struct transport_ops transport_plain;

/* Takes the connected, non-blocking socket. */
void transport_init_plain(struct transport *, int fd);

/* Bytes received, 0 at the end of what the client sends, -1 with errno. */
static inline ssize_t
transport_receive(struct transport *t, char *out, size_t cap)
{
	return t->ops->receive(t, out, cap);
}

/* Bytes taken, or -1 with errno. */
static inline ssize_t
transport_send(struct transport *t, const char *bytes, size_t len, enum transport_more more)
{
	return t->ops->send(t, bytes, len, more);
}

/* As transport_send, of bytes that stand in two places. */
static inline ssize_t
transport_send_two(struct transport *t, const char *first, size_t first_len, const char *second,
		   size_t second_len)
{
	return t->ops->send_two(t, first, first_len, second, second_len);
}

/* As transport_send, from a file; moves *at.  0 = the file ends before len. */
static inline ssize_t
transport_send_file(struct transport *t, int fd, off_t *at, size_t len)
{
	return t->ops->send_file(t, fd, at, len);
}

/* Before the client is waited for, where `gathered` is set: sends what the transport itself has to
 * say.  0, or -1 with errno. */
static inline int
transport_push(struct transport *t)
{
	return t->ops->push(t);
}

/* Bytes taken that the client has not acknowledged yet. */
size_t transport_unsent(const struct transport *);

/* Bytes taken that the kernel has not sent yet; 0 of unix sockets. */
size_t transport_backlog(const struct transport *);

/* The kernel takes no more while it has so many bytes that it has not sent.  Without effect where
 * the socket has no such thing, as those of unix(7). */
void transport_limit_unsent(struct transport *, size_t bytes);

/* Asks how many bytes the socket takes without leaving some, as far as that can be told, and puts
 * it into `room` too. */
size_t transport_room(struct transport *);

/* Where it is, epoll tells when it is no more.  Earlier than room has gone to 0: the kernel wants a
 * third of the memory to be free, and less than half of the limit to be unsent. */
bool transport_is_full(const struct transport *);

/* Says that no more will be sent; the other direction stays open. */
static inline void
transport_finish(struct transport *t)
{
	t->ops->finish(t);
}

/* Ends the socket.  Harmless the second time. */
static inline void
transport_close(struct transport *t)
{
	t->ops->close(t);
}

#endif
