/*
 * control - the socket by which the administrator's commands reach a server that runs.
 *
 * A unix socket that only root and who started the server may speak to.  Who asks sends one line, a
 * word of control_command.def and, if he likes, a blank and the configuration file that he means.
 * The answer is lines, each marked by its first byte, the last of them an exit status; it may come
 * bit by bit, and late.  Several may ask for the same and all get the answer.
 *
 * Nothing here waits: who says nothing, or does not read, is left after a while, and who comes when
 * CONTROL_ASKERS are there already waits in the kernel.  The supervisor's thread; an epoll
 * descriptor of its own stands for everything that is to be watched.
 */
#ifndef SERVER_CONTROL_H
#define SERVER_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum control_command {
#define CONTROL_COMMAND(enumerator, word) enumerator,
#include "server/control_command.def"
#undef CONTROL_COMMAND
	CONTROL_COMMAND_COUNT
};

enum {
	CONTROL_ASKERS = 16,
	CONTROL_PATH_MAX = 108, /* of the socket, with its NUL */

	/* how a line of the answer begins */
	CONTROL_SAY = ' ',	/* for standard output */
	CONTROL_COMPLAIN = '!', /* for standard error */
	CONTROL_STATUS_IS = '=' /* the exit status; nothing comes behind it */
};

/* Where it is when nobody says otherwise.  The directory is made when it is not there. */
#define CONTROL_DIRECTORY RUNSTATEDIR "/tinyhttpd"
#define CONTROL_PATH	  CONTROL_DIRECTORY "/control"

struct control;

/*
 * A listening socket at an absolute path, for its owner alone.  A stale one is replaced.  -1 with
 * errno: EADDRINUSE when a server answers there, EEXIST when it is no socket, ENAMETOOLONG.
 */
int control_open(const char *path);

/* What to say to the administrator about that, with the remedy. */
const char *control_explain(int error);

/* config_path, which stays the caller's, is what the server was started with.  NULL with errno. */
struct control *control_new(const char *config_path);

/* Leaves all who still ask without an answer and removes the socket's file.  NULL is allowed. */
void control_free(struct control *);

/*
 * Listens on a socket of control_open(), or one inherited, from now on; fd is the control's.  The
 * one before is closed, and its file removed unless it is the same path; who asked there stays.
 * fd -1, path NULL: on none.  0, or -1 with errno, and then all is as before and fd the caller's.
 */
int control_listen(struct control *, int fd, const char *path);

/* What it listens on, for who hands it on to another program: -1 and NULL = nothing. */
int control_listener(const struct control *);
const char *control_path(const struct control *);

/* To be watched for reading. */
int control_fd(const struct control *);

/* When control_run() is due even if nothing is to be read: monotonic; INT64_MAX = never. */
int64_t control_due_ms(const struct control *);

/* Does whatever there is to do; afterwards it may be that something is wanted. */
void control_run(struct control *, int64_t now_ms);

/* How many ask for that and are not being answered yet. */
unsigned control_wanted(const struct control *, enum control_command);

/* All who want that are now being answered, and those who come later are not among them. */
void control_begin(struct control *, enum control_command);

/*
 * Lines to all who are being answered for that command, for standard output and for standard error.
 * The text may have several, and control bytes in it do no harm.  Without any who ask it does
 * nothing.
 */
void control_say(struct control *, enum control_command, const char *text);
void control_complain(struct control *, enum control_command, const char *text);

/* The end of their answer. */
void control_finish(struct control *, enum control_command, int exit_status);

/* The word by which one asks for it. */
const char *control_word(enum control_command);

#endif
