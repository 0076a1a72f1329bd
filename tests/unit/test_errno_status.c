/* What a failed system call means for the client. */
#include "config.h"

#include "content/errno_status.h"

#include <errno.h>

#include "check.h"

static void
test_statuses(void **state)
{
	static const struct {
		int error;
		unsigned status;
	} cases[] = {
		{ ENOENT, 404 }, { ENOTDIR, 404 }, { ELOOP, 404 },  { ENAMETOOLONG, 404 },
		{ EXDEV, 404 },	 { ENXIO, 404 },   { EACCES, 403 }, { EPERM, 403 },
		{ EMFILE, 503 }, { ENFILE, 503 },  { ENOMEM, 503 }, { EAGAIN, 503 },
		{ EIO, 500 },	 { 0, 500 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(status_of_errno(cases[i].error), cases[i].status);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statuses),
	};

	return cmocka_run_group_tests_name("errno_status", tests, NULL, NULL);
}
