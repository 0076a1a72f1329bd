/*
 * Every allocation of a load fails once: the load is refused or good, and never both or neither.
 */
#include "config.h"

#include "config/config.h"

#include "load.h"

static long until_failure = -1; /* allocations that still succeed; -1 = all */
static long ignored;		/* failures that a load did without */

static bool
fails(void)
{
	return until_failure >= 0 && until_failure-- == 0;
}

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_reallocarray(void *, size_t, size_t);
char *__real_strdup(const char *);
void *__real_arena_alloc(struct arena *, size_t);
char *__real_arena_bytes(struct arena *, size_t);
struct slice __real_arena_copy(struct arena *, struct slice);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_reallocarray(void *, size_t, size_t);
char *__wrap_strdup(const char *);
void *__wrap_arena_alloc(struct arena *, size_t);
char *__wrap_arena_bytes(struct arena *, size_t);
struct slice __wrap_arena_copy(struct arena *, struct slice);
struct slice __wrap_arena_printf(struct arena *, const char *fmt, ...);

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *
__wrap_reallocarray(void *p, size_t count, size_t size)
{
	return fails() ? NULL : __real_reallocarray(p, count, size);
}

char *
__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

void *
__wrap_arena_alloc(struct arena *a, size_t size)
{
	return fails() ? NULL : __real_arena_alloc(a, size);
}

char *
__wrap_arena_bytes(struct arena *a, size_t size)
{
	return fails() ? NULL : __real_arena_bytes(a, size);
}

struct slice
__wrap_arena_copy(struct arena *a, struct slice s)
{
	return fails() ? SLICE_NONE : __real_arena_copy(a, s);
}

struct slice
__wrap_arena_printf(struct arena *a, const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return fails() ? SLICE_NONE : __real_arena_copy(a, slice_of(text));
}

static const char good[] =
	"[server]\ninclude = d/*\nuser = www\nlisten = unix:/x\nlisten = 80\npidfile = /p\n"
	"root = /srv\nheader = X: \"y\"\nindex = a \"b c\"\nindex = d\n"
	"redirect = /a/* -> /b/$1\nerror = 404,5xx \"sorry\"\nmime = zz1:a/b\n"
	"[mime]\nzz2 zz3 = a/b\n[log]\naccess = /a \"%h %s\"\nerror = /e debug\n"
	"[host a]\nnames = a *.b [::1]\non = 80\naccess_log = /l vhost\ncharset = gbk\n"
	"return = 200 @p.html\n[host b]\ndefault = yes\nmethods = GET POST\n"
	"[location l]\nhost = a\npath = /x%/\nstrip = on\nbody_size = 1\nsymlinks = none\n"
	"return = 404 text/html \"<p>\"\n[location m]\npath = *.x\ngzip = off\n";

/* Words are made with memory too: a wrong line is wrong also when there is none. */
static const char *const bad[] = {
	"[sever]\n[server]\nroot = /\n",
	"[server]\nroot = /\nlisen = 80\n",
	"[server]\nroot = /\nlisten = x\n",
	"[server]\nroot = /\nlisten = 80\nlisten = 80\n",
	"[server]\nroot = /\nlevel = 1\n",
	"[server]\nroot = /\nhead_timeout = 5\n",
	"[server]\nroot = /\nqueue = 0\n",
	"[server]\nroot = /\nqueue = 1\nqueue = 1\n",
	"[server]\nroot = /\nqueue =\n",
	"[server]\nroot = /\ninclude = none\n",
	"[server]\nroot = /\ninclude = t.ini\n",
	"[server]\nroot = /\ninclude = d/* d/a\n",
	"[server]\nroot = /\nmethods = gte\n",
	"[server]\nroot = x\n",
	"[server]\nroot = /\nindex = a/b\n",
	"[server]\nroot = /\nheader = Date: x\n",
	"[server]\nroot = /\nredirect = /a -> /$1\n",
	"[server]\nroot = /\nerror = 404 /x\nerror = 404 /y\n",
	"[server]\nroot = /\nreturn = 200 @none\n",
	"[server]\nroot = /\nmime = zz:a/b zz:a/c\n",
	"[server]\nroot = /\n[mime]\nzz zz = a/b\n",
	"[server]\nroot = /\n[host a]\n[host a]\n",
	"[server]\nroot = /\n[host a]\n[host b]\nnames = a\n",
	"[server]\nroot = /\n[host a]\non = 8\n",
	"[server]\nroot = /\n[host a]\n[host _]\n",
	"[server]\nroot = /\n[location l]\nhost = b\npath = /x\n",
	"[server]\nroot = /\n[location m]\npath = /x\n[location n]\npath = /x\n",
	"[host a]\n",
};

/* One load whose n-th allocation fails; true when it needed fewer. */
static bool
load_failing(const char *text, long n, bool is_bad)
{
	struct problems *problems = problems_new();
	struct inputs *in = inputs_new_memory();
	struct config *config;
	bool reached;

	assert_true(inputs_put(in, SLICE("t.ini"), slice_of(text)));
	assert_true(inputs_put(in, SLICE("d/a"), SLICE("[gzip]\nlevel = 1\n")));
	assert_true(inputs_put(in, SLICE("p.html"), SLICE("<p>")));
	until_failure = n;
	config = config_load_from(in, "t.ini", CONFIG_ANY_ROOT, problems);
	reached = until_failure < 0;
	until_failure = -1;
	if ((config != NULL) != (problems_count(problems, PROBLEM_ERROR) == 0))
		fail_msg("failure of allocation %ld: %s", n, config ? "good" : "no words");
	ignored += config && reached;
	if (config && is_bad)
		fail_msg("was taken: %s", text);
	config_free(config);
	problems_free(problems);
	return !reached;
}

static void
no_allocation_is_taken_for_granted(void **state)
{
	long n = 0;

	(void)state;
	while (!load_failing(good, n, false))
		n++;
	assert_true(n > 200);
	assert_true(ignored <= 3); /* only the order of files, should there be problems */
}

static void
what_is_wrong_stays_wrong_without_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		for (long n = 0; !load_failing(bad[i], n, true);)
			n++;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_allocation_is_taken_for_granted),
		cmocka_unit_test(what_is_wrong_stays_wrong_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
