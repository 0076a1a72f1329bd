/*
 * channel - a generation's end of the socketpair to its supervisor.
 *
 * Until the generation is ready it waits for answers, and all it has to say (the error log's lines
 * above all) goes to the supervisor, who knows who wants to read it.  From then on it waits for
 * nothing, and does what it is told.  Main thread, but for the lines of the error log.
 */
#ifndef SERVER_CHANNEL_H
#define SERVER_CHANNEL_H

#include "base/slice.h"
#include "server/message.h"

enum { CHANNEL_NUMBER = 3 }; /* the descriptor with which a generation is started */

struct channel {
	int fd;
	unsigned generation; /* from 1 on */
	bool detach;	     /* standard streams are to be left when it is ready */
	int image_fd;	     /* what another generation had read; -1 = nothing */
	bool from_image;     /* start from that, not from the disk */
	int shared_fd;	     /* memory of the counters; -1 = none */
	unsigned slot;	     /* in it */
	size_t tickets_len;  /* keys of session tickets; 0 = none */
	unsigned char tickets[512];
};

/*
 * Takes over that descriptor and hears what the supervisor has to say before the start.  NULL, or
 * the words for the user.  The rest belongs to the channel until channel_close().
 */
const char *channel_open(struct channel *, int fd);
void channel_close(struct channel *);

/* From here on lines of the error log go to the supervisor; until channel_ready(). */
void channel_divert_log(struct channel *);

/* Text as it is, of any length, for whoever started this generation. */
void channel_say(struct channel *, struct slice text);

/* It serves: "LAYOUT HOSTS ADDRESS ...".  The image stays the caller's; -1 = none.  0, or -1 with
 * errno.
 */
int channel_ready(struct channel *, int level, const char *words, int image_fd);

/* Tells the keys that session tickets are sealed with.  0, or -1 with errno. */
int channel_keep_tickets(struct channel *, const unsigned char *keys, size_t len);

/* The next thing it is told.  Behind MESSAGE_OK the caller owns the descriptor. */
enum message_result channel_next(struct channel *, struct message *);

/* Says that a log opened anew is written to, or that no connection is accepted any more. */
void channel_confirm(struct channel *, enum message_kind);

#endif
