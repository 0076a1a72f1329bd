/* Who the server becomes, as root and as another user, and that there is no way back. */
#include "config.h"

#include "server/privileges.h"

#include <grp.h>
#include <pwd.h>

#include "child.h"
#include "scratch.h"

static const char *
resolve(struct privileges *p, const char *user, const char *group, const char **warning)
{
	return privileges_resolve(p, slice_of(user), slice_of(group), warning);
}

static int lookups_fail; /* with this errno */

struct passwd *__real_getpwnam(const char *);
struct group *__real_getgrnam(const char *);
struct passwd *__wrap_getpwnam(const char *);
struct group *__wrap_getgrnam(const char *);

struct passwd *
__wrap_getpwnam(const char *name)
{
	if (!lookups_fail)
		return __real_getpwnam(name);
	errno = lookups_fail;
	return NULL;
}

struct group *
__wrap_getgrnam(const char *name)
{
	if (!lookups_fail)
		return __real_getgrnam(name);
	errno = lookups_fail;
	return NULL;
}

static int
in_child(int (*f)(void))
{
	int status = child_status(f);

	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static const struct passwd *
someone(void)
{
	const struct passwd *pw = getpwnam("nobody");

	if (!pw)
		skip();
	return pw;
}

static void
test_as_root(void **state)
{
	struct privileges p;
	const char *warning;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_non_null(strstr(resolve(&p, "", "", &warning), "user = root"));
	assert_non_null(strstr(resolve(&p, "no-such-user", "", &warning), "no such user"));
	assert_non_null(strstr(resolve(&p, "nobody", "no-such-group", &warning), "no such group"));
	assert_null(resolve(&p, "root", "", &warning));
	assert_false(p.drop);
	assert_null(resolve(&p, someone()->pw_name, "", &warning));
	assert_null(warning);
	assert_true(p.drop);
	assert_int_equal(p.uid, someone()->pw_uid);
	assert_int_equal(p.gid, someone()->pw_gid);
	assert_null(resolve(&p, "nobody", "root", &warning));
	assert_int_equal(p.gid, 0);
}

/* Nobody is said to be missing who could not be looked up. */
static void
test_lookups_that_fail(void **state)
{
	struct privileges p;
	const char *warning;

	(void)state;
	if (geteuid() != 0)
		skip();
	lookups_fail = ENOMEM;
	assert_string_equal(resolve(&p, "nobody", "", &warning), strerror(ENOMEM));
	lookups_fail = ENOENT;
	assert_non_null(strstr(resolve(&p, "nobody", "", &warning), "no such user"));
	lookups_fail = 0;
}

static int
resolve_as_nobody(void)
{
	struct privileges p;
	const char *warning;
	const struct passwd *pw = getpwnam("nobody");

	if (setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0)
		return 1;
	if (resolve(&p, "", "", &warning) || warning || p.drop)
		return 2;
	if (resolve(&p, "nobody", "", &warning) || warning || p.drop)
		return 3;
	if (resolve(&p, "root", "", &warning) || !warning || p.drop)
		return 4;
	if (resolve(&p, "no-such-user", "", &warning) || !warning || p.drop)
		return 5;
	return privileges_drop(&p) == 0 ? 0 : 6;
}

static void
test_as_another(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	someone();
	assert_int_equal(in_child(resolve_as_nobody), 0);
}

static int
drop_and_look(void)
{
	gid_t groups[64] = { 0, 1 };
	struct privileges p;
	const char *warning;
	int n;

	if (setgroups(2, groups) != 0 || resolve(&p, "nobody", "", &warning) ||
	    privileges_drop(&p) != 0)
		return 1;
	if (getuid() != p.uid || geteuid() != p.uid || getgid() != p.gid || getegid() != p.gid)
		return 2;
	if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0 || setresuid(-1, 0, -1) == 0)
		return 3;
	n = getgroups(64, groups);
	for (int i = 0; i < n; i++)
		if (groups[i] == 0)
			return 4;
	return open("/proc/1/mem", O_RDONLY | O_CLOEXEC) == -1 ? 0 : 5;
}

static void
test_no_way_back(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	someone();
	assert_int_equal(in_child(drop_and_look), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_root),
		cmocka_unit_test(test_lookups_that_fail),
		cmocka_unit_test(test_as_another),
		cmocka_unit_test(test_no_way_back),
	};

	return cmocka_run_group_tests_name("privileges", tests, NULL, NULL);
}
