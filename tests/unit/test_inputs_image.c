/* What a configuration was read from, as one piece of memory: out, and in again. */
#include "config.h"

#include "config/inputs_image.h"

#include <sys/mman.h>

#include "config/problems.h"
#include "load.h"
#include "scratch.h"

static struct inputs *
read_some(const struct scratch *s)
{
	struct inputs *in = inputs_new_disk();
	struct slice bytes;

	scratch_write(s, "a.ini", SLICE("[server]\n"));
	scratch_write(s, "empty", SLICE(""));
	scratch_write(s, "key", slice_from("\0\1\2", 3));
	assert_int_equal(chmod(scratch_at(s, "key"), 0600), 0);
	assert_int_equal(chmod(scratch_at(s, "a.ini"), 0644), 0);
	assert_null(inputs_read(in, scratch_at(s, "a.ini"), &bytes));
	assert_null(inputs_read(in, scratch_at(s, "key"), &bytes));
	assert_null(inputs_read(in, scratch_at(s, "empty"), &bytes));
	return in;
}

static void
what_goes_in_comes_out(void **state)
{
	struct scratch s;
	struct inputs *in, *out;
	struct slice bytes;
	struct arena arena;
	char *cwd = getcwd(NULL, 0), wanted[4096];
	int fd;

	(void)state;
	scratch_init(&s);
	in = read_some(&s);
	fd = inputs_image_make(in);
	assert_int_not_equal(fd, -1);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	scratch_write(&s, "a.ini", SLICE("changed"));
	out = inputs_image_read(fd);
	assert_non_null(out);
	assert_null(inputs_read(out, scratch_at(&s, "a.ini"), &bytes));
	check_slice("a.ini", bytes, SLICE("[server]\n"));
	assert_null(inputs_read(out, scratch_at(&s, "key"), &bytes));
	check_slice("key", bytes, slice_from("\0\1\2", 3));
	assert_null(inputs_read(out, scratch_at(&s, "empty"), &bytes));
	assert_int_equal(bytes.len, 0);
	assert_true(inputs_is_public(out, slice_of(scratch_at(&s, "a.ini"))));
	assert_false(inputs_is_public(out, slice_of(scratch_at(&s, "key"))));
	/* it never looks at the disk */
	scratch_write(&s, "late", SLICE("x"));
	assert_non_null(inputs_read(out, scratch_at(&s, "late"), &bytes));
	arena_init(&arena, 256);
	snprintf(wanted, sizeof wanted, "%s/x", cwd);
	check_slice("relative", inputs_absolute(out, SLICE("x"), &arena), slice_of(wanted));
	arena_fini(&arena);
	close(fd);
	free(cwd);
	inputs_free(in);
	inputs_free(out);
	scratch_fini(&s);
}

/* Nobody can change what another process will start from. */
static void
it_is_sealed(void **state)
{
	struct scratch s;
	struct inputs *in;
	int fd;

	(void)state;
	scratch_init(&s);
	in = read_some(&s);
	fd = inputs_image_make(in);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_ptr_equal(mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	close(fd);
	inputs_free(in);
	scratch_fini(&s);
}

static int
memory_of(const unsigned char *bytes, size_t len, int seals)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

/* Every beginning of an image, and one with each byte spoilt, is refused or is a whole one. */
static void
what_is_no_image_is_refused(void **state)
{
	enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };
	unsigned char bytes[4096];
	struct scratch s;
	struct inputs *in, *got;
	ssize_t n;
	int fd;

	(void)state;
	scratch_init(&s);
	in = read_some(&s);
	fd = inputs_image_make(in);
	n = pread(fd, bytes, sizeof bytes, 0);
	assert_true(n > 0 && n < (ssize_t)sizeof bytes);
	close(fd);
	fd = memory_of(bytes, (size_t)n, F_SEAL_SHRINK | F_SEAL_GROW);
	assert_null(inputs_image_read(fd)); /* not sealed */
	close(fd);
	for (ssize_t len = 0; len < n; len++) {
		fd = memory_of(bytes, (size_t)len, SEALS);
		assert_null(inputs_image_read(fd));
		close(fd);
	}
	for (ssize_t at = 0; at < n; at++) {
		bytes[at] ^= 0x80;
		fd = memory_of(bytes, (size_t)n, SEALS);
		got = inputs_image_read(fd);
		inputs_free(got);
		if (at < 8)
			assert_null(got);
		close(fd);
		bytes[at] ^= 0x80;
	}
	inputs_free(in);
	scratch_fini(&s);
}

/* A configuration of several files is the same again. */
static void
a_configuration_starts_from_it(void **state)
{
	struct problems *problems = problems_new();
	struct config *first, *second;
	struct scratch s;
	int fd;

	(void)state;
	scratch_init(&s);
	scratch_dir(&s, "d");
	scratch_write(&s, "t.ini", SLICE("[server]\ninclude = d/*.ini\nlisten = 8080\n"));
	scratch_write(&s, "d/a.ini", SLICE("[host a.test]\nroot = /\n"));
	scratch_write(&s, "d/b.ini", SLICE("[host b.test]\nroot = /\nreturn = 200 @text\n"));
	scratch_write(&s, "d/text", SLICE("text"));
	first = config_load_from(inputs_new_disk(), scratch_at(&s, "t.ini"), 0, problems);
	if (!first)
		problems_print(problems, stderr);
	assert_non_null(first);
	assert_int_equal(first->site_count, 2);
	fd = inputs_image_make(config_inputs(first));
	scratch_write(&s, "t.ini", SLICE("broken"));
	scratch_write(&s, "d/c.ini", SLICE("broken too"));
	second = config_load_from(inputs_image_read(fd), scratch_at(&s, "t.ini"), CONFIG_ANY_ROOT,
				  problems);
	assert_non_null(second);
	assert_int_equal(second->site_count, 2);
	config_free(first);
	config_free(second);
	problems_free(problems);
	close(fd);
	scratch_fini(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_in_comes_out),
		cmocka_unit_test(it_is_sealed),
		cmocka_unit_test(what_is_no_image_is_refused),
		cmocka_unit_test(a_configuration_starts_from_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
