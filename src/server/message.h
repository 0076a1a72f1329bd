/*
 * message - what a supervisor and its generations say to each other.
 *
 * A socketpair keeps the bounds of messages.  Each is a head of fixed size, at most MESSAGE_TEXT
 * bytes of text, and at most one descriptor.  The head and the kinds SAY and HELLO are the same in
 * every version, so that two programs which do not fit can tell it in words; all else may change
 * with the version.  Whoever receives trusts nothing: the other side may have been taken over.
 * Any thread may send.
 */
#ifndef SERVER_MESSAGE_H
#define SERVER_MESSAGE_H

#include "base/address.h"

enum { MESSAGE_VERSION = 2, MESSAGE_TEXT = 4096 };

/* MESSAGE(enumerator, word, sender): what number, text and descriptor mean stands in the list. */
enum message_kind {
#define MESSAGE(enumerator, word, sender) enumerator,
#include "server/message.def"
#undef MESSAGE
	MESSAGE_KIND_COUNT
};

enum message_sender { FROM_SUPERVISOR, FROM_GENERATION };

struct message {
	enum message_kind kind;
	int32_t number;
	int fd; /* sent: stays the sender's; received: the receiver owns it; -1 = none */
	size_t len;
	char text[MESSAGE_TEXT + 1]; /* received ones end with NUL behind len */
};

enum message_result {
	MESSAGE_OK,
	MESSAGE_NONE,		 /* nothing is there (EAGAIN) */
	MESSAGE_END,		 /* the other side has gone, or the socket is of no use: errno */
	MESSAGE_BAD,		 /* no message, or not one that the other side may send */
	MESSAGE_VERSION_DIFFERS, /* *version is theirs */
};

/* Both ends of a channel, close-on-exec.  0, or -1 with errno. */
int message_pair(int fds[2]);

/* Sets the text; what is too long is cut.  Kind, number and descriptor are the caller's. */
void message_set_text(struct message *, struct slice);

/* An address as text; false when a received text is none. */
void message_set_address(struct message *, const struct address *);
bool message_get_address(const struct message *, struct address *);

/* 0, or -1 with errno: EAGAIN when a socket that does not wait is full. */
int message_send(int channel, const struct message *);

/* Receives one of those that `sender` may send.  Unless MESSAGE_OK nothing is owned. */
enum message_result message_receive(int channel, enum message_sender, struct message *,
				    uint16_t *version);

/* "listener", for logs. */
const char *message_word(enum message_kind);

#endif
