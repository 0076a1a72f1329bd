/*
 * hash_password - see hash_password.h.
 *
 * A signal that comes while the terminal shows nothing must not leave it like that: it only ends
 * the reading, and is obeyed when the terminal is as it was.  It is let in only while ppoll(2)
 * waits, for one that came just before a read(2) would be noted and the read never end.
 */
#include "config.h"

#include "command/hash_password.h"

#include <crypt.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { PASSWORD_MAX = CRYPT_MAX_PASSPHRASE_SIZE - 1 };

static volatile sig_atomic_t caught;

static const int caught_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };

enum { CAUGHT_COUNT = sizeof caught_signals / sizeof *caught_signals };

static void
note_signal(int signal)
{
	caught = signal;
}

static int
complain(const char *words)
{
	fprintf(stderr, PACKAGE_NAME ": hash-password: %s\n", words);
	return 1;
}

/* One byte as read(2) gives it; the signals of `let_in` may come while there is none.  NULL = as
 * they are. */
static ssize_t
read_byte(char *c, const sigset_t *let_in)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };

	if (let_in && ppoll(&in, 1, NULL, let_in) == -1)
		return -1;
	return read(STDIN_FILENO, c, 1);
}

/* A line without its end.  NULL, or what is wrong. */
static const char *
read_line(char line[PASSWORD_MAX + 2], const sigset_t *let_in)
{
	size_t n = 0;

	for (;;) {
		char c;
		ssize_t got = read_byte(&c, let_in);

		if (got == -1)
			return errno == EINTR ? "interrupted" : strerror(errno);
		if (got == 0 || c == '\n')
			break;
		if (c == '\0' || n > PASSWORD_MAX)
			return c == '\0' ? "a password has no NUL byte"
					 : "a password is at most 511 bytes long";
		line[n++] = c;
	}
	if (n > 0 && line[n - 1] == '\r')
		n--;
	line[n] = '\0';
	return n > PASSWORD_MAX ? "a password is at most 511 bytes long" : NULL;
}

static const char *
ask(const char *question, char line[PASSWORD_MAX + 2], const sigset_t *let_in)
{
	const char *words;

	fputs(question, stderr);
	words = read_line(line, let_in);
	fputc('\n', stderr);
	return words;
}

static const char *
ask_twice(char password[PASSWORD_MAX + 2], const sigset_t *let_in)
{
	char again[PASSWORD_MAX + 2];
	const char *words = ask("Password: ", password, let_in);

	if (!words)
		words = ask("The same again: ", again, let_in);
	if (!words && strcmp(password, again) != 0)
		words = "these were two different passwords";
	explicit_bzero(again, sizeof again);
	return words;
}

static const char *
read_terminal(char password[PASSWORD_MAX + 2], const struct termios *shown)
{
	struct sigaction before[CAUGHT_COUNT], note = { .sa_handler = note_signal };
	struct termios silent = *shown;
	sigset_t held, as_before;
	const char *words;

	sigemptyset(&held);
	for (int i = 0; i < CAUGHT_COUNT; i++)
		sigaddset(&held, caught_signals[i]);
	sigprocmask(SIG_BLOCK, &held, &as_before); /* NOLINT(concurrency-mt-unsafe): no threads */
	for (int i = 0; i < CAUGHT_COUNT; i++)
		sigaction(caught_signals[i], &note, &before[i]);
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	words = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == -1 ? strerror(errno)
								  : ask_twice(password, &as_before);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, shown);
	for (int i = 0; i < CAUGHT_COUNT; i++)
		sigaction(caught_signals[i], &before[i], NULL);
	sigprocmask(SIG_SETMASK, &as_before, NULL); /* NOLINT(concurrency-mt-unsafe): no threads */
	if (caught)
		(void)raise(caught);
	return words;
}

static int
print_hash(const char *name, const char *password)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	struct crypt_data data = { 0 };
	const char *hash = crypt_gensalt_rn("$y$", 0, NULL, 0, setting, sizeof setting)
				   ? crypt_r(password, setting, &data)
				   : NULL;

	if (!hash || *hash == '*')
		return complain("the hash could not be made");
	printf("%s%s%s\n", name ? name : "", name ? ":" : "", hash);
	explicit_bzero(&data, sizeof data);
	return fflush(stdout) == 0 ? 0 : complain(strerror(errno));
}

int
command_hash_password(const char *name)
{
	char password[PASSWORD_MAX + 2] = "";
	struct termios shown;
	const char *words;
	int result;

	if (name && (*name == '\0' || strpbrk(name, ":\n\r") || *name == '#'))
		return complain("a name is not empty, has no colon, and does not begin with '#'");
	words = tcgetattr(STDIN_FILENO, &shown) == 0 ? read_terminal(password, &shown)
						     : read_line(password, NULL);
	if (!words && *password == '\0')
		words = "there is no password";
	result = words ? complain(words) : print_hash(name, password);
	explicit_bzero(password, sizeof password);
	return result;
}
