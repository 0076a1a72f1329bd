/* The error log: the exact line, levels, bytes that could forge one, errno, a full disk, threads.
 */
#include "config.h"

#include "log/error_log.h"

#include <pthread.h>
#include <regex.h>
#include <signal.h>
#include <sys/resource.h>

#include "scratch.h"

static int file = -1;

static int
begin(void **state)
{
	(void)state;
	file = scratch_file();
	error_log_open(file, LOG_LEVEL_NOTICE);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	error_log_open(STDERR_FILENO, LOG_LEVEL_NOTICE);
	close(file);
	return 0;
}

/* All that was logged, good until the next call. */
static struct slice
logged(void)
{
	static char text[1 << 20];
	ssize_t n = pread(file, text, sizeof text - 1, 0);

	assert_true(n >= 0);
	text[n] = '\0';
	return slice_from(text, (size_t)n);
}

/* What stands behind the stamp of the only line. */
static struct slice
words(void)
{
	struct slice text = logged();
	size_t n = 0;

	assert_true(text.len > 0);
	assert_int_equal(slice_find(text, '\n'), text.len - 1);
	while (n + 2 < text.len && memcmp(text.p + n, ": ", 2) != 0)
		n++;
	return slice_head(slice_after(text, n + 2), text.len - n - 3);
}

static void
test_line(void **state)
{
	regex_t pattern;
	char text[128];

	(void)state;
	snprintf(
		text, sizeof text,
		"^[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} \\[warn\\] %ld#%ld: a 1\n$",
		(long)getpid(), (long)gettid());
	assert_int_equal(regcomp(&pattern, text, REG_EXTENDED | REG_NOSUB), 0);
	error_log(LOG_LEVEL_WARN, "a %d", 1);
	if (regexec(&pattern, logged().p, 0, NULL, 0) != 0)
		fail_msg("%s is not like %s", check_show(logged()), text);
	regfree(&pattern);
}

static void
test_levels(void **state)
{
	(void)state;
	for (int wanted = 0; wanted < ERROR_LEVEL_COUNT; wanted++) {
		struct slice name = error_level_name((enum error_level)wanted);

		assert_int_equal(error_level_parse(name), wanted);
		assert_int_equal(ftruncate(file, 0), 0);
		error_log_open(file, (enum error_level)wanted);
		for (int level = 0; level < ERROR_LEVEL_COUNT; level++) {
			size_t before = logged().len;

			assert_int_equal(error_log_wants((enum error_level)level), level <= wanted);
			error_log((enum error_level)level, "x");
			assert_int_equal(logged().len > before, level <= wanted);
		}
	}
	assert_int_equal(error_level_parse(SLICE("WARN")), LOG_LEVEL_WARN);
	assert_int_equal(error_level_parse(SLICE("loud")), ERROR_LEVEL_COUNT);
	assert_int_equal(error_level_parse(SLICE_NONE), ERROR_LEVEL_COUNT);
}

static void
test_forged(void **state)
{
	(void)state;
	error_log(LOG_LEVEL_ERROR, "%s", "a\n2026/01/01 [error] b\r\x1b[31m\xc3\xa4\x7f");
	check_slice("words", words(),
		    SLICE("a\\x0a2026/01/01 [error] b\\x0d\\x1b[31m\\xc3\\xa4\\x7f"));
}

/* However long, and however much longer by escaping: one line, with its end. */
static void
test_long(void **state)
{
	char text[5000];

	(void)state;
	for (int i = 0; i < 2; i++) {
		memset(text, i ? '\n' : 'x', sizeof text - 1);
		text[sizeof text - 1] = '\0';
		assert_int_equal(ftruncate(file, 0), 0);
		error_log(LOG_LEVEL_ERROR, "%s", text);
		assert_in_range(words().len, 1000, 5000);
		assert_true(slice_starts(words(), i ? SLICE("\\x0a\\x0a") : SLICE("xxx")));
	}
}

static void
test_errno_kept(void **state)
{
	unsigned long lost = error_log_lost();
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	errno = EXDEV;
	error_log(LOG_LEVEL_ERROR, "x");
	assert_int_equal(errno, EXDEV);
	assert_int_equal(error_log_lost(), lost);
	error_log_open(full, LOG_LEVEL_NOTICE);
	error_log(LOG_LEVEL_ERROR, "x");
	assert_int_equal(errno, EXDEV);
	assert_int_equal(error_log_lost(), lost + 1);
	error_log(LOG_LEVEL_DEBUG, "not wanted, so not lost");
	assert_int_equal(error_log_lost(), lost + 1);
	close(full);
}

static void
limit_file_size(rlim_t bytes)
{
	struct rlimit r;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
	r.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

/* Half a line stands alone, whenever there is room again. */
static void
test_torn(void **state)
{
	static const char *const ends[] = { ": first", NULL, ": third", ": fourth" };
	uint64_t before = error_log_lost();
	struct slice text;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	error_log(LOG_LEVEL_ERROR, "first");
	limit_file_size((rlim_t)lseek(file, 0, SEEK_END) + 10);
	error_log(LOG_LEVEL_ERROR, "torn");
	error_log(LOG_LEVEL_ERROR, "not written at all");
	limit_file_size(RLIM_INFINITY);
	error_log(LOG_LEVEL_ERROR, "third");
	error_log(LOG_LEVEL_ERROR, "fourth");
	assert_int_equal(error_log_lost(), before + 2);
	text = logged();
	for (size_t i = 0; i < COUNT(ends); i++) {
		struct slice line = slice_head(text, slice_find(text, '\n'));

		assert_true(ends[i] ? slice_ends(line, slice_of(ends[i])) : line.len == 10);
		text = slice_after(text, line.len + 1);
	}
	assert_int_equal(text.len, 0);
}

enum { WRITERS = 4, LINES = 500 };

static void *
write_lines(void *arg)
{
	(void)arg;
	for (int i = 0; i < LINES; i++)
		error_log(LOG_LEVEL_NOTICE, "a line of some length, with its end");
	return NULL;
}

static void
test_threads(void **state)
{
	pthread_t threads[WRITERS];
	struct slice text;
	int count = 0;

	(void)state;
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_lines, NULL), 0);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	for (text = logged(); text.len > 0; count++) {
		size_t n = slice_find(text, '\n');

		assert_true(slice_ends(slice_head(text, n),
				       SLICE(": a line of some length, with its end")));
		assert_int_equal(slice_find(text, '['), slice_find_last(slice_head(text, n), '['));
		text = slice_after(text, n + 1);
	}
	assert_int_equal(count, WRITERS * LINES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_line, begin, end),
		cmocka_unit_test_setup_teardown(test_levels, begin, end),
		cmocka_unit_test_setup_teardown(test_forged, begin, end),
		cmocka_unit_test_setup_teardown(test_long, begin, end),
		cmocka_unit_test_setup_teardown(test_errno_kept, begin, end),
		cmocka_unit_test_setup_teardown(test_torn, begin, end),
		cmocka_unit_test_setup_teardown(test_threads, begin, end),
	};

	return cmocka_run_group_tests_name("error_log", tests, NULL, NULL);
}
