/*
 * error_log - what the administrator should know, a line each.
 *
 * One per process.  A line is one write(2) on a descriptor opened for append, so lines of several
 * threads never mix and no lock is needed.  Control bytes and bytes that are not printable are
 * shown as \xHH, so that nothing a client sent can forge a line.  Any thread; errno is preserved.
 */
#ifndef LOG_ERROR_LOG_H
#define LOG_ERROR_LOG_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/slice.h"

/* As syslog has them, most urgent first.  ERROR_LEVEL(enumerator, word) */
enum error_level {
#define ERROR_LEVEL(enumerator, word) enumerator,
#include "log/error_level.def"
#undef ERROR_LEVEL
	ERROR_LEVEL_COUNT
};

/* The level of that name, or ERROR_LEVEL_COUNT. */
enum error_level error_level_parse(struct slice word);
struct slice error_level_name(enum error_level);

/* Where lines go and which: fd stays the caller's.  Before any thread exists; the start is standard
 * error at notice. */
void error_log_open(int fd, enum error_level);

/*
 * Hands every line of that level to somebody else instead; NULL ends it, and so does
 * error_log_open().  Before any thread exists, or when none of them has anything to say.
 */
void error_log_divert(void (*)(enum error_level, const char *words));

/* Would a line of this level be written? */
bool error_log_wants(enum error_level);

/* "2026/11/23 19:49:00 [warn] 1234#2: words".  fmt without a newline. */
void error_log(enum error_level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Where lost lines are counted from now on, as long as the counter lives; NULL = here again. Before
 * any thread exists, or when none is left. */
void error_log_count_lost(_Atomic uint64_t *counter);

/* Lines that could not be written (a full disk), by that counter. */
uint64_t error_log_lost(void);

#endif
