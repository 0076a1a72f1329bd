/* Strong entity-tags on a kernel that stamps files by a tick of 4 ms, in a time of the test's own.
 */
#include "config.h"

#include <sys/stat.h>

#include "site.h"

enum { TICK_NS = 4000000, SECOND_NS = 1000000000, LOOKS = 20000, KEPT = 64 };

static int64_t now_ns = 2000000000ll * SECOND_NS; /* the moment it is */
static int64_t written_ns;			  /* when the file was written */

int __real_fstat(int fd, struct stat *st);
int __wrap_fstat(int fd, struct stat *st);

/* What such a kernel says of the file. */
int
__wrap_fstat(int fd, struct stat *st)
{
	int64_t stamp = written_ns - written_ns % TICK_NS;
	int result = __real_fstat(fd, st);

	if (result == 0 && S_ISREG(st->st_mode)) {
		st->st_mtim = (struct timespec){ stamp / SECOND_NS, stamp % SECOND_NS };
		st->st_ctim = st->st_mtim;
	}
	return result;
}

static uint32_t
dice(void)
{
	static uint32_t state = 1;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

/* Mostly within a tick or two, often around a second, sometimes for long. */
static int64_t
pause_ns(void)
{
	switch (dice() % 8) {
	case 0:
		return SECOND_NS - TICK_NS + dice() % (2 * TICK_NS);
	case 1:
		return dice() % (uint32_t)(2 * (int64_t)SECOND_NS - 1);
	default:
		return dice() % TICK_NS;
	}
}

static void
test_no_two_contents_have_one_strong_tag(void **state)
{
	static struct {
		char tag[64];
		unsigned version;
	} seen[KEPT];
	struct site_under_test t;
	unsigned version = 0, strong = 0;
	char content[16];

	(void)state;
	scratch_init(&t.scratch);
	scratch_write(&t.scratch, "x.bin", SLICE("00000000"));
	written_ns = now_ns;
	site_init(&t, "[server]\nroot = @\n");
	for (int i = 0; i < LOOKS; i++) {
		struct slice tag;

		now_ns += pause_ns();
		if (dice() % 2) {
			snprintf(content, sizeof content, "%08u", ++version);
			scratch_write(&t.scratch, "x.bin", slice_of(content));
			written_ns = now_ns;
			now_ns += dice() % 1000000;
		}
		t.x.now = (struct timespec){ now_ns / SECOND_NS, now_ns % SECOND_NS };
		assert_int_equal(site_ask(&t, "GET /x.bin", NULL), 200);
		tag = site_field(&t, "ETag");
		if (slice_starts(tag, SLICE("W/")))
			continue;
		strong++;
		for (int k = 0; k < KEPT; k++)
			if (slice_equal(slice_of(seen[k].tag), tag) && seen[k].version != version)
				fail_msg("versions %u and %u have the tag %s", seen[k].version,
					 version, check_show(tag));
		snprintf(seen[strong % KEPT].tag, sizeof seen[0].tag, "%.*s", SLICE_FMT(tag));
		seen[strong % KEPT].version = version;
	}
	assert_true(strong > LOOKS / 20);
	site_fini(&t);
	scratch_fini(&t.scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_two_contents_have_one_strong_tag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
