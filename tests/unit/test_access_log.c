/*
 * The access log: the exact line, what clients cannot do to it, batches, disks that are full,
 * and two workers that share a file.
 */
#include "config.h"

#include "log/access_log.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "log/error_log.h"
#include "scratch.h"

/* A log with one target, a file without a name; text is what the file holds. */
struct fixture {
	struct arena arena;
	struct access_target target;
	struct access_log *log;
	char *text;
};

/* fd is taken over. */
static void
begin(struct fixture *f, const char *format, int fd)
{
	arena_init(&f->arena, 1024);
	f->target = (struct access_target){ .fd = fd };
	f->text = NULL;
	assert_null(access_format_parse(&f->target.format, slice_of(format), &f->arena));
	f->log = access_log_new(&f->target, 1);
	assert_non_null(f->log);
}

static void
end(struct fixture *f)
{
	access_log_free(f->log);
	close(f->target.fd);
	arena_fini(&f->arena);
	free(f->text);
}

/* All that was written, good until the next call. */
static struct slice
written(struct fixture *f)
{
	struct stat st;

	assert_int_equal(fstat(f->target.fd, &st), 0);
	free(f->text);
	f->text = malloc((size_t)st.st_size + 1);
	assert_non_null(f->text);
	assert_int_equal(pread(f->target.fd, f->text, (size_t)st.st_size, 0), st.st_size);
	return slice_from(f->text, (size_t)st.st_size);
}

/* Cuts the next line off the front, without its newline. */
static struct slice
next_line(struct slice *text)
{
	size_t n = slice_find(*text, '\n');
	struct slice line = slice_head(*text, n);

	assert_true(n < text->len);
	*text = slice_after(*text, n + 1);
	return line;
}

static size_t
count_lines(struct slice text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += text.p[i] == '\n';
	return n;
}

static struct slice
no_field(const void *source, struct slice name)
{
	(void)source;
	(void)name;
	return SLICE_NONE;
}

/* source is the value of every field called Referer or User-Agent. */
static struct slice
some_field(const void *source, struct slice name)
{
	if (slice_equal(name, SLICE("Referer")) || slice_equal(name, SLICE("User-Agent")))
		return *(const struct slice *)source;
	return SLICE_NONE;
}

static struct slice
no_fact(const void *source, enum tls_fact which)
{
	(void)source, (void)which;
	return SLICE_NONE;
}

static struct slice
some_fact(const void *source, enum tls_fact which)
{
	(void)source;
	return which == TLS_FACT_SUBJECT ? SLICE("CN=\"x\"") : SLICE_NONE;
}

static const struct access_source none = { no_field, no_field, no_fact };
static const struct access_source some = { some_field, some_field, some_fact };

static struct access_entry
entry(void)
{
	return (struct access_entry){ .client = SLICE("192.0.2.7"),
				      .peer = SLICE("10.0.0.1"),
				      .when = 1795463340,
				      .line = SLICE("GET /a?b HTTP/1.1"),
				      .method = SLICE("GET"),
				      .path = SLICE("/a"),
				      .query = SLICE("b"),
				      .has_query = true,
				      .version_minor = 1,
				      .status = 200,
				      .body_bytes = 1234,
				      .sent_bytes = 1500,
				      .duration_us = 42000,
				      .vhost = SLICE("example.org"),
				      .port = 8080,
				      .closing = '+',
				      .more = &none };
}

/* The line that a format makes of an entry. */
static void
check_line(const char *format, const struct access_entry *e, const char *wanted)
{
	struct fixture f;
	struct slice text;

	begin(&f, format, scratch_file());
	access_log_add(f.log, 0, e);
	access_log_flush(f.log);
	text = written(&f);
	check_slice(format, next_line(&text), slice_of(wanted));
	assert_int_equal(text.len, 0);
	end(&f);
}

static void
test_every_directive(void **state)
{
	static const struct slice agent = { "curl/8", 6 };
	struct access_entry e = entry();

	(void)state;
	e.more = &some;
	e.source = &agent;
	check_line("%a %h %l %u %{c}a", &e, "192.0.2.7 192.0.2.7 - - 10.0.0.1");
	check_line("%t", &e, "[23/Nov/2026:19:49:00 +0000]");
	check_line("%r|%m|%U|%q|%H", &e, "GET /a?b HTTP/1.1|GET|/a|?b|HTTP/1.1");
	check_line("%s %>s %b %B %O %D", &e, "200 200 1234 1234 1500 42000");
	check_line("%v:%p %X 100%%", &e, "example.org:8080 + 100%");
	check_line("%{User-Agent}i %{Via}i %{Referer}o %{Via}o", &e, "curl/8 - curl/8 -");
}

static void
test_nothing_to_show(void **state)
{
	struct access_entry e = { .more = &none };

	(void)state;
	check_line("%a %u %r %m %U%q %H", &e, "- - - - - HTTP/1.0");
	check_line("%b %B %v %p %D", &e, "- 0 - 0 0");
	e.has_query = true;
	check_line("%U%q", &e, "-?");
}

static void
test_combined(void **state)
{
	struct access_entry e = entry();
	char text[256];

	(void)state;
	snprintf(text, sizeof text, "%s", access_format_named(SLICE("combined")).p);
	check_line(text, &e,
		   "192.0.2.7 - - [23/Nov/2026:19:49:00 +0000] \"GET /a?b HTTP/1.1\" 200 1234 "
		   "\"-\" \"-\"");
	snprintf(text, sizeof text, "%s", access_format_named(SLICE("vhost")).p);
	e.status = 304;
	e.body_bytes = 0;
	check_line(text, &e,
		   "example.org:8080 192.0.2.7 - - [23/Nov/2026:19:49:00 +0000] "
		   "\"GET /a?b HTTP/1.1\" 304 - \"-\" \"-\"");
}

/* Whatever the byte: one line, printable, and the quotes are the format's own. */
static void
test_hostile_bytes(void **state)
{
	struct access_entry e = entry();

	(void)state;
	for (int c = 0; c < 256; c++) {
		char byte = (char)c, wanted[16];
		struct slice value = slice_from(&byte, 1);

		e.source = &value;
		e.more = &some;
		e.line = e.method = e.path = e.user = e.vhost = value;
		if (c < 0x20 || c >= 0x7f)
			snprintf(wanted, sizeof wanted, "<\\x%02x>", (unsigned)c);
		else
			snprintf(wanted, sizeof wanted, c == '"' || c == '\\' ? "<\\%c>" : "<%c>",
				 c);
		check_line("<%{Referer}i>", &e, wanted);
		check_line("<%r>", &e, wanted);
		check_line("<%m>", &e, wanted);
		check_line("<%U>", &e, wanted);
		check_line("<%u>", &e, wanted);
		check_line("<%v>", &e, wanted);
	}
}

/* A field of any length takes neither the line's end nor what stands behind it. */
/* Eight at a time or one by one: every byte at every place among plain ones. */
static void
test_every_byte_everywhere(void **state)
{
	struct fixture f;
	struct slice all;

	(void)state;
	begin(&f, "%r", scratch_file());
	for (size_t at = 0; at < 18; at++) {
		for (int c = 0; c < 256; c++) {
			struct access_entry e = entry();
			char text[18];

			memset(text, 'x', sizeof text);
			text[at] = (char)c;
			e.line = slice_from(text, sizeof text);
			access_log_add(f.log, 0, &e);
		}
	}
	access_log_flush(f.log);
	all = written(&f);
	for (size_t at = 0; at < 18; at++) {
		for (int c = 0; c < 256; c++) {
			const char *form = c == '"' || c == '\\'   ? "%.*s\\%c%.*s"
					   : c < 0x20 || c >= 0x7f ? "%.*s\\x%02x%.*s"
								   : "%.*s%c%.*s";
			char wanted[64];

			snprintf(wanted, sizeof wanted, form, (int)at, "xxxxxxxxxxxxxxxxxx", c,
				 (int)(17 - at), "xxxxxxxxxxxxxxxxxx");
			check_slice("line", next_line(&all), slice_of(wanted));
		}
	}
	end(&f);
}

static void
test_long_fields(void **state)
{
	static const size_t lengths[] = { 4000, 8192, 70000 };
	static char bytes[70000];
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		for (int fill = 0; fill < 2; fill++) {
			struct slice value = slice_from(bytes, lengths[i]), text, line;
			struct access_entry e = entry();

			memset(bytes, fill ? '\n' : 'x', sizeof bytes);
			e.line = value;
			e.source = &value;
			e.more = &some;
			begin(&f, "\"%r\" \"%{Referer}i\" \"%{User-Agent}i\" %s %b|",
			      scratch_file());
			access_log_add(f.log, 0, &e);
			access_log_add(f.log, 0, &e);
			access_log_flush(f.log);
			text = written(&f);
			assert_int_equal(count_lines(text), 2);
			line = next_line(&text);
			if (!slice_starts(line, fill ? SLICE("\"\\x0a") : SLICE("\"xxx")) ||
			    !slice_ends(line, SLICE("\" 200 1234|")))
				fail_msg("%zu bytes: the line ends with \"%s\"", lengths[i],
					 check_show(slice_after(line, line.len - 20)));
			check_slice("second line", next_line(&text), line);
			end(&f);
		}
	}
}

static void
test_batches(void **state)
{
	struct access_entry e = entry();
	struct fixture f;
	size_t most = 0;

	(void)state;
	begin(&f, "%D", scratch_file());
	assert_false(access_log_pending(f.log));
	access_log_add(f.log, 0, &e);
	assert_true(access_log_pending(f.log));
	assert_int_equal(written(&f).len, 0);
	access_log_flush(f.log);
	assert_false(access_log_pending(f.log));
	assert_int_equal(written(&f).len, 6);
	for (size_t i = 1; i < 100000; i++) { /* full buffers leave by themselves */
		e.duration_us = i;
		access_log_add(f.log, 0, &e);
		if (lseek(f.target.fd, 0, SEEK_END) > 6 && most == 0)
			most = i;
	}
	assert_in_range(most, 1000, 99999);
	access_log_free(f.log); /* flushes */
	f.log = NULL;
	assert_int_equal(count_lines(written(&f)), 100000);
	end(&f);
}

static void
test_several_logs(void **state)
{
	struct access_entry e = entry();
	struct access_target targets[2];
	struct fixture f, g;
	struct access_log *log;

	(void)state;
	begin(&f, "%m", scratch_file());
	begin(&g, "%s", scratch_file());
	targets[0] = f.target;
	targets[1] = g.target;
	log = access_log_new(targets, 2);
	assert_non_null(log);
	access_log_add(log, 0, &e);
	access_log_add(log, 1, &e);
	access_log_add(log, 1, &e);
	access_log_free(log);
	check_slice("first", written(&f), SLICE("GET\n"));
	check_slice("second", written(&g), SLICE("200\n200\n"));
	end(&f);
	end(&g);
}

/* The stamp is made anew for each second, also when the clock goes back. */
static void
test_time(void **state)
{
	struct access_entry e = entry();
	struct fixture f;
	struct slice text;

	(void)state;
	begin(&f, "%t", scratch_file());
	for (int i = 0; i < 2; i++)
		access_log_add(f.log, 0, &e);
	e.when++;
	access_log_add(f.log, 0, &e);
	e.when -= 2;
	access_log_add(f.log, 0, &e);
	access_log_flush(f.log);
	text = written(&f);
	check_slice("1", next_line(&text), SLICE("[23/Nov/2026:19:49:00 +0000]"));
	check_slice("2", next_line(&text), SLICE("[23/Nov/2026:19:49:00 +0000]"));
	check_slice("3", next_line(&text), SLICE("[23/Nov/2026:19:49:01 +0000]"));
	check_slice("4", next_line(&text), SLICE("[23/Nov/2026:19:48:59 +0000]"));
	end(&f);
}

static void
test_disk_full(void **state)
{
	struct access_entry e = entry();
	struct fixture f;

	(void)state;
	begin(&f, "%r", open("/dev/full", O_WRONLY | O_APPEND | O_CLOEXEC));
	for (int i = 0; i < 7; i++)
		access_log_add(f.log, 0, &e);
	assert_int_equal(access_log_lost(f.log), 0);
	access_log_flush(f.log);
	assert_int_equal(access_log_lost(f.log), 7);
	assert_int_equal(access_log_error(f.log), ENOSPC);
	access_log_add(f.log, 0, &e);
	access_log_flush(f.log);
	assert_int_equal(access_log_lost(f.log), 8);
	end(&f);
}

/* What is written to a file without a name nobody finds; a new one in its place is found again. */
static void
test_removed(void **state)
{
	struct access_entry e = entry();
	struct scratch s;
	struct fixture f;
	int said = scratch_file(), fd;

	(void)state;
	scratch_init(&s);
	scratch_write(&s, "log", SLICE(""));
	error_log_open(said, LOG_LEVEL_ERROR);
	begin(&f, "%m", open(scratch_at(&s, "log"), O_WRONLY | O_APPEND | O_CLOEXEC));
	access_log_add(f.log, 0, &e);
	access_log_flush(f.log);
	assert_int_equal(access_log_lost(f.log), 0);
	assert_int_equal(unlink(scratch_at(&s, "log")), 0);
	for (int i = 0; i < 3; i++) {
		access_log_add(f.log, 0, &e);
		access_log_add(f.log, 0, &e);
		access_log_flush(f.log);
	}
	assert_int_equal(access_log_lost(f.log), 6);
	scratch_write(&s, "log", SLICE(""));
	fd = open(scratch_at(&s, "log"), O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(dup3(fd, f.target.fd, O_CLOEXEC), f.target.fd);
	close(fd);
	access_log_add(f.log, 0, &e);
	access_log_flush(f.log);
	assert_int_equal(access_log_lost(f.log), 6);
	error_log_open(STDERR_FILENO, LOG_LEVEL_NOTICE);
	f.text = calloc(1, 1000);
	assert_true(pread(said, f.text, 999, 0) > 0);
	assert_non_null(strstr(f.text, "it was removed; its lines are lost"));
	assert_ptr_equal(strchr(f.text, '\n'), strrchr(f.text, '\n')); /* once */
	end(&f);
	close(said);
	scratch_fini(&s);
}

static void
limit_file_size(rlim_t bytes)
{
	struct rlimit r;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
	r.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

/* The disk fills in the middle of a batch, wherever that is, and has room again later. */
static void
test_torn_batch(void **state)
{
	static const char whole[] = "GET\nGET\nGET\n";
	struct access_entry e = entry();
	struct fixture f;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	for (size_t room = 1; room < sizeof whole - 1; room++) {
		struct slice text;

		begin(&f, "%m", scratch_file());
		for (int i = 0; i < 3; i++)
			access_log_add(f.log, 0, &e);
		limit_file_size(room);
		access_log_flush(f.log);
		assert_int_equal(access_log_lost(f.log), 3 - room / 4);
		assert_int_equal(access_log_error(f.log), 0);
		access_log_add(f.log, 0, &e); /* still full: nothing goes */
		access_log_flush(f.log);
		assert_int_equal(access_log_lost(f.log), 4 - room / 4);
		assert_int_equal(access_log_error(f.log), EFBIG);
		limit_file_size(RLIM_INFINITY);
		e.method = SLICE("POST");
		access_log_add(f.log, 0, &e);
		access_log_add(f.log, 0, &e);
		access_log_flush(f.log);
		assert_int_equal(access_log_lost(f.log), 4 - room / 4);
		text = written(&f);
		check_slice("before", slice_head(text, room), slice_from(whole, room));
		text = slice_after(text, room);
		check_slice("after", text,
			    room % 4 ? SLICE("\nPOST\nPOST\n") : SLICE("POST\nPOST\n"));
		e = entry();
		end(&f);
	}
}

/* A socket that nobody reads (the journal, say) is not waited for. */
static void
test_full_socket(void **state)
{
	struct access_entry e = entry();
	struct fixture f;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	begin(&f, "%r", fds[0]);
	for (int i = 0; i < 100000 && access_log_lost(f.log) == 0; i++)
		access_log_add(f.log, 0, &e);
	assert_true(access_log_lost(f.log) > 0);
	close(fds[1]);
	access_log_flush(f.log); /* nor is a broken one deadly */
	end(&f);
}

enum { WRITERS = 2, LINES = 20000 };

struct writer {
	pthread_t thread;
	struct access_target *target;
	const char *name;
};

static void *
write_lines(void *arg)
{
	struct writer *w = arg;
	struct access_log *log = access_log_new(w->target, 1);
	struct access_entry e = entry();

	e.user = slice_of(w->name);
	for (int i = 0; log && i < LINES; i++) {
		e.duration_us = (uint64_t)i;
		access_log_add(log, 0, &e);
		if (i % 100 == 0)
			access_log_flush(log);
	}
	access_log_free(log);
	return NULL;
}

/* Two logs of one file: every line is there, whole, and each writer's are in order. */
static void
test_two_writers(void **state)
{
	struct writer writers[WRITERS];
	uint64_t seen[WRITERS] = { 0 };
	struct slice text;
	struct fixture f;

	(void)state;
	begin(&f, "%u %D end", scratch_file());
	for (int i = 0; i < WRITERS; i++) {
		writers[i].target = &f.target;
		writers[i].name = i ? "w1" : "w0";
		assert_int_equal(pthread_create(&writers[i].thread, NULL, write_lines, &writers[i]),
				 0);
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_join(writers[i].thread, NULL);
	text = written(&f);
	assert_int_equal(count_lines(text), WRITERS * LINES);
	while (text.len > 0) {
		struct slice line = next_line(&text);
		char wanted[32];
		int who = line.len > 1 && line.p[1] == '1';

		snprintf(wanted, sizeof wanted, "w%d %d end", who, (int)seen[who]++);
		check_slice("line", line, slice_of(wanted));
	}
	end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_directive),
		cmocka_unit_test(test_nothing_to_show),
		cmocka_unit_test(test_combined),
		cmocka_unit_test(test_hostile_bytes),
		cmocka_unit_test(test_every_byte_everywhere),
		cmocka_unit_test(test_long_fields),
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_several_logs),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_disk_full),
		cmocka_unit_test(test_removed),
		cmocka_unit_test(test_torn_batch),
		cmocka_unit_test(test_full_socket),
		cmocka_unit_test(test_two_writers),
	};

	setenv("TZ", "UTC0", 1);
	return cmocka_run_group_tests_name("access_log", tests, NULL, NULL);
}
