/*
 * report - how the server is, in words for people and in JSON for programs.
 *
 * Made from what the supervisor knows and from what generations count (shared.h).  The
 * supervisor's thread.
 */
#ifndef SERVER_REPORT_H
#define SERVER_REPORT_H

#include <sys/types.h>

#include "server/shared.h"

/* A generation, as the supervisor sees it. */
struct report_generation {
	unsigned number;
	pid_t pid;
	const char *state;		/* "serving", "draining", "starting" */
	int64_t state_ms;		/* for so long */
	const struct shared_slot *slot; /* NULL = it counts where nobody sees it */
};

struct report {
	const char *config_path;
	pid_t pid;
	int64_t now_s, started_s; /* real time */
	const struct report_generation *generations;
	size_t generation_count;
	const struct shared *shared; /* for what those counted that are gone */
	unsigned reloads;	     /* that were asked for */
	int64_t reload_s;	     /* real time of the last one's end; 0 = there was none */
	bool reload_good;
	const char *reload_words; /* of one that was refused; several lines are allowed */
	unsigned crashes;	  /* of generations, since the start */
	int64_t respawn_ms;	  /* the next attempt is made in so long; -1 = none is due */
};

/* Lines, or one JSON object and a newline.  The caller frees it.  NULL with errno ENOMEM. */
char *report_text(const struct report *);
char *report_json(const struct report *);

#endif
