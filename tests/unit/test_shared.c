/* The counters of several processes in one region: layout, slots, what one believes of another. */
#include "config.h"

#include "server/shared.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "scratch.h"

/* Another process that has the region, as a generation does: adds to slot 1 and ends. */
static void
count_in_child(int fd, unsigned workers)
{
	pid_t child = fork();
	int status;

	assert_int_not_equal(child, -1);
	if (child == 0) {
		const char *words;
		struct shared *s = shared_attach(dup(fd), &words);
		struct shared_slot *slot = s ? shared_slot(s, 1) : NULL;

		if (!slot)
			_exit(1);
		shared_set_workers(slot, workers);
		for (unsigned i = 0; i < workers; i++) {
			struct counters *c = shared_worker(slot, i);

			counter_add(&c->count[COUNT_REQUESTS], i + 1);
			counter_add(&c->closed[CLOSE_IDLE], 1);
			atomic_store(&c->idle, 2);
		}
		counter_add(&shared_acceptor(slot)->count[ACCEPT_TAKEN], 3 * workers);
		atomic_fetch_add(shared_error_lines_lost(slot), 5);
		_exit(0); /* as suddenly as by kill -9 */
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
check_sum(const struct shared_sum *sum, unsigned times)
{
	assert_int_equal(sum->count[COUNT_REQUESTS], 6 * times);
	assert_int_equal(sum->closed[CLOSE_IDLE], 3 * times);
	assert_int_equal(sum->acceptor[ACCEPT_TAKEN], 9 * times);
	assert_int_equal(sum->error_lines_lost, 5 * times);
}

static void
test_seen_by_others(void **state)
{
	struct shared_sum sum = { 0 };
	int before = scratch_count_fds();
	struct shared *s = shared_new();

	(void)state;
	assert_non_null(s);
	count_in_child(shared_fd(s), 3);
	shared_add(&sum, shared_slot(s, 1));
	check_sum(&sum, 1);
	assert_int_equal(sum.idle, 6);
	assert_int_equal(shared_live(&sum), 6);
	shared_add(&sum, shared_slot(s, 0)); /* in which nobody counts */
	check_sum(&sum, 1);
	shared_free(s);
	assert_int_equal(scratch_count_fds(), before);
}

/* A generation that is gone leaves what it counted, and an empty slot for the next. */
static void
test_released(void **state)
{
	struct shared *s = shared_new();

	(void)state;
	assert_non_null(s);
	for (unsigned times = 1; times <= 3; times++) {
		struct shared_sum sum = { 0 };

		count_in_child(shared_fd(s), 3);
		shared_release(s, 1);
		shared_add(&sum, shared_slot(s, 1));
		check_sum(&sum, 0);
		shared_add_past(&sum, s);
		check_sum(&sum, times);
		assert_int_equal(sum.idle, 0);
	}
	shared_free(s);
}

static void
test_alone(void **state)
{
	struct shared_sum sum = { 0 };
	struct shared *s = shared_new_alone();
	struct shared_slot *last;

	(void)state;
	assert_non_null(s);
	assert_int_equal(shared_fd(s), -1);
	last = shared_slot(s, SHARED_SLOTS - 1);
	shared_set_workers(last, WORKERS_MAX);
	counter_add(&shared_worker(last, WORKERS_MAX - 1)->count[COUNT_SHED], 7);
	shared_add(&sum, last);
	assert_int_equal(sum.count[COUNT_SHED], 7);
	shared_release(s, SHARED_SLOTS - 1);
	assert_int_equal(shared_worker(last, WORKERS_MAX - 1)->count[COUNT_SHED], 0);
	shared_free(s);
	shared_free(NULL);
}

/* No two workers write to the same cache line, nor to that of another on the same pair. */
static void
test_apart(void **state)
{
	struct shared *s = shared_new_alone();
	struct shared_slot *slot;

	(void)state;
	assert_non_null(s);
	slot = shared_slot(s, 2);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal((uintptr_t)shared_worker(slot, i) % 128, 0);
	assert_int_equal((uintptr_t)shared_acceptor(slot) % 128, 0);
	assert_int_equal((uintptr_t)shared_error_lines_lost(slot) % 128, 0);
	shared_free(s);
}

/* Nobody can take the ground from under who reads. */
static void
test_size_is_for_ever(void **state)
{
	struct shared *s = shared_new();
	struct stat st;

	(void)state;
	assert_non_null(s);
	assert_int_equal(fstat(shared_fd(s), &st), 0);
	assert_int_equal(ftruncate(shared_fd(s), 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(shared_fd(s), st.st_size * 2), -1);
	assert_true(fcntl(shared_fd(s), F_GETFD) & FD_CLOEXEC);
	shared_free(s);
}

/* A copy of a region with another byte at a place; -1 = with none. */
static int
forge(const struct shared *s, off_t size, off_t at)
{
	int fd = memfd_create("forged", MFD_CLOEXEC);
	char page[4096];

	assert_int_not_equal(fd, -1);
	assert_int_equal(ftruncate(fd, size), 0);
	assert_int_equal(pread(shared_fd(s), page, sizeof page, 0), sizeof page);
	if (at != -1)
		page[at] ^= 1;
	assert_int_equal(pwrite(fd, page, size < 4096 ? (size_t)size : sizeof page, 0),
			 size < 4096 ? size : 4096);
	return fd;
}

static void
check_refused(int fd, const char *wanted)
{
	const char *words = NULL;
	int fds = scratch_count_fds();

	assert_null(shared_attach(fd, &words));
	assert_non_null(words);
	if (!strstr(words, wanted))
		fail_msg("refused with \"%s\", wanted \"%s\"", words, wanted);
	assert_int_equal(scratch_count_fds(), fds - 1);
}

static void
test_other_layout(void **state)
{
	struct shared *s = shared_new(), *same;
	const char *words = NULL;
	struct stat st;

	(void)state;
	assert_non_null(s);
	assert_int_equal(fstat(shared_fd(s), &st), 0);
	same = shared_attach(forge(s, st.st_size, -1), &words);
	assert_non_null(same);
	assert_null(words);
	shared_free(same);
	check_refused(forge(s, st.st_size, 0), "something else");
	for (off_t at = 16; at < 48; at++) /* version, sizes, checksum of the lists */
		if (at < 36 || at >= 40)   /* what lies between is padding */
			check_refused(forge(s, st.st_size, at), "another version");
	check_refused(forge(s, st.st_size - 1, -1), "wrong size");
	check_refused(forge(s, 64, -1), "cannot be read");
	check_refused(open("/dev/null", O_RDWR | O_CLOEXEC), "cannot be read");
	shared_free(s);
}

static void
test_facts(void **state)
{
	struct shared *s = shared_new();
	struct shared_facts in = { .hosts = 2, .certificate_count = 1 }, out;

	(void)state;
	assert_non_null(s);
	strcpy(in.version, "1.2.3");
	strcpy(in.host_labels, "example.org\nexample.net\n");
	in.certificates[0].ends_s = 1234567890;
	strcpy(in.certificates[0].path, "/etc/x.pem");
	shared_write_facts(shared_slot(s, 3), &in);
	shared_read_facts(shared_slot(s, 3), &out);
	assert_memory_equal(&in, &out, sizeof in);
	shared_free(s);
}

/* Of a generation that was taken over: no end of a string, no sane number, a terminal's orders. */
static void
test_hostile_facts(void **state)
{
	struct shared *s = shared_new();
	struct shared_facts in, out;

	(void)state;
	assert_non_null(s);
	memset(&in, 0x9b, sizeof in);
	memcpy(in.host_labels, "a\nb\033[2J", 7);
	shared_set_workers(shared_slot(s, 0), UINT32_MAX);
	shared_write_facts(shared_slot(s, 0), &in);
	shared_read_facts(shared_slot(s, 0), &out);
	assert_int_equal(strlen(out.version), sizeof out.version - 1);
	assert_int_equal(strlen(out.addresses), sizeof out.addresses - 1);
	assert_int_equal(strlen(out.sandbox), sizeof out.sandbox - 1);
	assert_memory_equal(out.host_labels, "a\nb?[2J???", 10);
	assert_int_equal(out.certificate_count, SHARED_CERTIFICATES);
	assert_int_equal(strspn(out.certificates[SHARED_CERTIFICATES - 1].path, "?"),
			 sizeof out.certificates[0].path - 1);
	shared_add(&(struct shared_sum){ 0 }, shared_slot(s, 0));
	shared_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seen_by_others),
		cmocka_unit_test(test_released),
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_size_is_for_ever),
		cmocka_unit_test(test_other_layout),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_hostile_facts),
	};

	return cmocka_run_group_tests_name("shared", tests, NULL, NULL);
}
