/*
 * walls - see walls.h.
 *
 * The order: Landlock first, since the filter of system calls no longer lets anybody make rules.
 * Both need NO_NEW_PRIVS, which privileges_drop() has set.
 *
 * Before them comes what libraries read when they are first used, and could not read later: the
 * time zone, and what libcrypto is configured with.  (glibc's malloc would like to know the
 * machine's overcommit_memory when it gives memory back, and does without.)
 *
 * `auto` takes what the kernel has.  Of Landlock an older one has less: then connections over TCP
 * and signals are kept in by the filter alone, in which there is no call for the one and none for
 * the other; so `strict` asks for files and calls, and not for a number.  A program that is built
 * with sanitizers or counts lines needs more than a server does (LeakSanitizer starts a process and
 * traces this one), so there `auto` builds nothing.
 */
#include "config.h"

#include "server/walls.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "base/digest.h"
#include "log/error_log.h"
#include "server/landlock.h"
#include "server/notify.h"
#include "server/seccomp.h"

static void
warm_up(void)
{
	tzset();
	digest_free(digest_new()); /* a file without a plausible date needs one */
}

static void __attribute__((format(printf, 2, 3))) miss(struct walls *w, const char *fmt, ...)
{
	size_t used = strlen(w->missing);
	char words[sizeof w->missing];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof words, fmt, ap);
	va_end(ap);
	snprintf(w->missing + used, sizeof w->missing - used, "%s%s", used > 0 ? "; " : "", words);
}

static const char *
explain(int error)
{
	switch (error) {
	case ENOSYS:
	case EINVAL:
		return "this kernel does not have it";
	case EOPNOTSUPP:
		return "this kernel does not use it (see lsm= in its command line)";
	default:
		return strerror(error);
	}
}

static void
fence(struct walls *w, const struct config *c, bool alone, unsigned parts)
{
	struct landlock rules = LANDLOCK_NONE;
	int error = 0;

	w->abi = landlock_abi();
	if (landlock_open(&rules, parts) == -1) {
		error = errno;
	} else {
		if (parts & LANDLOCK_FILES)
			reach_allow(&w->reach, &rules, c, alone);
		if (landlock_enforce(&rules) == -1)
			error = errno;
	}
	if (error)
		miss(w, "files are not fenced in (Landlock): %s", explain(error));
	else
		w->built |= rules.parts;
}

static void
filter(struct walls *w, bool alone)
{
	w->calls = seccomp_enforce(alone, error_log_wants(LOG_LEVEL_DEBUG));
	if (w->calls != -1)
		w->built |= WALL_CALLS;
	else if (errno == ENOTSUP)
		miss(w, "system calls are not filtered: this processor is not known here");
	else
		miss(w, "system calls are not filtered (seccomp): %s", explain(errno));
}

static bool
is_refused(const struct walls *w)
{
	return w->missing[0] && w->sandbox == SANDBOX_STRICT;
}

int
walls_build_some(struct walls *w, const struct config *c, bool alone, unsigned which)
{
	*w = (struct walls){ .sandbox = c->server.sandbox };
	if (which)
		warm_up();
	if (which & LANDLOCK_ALL)
		fence(w, c, alone, which & LANDLOCK_ALL);
	if ((which & WALL_CALLS) && !is_refused(w))
		filter(w, alone);
	if (!is_refused(w))
		return 0;
	error_log(LOG_LEVEL_ERROR, "sandbox = strict, but %s", w->missing);
	return -1;
}

int
walls_build(struct walls *w, const struct config *c, bool alone)
{
	bool none = c->server.sandbox == SANDBOX_OFF;

	if (alone)
		notify_open();
#ifdef WITH_INSTRUMENTS
	none |= c->server.sandbox == SANDBOX_AUTO;
#endif
	return walls_build_some(w, c, alone, none ? 0 : WALL_ALL);
}

static const char *
plural(unsigned n)
{
	return n == 1 ? "" : "s";
}

static int
say_files(const struct walls *w, char *text, size_t size)
{
	const struct reach *r = &w->reach;

	if (r->everything)
		return snprintf(text, size,
				"everything can be read, as a root is /, and %u place%s written",
				r->writable, plural(r->writable));
	return snprintf(text, size, "%u place%s can be read and %u written", r->readable,
			plural(r->readable), r->writable);
}

void
walls_words(const struct walls *w, char text[WALLS_TEXT_SIZE])
{
	size_t size = WALLS_TEXT_SIZE, n = 0;

	if (w->built == 0 && !w->missing[0]) {
		snprintf(text, size, "off%s",
			 w->sandbox == SANDBOX_OFF ? "" : ", in a build with sanitizers");
		return;
	}
	*text = '\0';
	if (w->built & WALL_FILES)
		n += (size_t)say_files(w, text, size);
	if (w->built & LANDLOCK_ALL)
		n += (size_t)snprintf(text + n, size - n, "%s%s (Landlock %d); ",
				      w->built & WALL_TCP ? ", no TCP beyond what is open" : "",
				      w->built & WALL_OTHERS ? ", no signal to others" : "",
				      w->abi);
	if (w->built & WALL_CALLS)
		n += (size_t)snprintf(text + n, size - n, "%d system calls (seccomp)%s", w->calls,
				      w->missing[0] ? "; " : "");
	snprintf(text + n, size - n, "%s", w->missing);
}

void
walls_log(const struct walls *w)
{
	char text[WALLS_TEXT_SIZE];

	walls_words(w, text);
	error_log(w->missing[0] ? LOG_LEVEL_WARN : LOG_LEVEL_NOTICE, "sandbox: %s", text);
}
