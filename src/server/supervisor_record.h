/*
 * supervisor_record - what a supervisor consists of.
 *
 * Private to the files supervisor*.c: supervisor.c decides, supervisor_life.c is how a
 * generation comes to serve and how it ends, supervisor_child.c starts and tells
 * generations, supervisor_talk.c hears them, supervisor_keep.c holds what outlives them,
 * supervisor_renewal.c starts one for new walls.
 */
#ifndef SERVER_SUPERVISOR_RECORD_H
#define SERVER_SUPERVISOR_RECORD_H

#include "server/control.h"
#include "server/holder.h"
#include "server/message.h"
#include "server/pidfile.h"
#include "server/shared.h"
#include "server/supervisor.h"

enum {
	START_MAX_MS = 60000, /* a folder that does not answer would hold up all reloads */
	DRAINING_MAX = 8,
	CHILDREN_MAX =
		DRAINING_MAX + 6, /* some that are being cut, one that serves, one that starts */
	TICKETS_MAX = 512,
	REFUSAL_MAX = 8192, /* bytes of words that are kept of a reload that was refused */
	ADDRESSES_SIZE = 1024,
};

enum child_state {
	CHILD_STARTING,
	CHILD_SERVING,
	CHILD_DRAINING,
	CHILD_KILLED, /* before it was ready; what it waits for in the kernel may delay its end */
};

/* Why a generation is started. */
enum child_cause { CAUSE_FIRST, CAUSE_RELOAD, CAUSE_CRASH, CAUSE_RENEWAL };

struct child_log {
	char *path; /* "" = a standard stream, which stays */
	uid_t owner;
	bool is_error;
};

/* A generation. */
struct child {
	unsigned generation;
	unsigned slot; /* in the shared memory */
	pid_t pid;
	int channel; /* -1 = it has gone */
	enum child_state state;
	enum child_cause cause;
	bool accepts;	  /* connections */
	int64_t since_ms; /* monotonic: when it was started, then when it was ready or killed */
	bool cut;	  /* it was told to leave now */
	int64_t obey_ms;  /* when it is killed unless it has done what it was told; or INT64_MAX */
	struct child_log *logs;
	size_t log_count;
	size_t reopen_at;	   /* of its logs the first that is still to be opened anew */
	bool reopen_later;	   /* all of them, once it serves */
	size_t logs_unsure;	   /* that it was given and did not say it writes to */
	int error_fd, error_level; /* -1 = standard error */
	int image_fd;		   /* what it had read; -1 = none yet */
	unsigned layout;	   /* of what a supervisor of its program hands on */
	unsigned hosts;
	char addresses[ADDRESSES_SIZE];
};

struct kept_listener {
	struct address wanted;
	int fd;
	unsigned backlog; /* as asked for */
	bool claimed;	  /* by the generation that starts */
	bool fresh;	  /* opened for it */
	bool waits;	  /* bound beside another one, and listens once that generation serves */
};

struct supervisor {
	const char *config_path;
	char *program; /* what is executed */
	struct detach *detach;
	int signal_fd;

	struct holder *own;
	struct kept_listener *listeners;
	size_t listener_count;
	struct pidfile pidfile, next_pidfile; /* paths are allocated */
	bool pidfile_claimed;
	struct control *control;
	int next_control; /* opened for the generation that starts; -1 = none */
	char next_control_path[CONTROL_PATH_MAX]; /* "" = it wants none */

	struct shared *shared;		      /* what generations count */
	struct child *children[CHILDREN_MAX]; /* oldest first */
	size_t child_count;
	unsigned generations; /* that were started */
	int image_fd;	      /* what the last one that served had read; -1 = none */
	size_t tickets_len;
	unsigned char tickets[TICKETS_MAX];
	int error_fd; /* its own: standard error, never waited for; -1 = that itself */

	bool reload_wanted;  /* by a signal */
	bool succession_due; /* another program is to take our place */
	bool taking_over;    /* one that starts by a reload serves; the one before accepts still */
	int64_t drain_ms;    /* when the one before is told to; INT64_MAX = it was */
	unsigned reloads;
	int64_t started_s, reload_s; /* real time: of the start, of the end of the last reload */
	bool reload_good;
	char refusal[REFUSAL_MAX]; /* why the last one was not */
	bool reopening;		   /* logs, and somebody waits for that */
	bool reopen_failed;
	int64_t respawn_ms; /* when one that crashed is started again; INT64_MAX = none did */
	int64_t delay_ms;   /* the last one was waited for so long */
	unsigned crashes;
	bool renewal_wanted;
	int64_t renewal_ms;	  /* monotonic: none is started before */
	int64_t renewal_pause_ms; /* from the last one to that; 0 = there was none */

	bool stopping;
	int status; /* to exit with */
};

/* supervisor_child.c */

/* Starts a generation.  0, or -1: the error log has the reason. */
int child_start(struct supervisor *, enum child_cause);

/* The one in that state, or NULL; of those that drain the oldest. */
struct child *child_in_state(const struct supervisor *, enum child_state);

/* Tells it something that needs no more words; one that cannot be told is killed, and so is one
 * that does not do it in time. */
void child_tell(struct child *, enum message_kind, const char *text);

/* Answers it.  number: 0 or errno; the descriptor stays the caller's. */
void child_answer(struct child *, int number, const char *text, int fd);

/* Opens its logs anew and hands them over, as many as the channel takes. */
void child_reopen_logs(struct supervisor *, struct child *);

/* Forgets one that has ended. */
void child_forget(struct supervisor *, struct child *);

/* supervisor_keep.c */

/* A generation begins to ask: nothing is claimed. */
void keep_begin(struct supervisor *);

/* The socket for an address, kept or new, which stays kept.  -1 with errno, and words where there
 * are more to say. */
int keep_listener(struct supervisor *, const struct address *, unsigned backlog,
		  const char **words);

/* 0, or -1 with errno as pidfile_open(). */
int keep_pidfile(struct supervisor *, const char *path, pid_t *other);

/*
 * The generation that asked is ready: what was bound for it beside others listens, and no new
 * connection begins on those others.  True when there are such, which are to be served for a while;
 * *error: 0, or errno when one cannot listen, and the generation not be accepted.
 */
bool keep_hand_over(struct supervisor *, int *error);

/* The generation that asked is ready, and what it did not ask for is let go; or it failed, and what
 * was opened for it is. */
void keep_settle(struct supervisor *, bool accepted);

/* No connection comes any more. */
void keep_close_listeners(struct supervisor *);
void keep_free(struct supervisor *);

/* Where the control socket shall be; "" = nowhere.  0, or -1 with errno as control_open(). */
int keep_control(struct supervisor *, const char *path);

/* supervisor_life.c */

/* The one that starts is ready: it serves now. */
void life_accept(struct supervisor *, struct child *);

/* Those before it are told to drain; whoever was told already hears nothing new. */
void life_drain_old(struct supervisor *);

/*
 * A start that is not waited for any more.  What it waits for may keep the process from ending, a
 * file server that is gone say; so this is the end of the start, whenever that of the process is.
 */
void life_kill_start(struct supervisor *, struct child *);

/* The process has ended; how: as of waitpid(2).  The child is gone afterwards. */
void life_end(struct supervisor *, struct child *, int how);

/* Another one is started after a while, each time later, until one has run for a while; ran_ms: the
 * last one. */
void life_plan_respawn(struct supervisor *, int64_t ran_ms);

/* What the error log of a generation is becomes ours. */
void life_follow_error_log(struct supervisor *, const struct child *);

/* supervisor_orders.c */

/* Does what control asks for, but for reload, which supervisor.c begins. */
void orders_run(struct supervisor *);

/* A reload begins, is spoken about, ends. */
void orders_begin_reload(struct supervisor *);
void orders_say(struct supervisor *, int level, const char *words);
void orders_end_reload(struct supervisor *, bool good);

/* supervisor_renewal.c */

/* Starts a generation with new walls, where one is wanted and it is time. */
void renewal_run(struct supervisor *);

/* Such a one serves, or has ended before. */
void renewal_say_end(const struct supervisor *, const struct child *, bool good);

/* supervisor_talk.c */

/* Hears all that it has said so far; true when it is ready to serve. */
bool child_hear(struct supervisor *, struct child *);

/* Hears no more of it. */
void child_leave(struct child *);

/* supervisor.c */

/* The service manager hears that we serve, or that nobody does. */
void supervisor_tell_manager(const struct supervisor *);

void supervisor_reopen_logs(struct supervisor *);

/* The second time at once. */
void supervisor_stop(struct supervisor *);

/* Words about a start, for the error log and whoever waits for its end. */
void supervisor_say(struct supervisor *, int level, const char *words);

#endif
