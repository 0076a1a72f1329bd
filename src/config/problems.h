/*
 * problems - what is wrong with a configuration, gathered and then told at once.
 *
 * Every file of a run adds what it finds; print shows it by file in the order of reading and by
 * line.  Texts are copied, so problems outlive the configuration they are about.  At most
 * PROBLEMS_SHOWN are kept; the rest is counted, and an error pushes out a warning.  One thread.
 */
#ifndef CONFIG_PROBLEMS_H
#define CONFIG_PROBLEMS_H

#include <stdarg.h>
#include <stdio.h>

#include "base/slice.h"
#include "config/origin.h"

enum { PROBLEMS_SHOWN = 50 };

enum problem_kind { PROBLEM_ERROR, PROBLEM_WARNING };

/* Where a problem is; what is not known stays empty. */
struct problem_place {
	struct origin at;
	struct slice section; /* "host example.org" */
	struct slice key;
	struct slice line; /* the line itself */
};

struct problems;

/* NULL when out of memory. */
struct problems *problems_new(void);

/* NULL is allowed. */
void problems_free(struct problems *);

/* Says that the reading of a file begins: files are told of in this order. */
void problems_begin_file(struct problems *, const char *file);

/* hint, if not empty, is the nearest right word.  An error counts even when there is no memory to
 * keep it. */
void problems_add(struct problems *, enum problem_kind, const struct problem_place *,
		  struct slice hint, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void problems_vadd(struct problems *, enum problem_kind, const struct problem_place *,
		   struct slice hint, const char *fmt, va_list)
	__attribute__((format(printf, 5, 0)));

/* How many there were, kept or not. */
size_t problems_count(const struct problems *, enum problem_kind);

/*
 * "file:line: [section] key: words", then the line itself, indented, then, where there is a hint,
 * did you mean "word"?  Warnings begin with "warning: ".  Bytes that could disturb a terminal are
 * shown as \xHH.
 */
void problems_print(const struct problems *, FILE *);

#endif
