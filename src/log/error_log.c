/* error_log - see error_log.h. */
#include "config.h"

#include "log/error_log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = 2048 };

static const struct slice level_names[] = {
#define ERROR_LEVEL(enumerator, word) [enumerator] = { word, sizeof word - 1 },
#include "log/error_level.def"
#undef ERROR_LEVEL
};

static _Atomic uint64_t lost; /* unless somebody counts elsewhere */
static _Atomic bool torn;     /* a full disk took half a line */

static struct {
	int fd;
	bool is_socket;
	enum error_level level;
	void (*divert)(enum error_level, const char *words); /* or NULL */
	_Atomic uint64_t *lost;
} sink = { .fd = STDERR_FILENO, .level = LOG_LEVEL_NOTICE, .lost = &lost };

enum error_level
error_level_parse(struct slice word)
{
	int level = 0;

	while (level < ERROR_LEVEL_COUNT && !slice_equal_nocase(word, level_names[level]))
		level++;
	return (enum error_level)level;
}

struct slice
error_level_name(enum error_level level)
{
	return level_names[level];
}

void
error_log_open(int fd, enum error_level level)
{
	struct stat st;

	sink.fd = fd;
	sink.is_socket = fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
	sink.level = level;
	sink.divert = NULL;
	atomic_store(&torn, false);
}

void
error_log_divert(void (*divert)(enum error_level, const char *words))
{
	sink.divert = divert;
}

bool
error_log_wants(enum error_level level)
{
	return level <= sink.level;
}

void
error_log_count_lost(_Atomic uint64_t *counter)
{
	sink.lost = counter ? counter : &lost;
}

uint64_t
error_log_lost(void)
{
	return atomic_load_explicit(sink.lost, memory_order_relaxed);
}

/* Appends text with everything but printable ASCII as \xHH.  Returns the new length. */
static size_t
append_escaped(char *line, size_t at, size_t cap, const char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (; *text && at + 4 < cap; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c < 0x7f) {
			line[at++] = (char)c;
			continue;
		}
		line[at++] = '\\';
		line[at++] = 'x';
		line[at++] = digits[c >> 4];
		line[at++] = digits[c & 15];
	}
	return at;
}

static size_t
format_stamp(char *line, size_t cap, enum error_level level)
{
	struct tm tm;
	time_t now = time(NULL);
	size_t n;

	localtime_r(&now, &tm);
	n = strftime(line, cap, "%Y/%m/%d %H:%M:%S ", &tm);
	return n + (size_t)snprintf(line + n, cap - n, "[%s] %ld#%ld: ", level_names[level].p,
				    (long)getpid(), (long)syscall(SYS_gettid));
}

/* One write; never waits for the reader of a socket (the journal, say). */
static ssize_t
write_line(const char *line, size_t n)
{
	return sink.is_socket ? send(sink.fd, line, n, MSG_DONTWAIT | MSG_NOSIGNAL)
			      : write(sink.fd, line, n);
}

void
error_log(enum error_level level, const char *fmt, ...)
{
	int saved = errno;
	char words[LINE_SIZE], line[1 + LINE_SIZE + 128];
	va_list ap;
	bool behind_torn;
	ssize_t written;
	size_t n;

	if (!error_log_wants(level))
		return;
	va_start(ap, fmt);
	vsnprintf(words, sizeof words, fmt, ap);
	va_end(ap);
	if (sink.divert) {
		sink.divert(level, words);
		errno = saved;
		return;
	}
	line[0] = '\n'; /* which is left out but behind a torn line */
	n = 1 + format_stamp(line + 1, sizeof line - 1, level);
	n = append_escaped(line, n, sizeof line - 1, words);
	line[n++] = '\n';
	behind_torn = atomic_exchange(&torn, false);
	written = write_line(line + !behind_torn, n - !behind_torn);
	if (written != (ssize_t)(n - !behind_torn)) {
		atomic_fetch_add_explicit(sink.lost, 1, memory_order_relaxed);
		atomic_store(&torn, written > 0 || behind_torn);
	}
	errno = saved;
}
