/*
 * faults - what a server meets on a bad day, on order: no memory, and clocks that are set.
 *
 * Preloaded (LD_PRELOAD), it stands between the program and malloc(3) and clock_gettime(2).  The
 * orders are a file that TINYHTTPD_FAULTS names and that a test maps too, so that they change while
 * the program runs and its sandbox need not know of them: see tests/wire/faults.py, which has the
 * same layout.  A program that the program starts obeys the same orders.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct orders {
	_Atomic int64_t left;	/* allocations that still succeed */
	_Atomic int64_t fail;	/* then so many fail */
	_Atomic int64_t made;	/* asked for since the start */
	_Atomic int64_t failed; /* of these */
	_Atomic int64_t theirs; /* 0: what libcrypto and libssl ask for does not count */
	_Atomic int64_t ahead;	/* seconds by which the wall clock is */
	_Atomic int64_t passed; /* seconds that seem to have passed, and did not */
};

static struct orders nothing = { .left = INT64_MAX };
static struct orders *orders = &nothing;

/* Where the code of libcrypto and libssl lies. */
static struct {
	uintptr_t from, to;
} theirs[2];
static size_t theirs_count;

#define REAL(name) ((__typeof__(&name))real(&real_##name, #name))

static void *_Atomic real_malloc, *_Atomic real_calloc, *_Atomic real_realloc;
static void *_Atomic real_posix_memalign, *_Atomic real_aligned_alloc;
static void *_Atomic real_dlopen;
static void *_Atomic real_clock_gettime, *_Atomic real_pthread_getattr_np;

/* Looked up at the first call, which may come before the constructor. */
static void *
real(void *_Atomic *known, const char *name)
{
	void *p = atomic_load_explicit(known, memory_order_relaxed);

	if (!p) {
		p = dlsym(RTLD_NEXT, name);
		atomic_store_explicit(known, p, memory_order_relaxed);
	}
	return p;
}

static int
note_theirs(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	if (!strstr(info->dlpi_name, "/libcrypto.") && !strstr(info->dlpi_name, "/libssl."))
		return 0;
	for (int i = 0; i < info->dlpi_phnum && theirs_count < 2; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
			continue;
		theirs[theirs_count].from = info->dlpi_addr + p->p_vaddr;
		theirs[theirs_count++].to = info->dlpi_addr + p->p_vaddr + p->p_memsz;
	}
	return 0;
}

static int
is_theirs(const void *caller)
{
	for (size_t i = 0; i < theirs_count; i++)
		if ((uintptr_t)caller >= theirs[i].from && (uintptr_t)caller < theirs[i].to)
			return 1;
	return 0;
}

__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("TINYHTTPD_FAULTS");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *p = MAP_FAILED;

	if (fd != -1) {
		p = mmap(NULL, sizeof *orders, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		close(fd);
	}
	if (p == MAP_FAILED)
		abort(); /* a test that tests nothing */
	dl_iterate_phdr(note_theirs, NULL);
	orders = p;
}

static _Thread_local int exempt __attribute__((tls_model("initial-exec")));

/* They are loaded where the configuration needs them. */
void *
dlopen(const char *name, int flags)
{
	void *library = REAL(dlopen)(name, flags);

	theirs_count = 0;
	dl_iterate_phdr(note_theirs, NULL);
	return library;
}

/* AddressSanitizer asks this of each thread that begins, and cannot do without an answer. */
int
pthread_getattr_np(pthread_t thread, pthread_attr_t *attr)
{
	int result;

	exempt++;
	result = REAL(pthread_getattr_np)(thread, attr);
	exempt--;
	return result;
}

static int
fails(const void *caller)
{
	if (exempt > 0)
		return 0;
	if (!atomic_load(&orders->theirs) && is_theirs(caller))
		return 0;
	atomic_fetch_add(&orders->made, 1);
	if (atomic_fetch_sub(&orders->left, 1) > 0)
		return 0;
	if (atomic_fetch_sub(&orders->fail, 1) <= 0)
		return 0;
	atomic_fetch_add(&orders->failed, 1);
	errno = ENOMEM;
	return 1;
}

void *
malloc(size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : REAL(malloc)(size);
}

void *
calloc(size_t count, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : REAL(calloc)(count, size);
}

void *
realloc(void *p, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : REAL(realloc)(p, size);
}

int
posix_memalign(void **p, size_t alignment, size_t size)
{
	return fails(__builtin_return_address(0)) ? ENOMEM
						  : REAL(posix_memalign)(p, alignment, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : REAL(aligned_alloc)(alignment, size);
}

int
clock_gettime(clockid_t id, struct timespec *t)
{
	int result = REAL(clock_gettime)(id, t);

	if (result == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		t->tv_sec += atomic_load(&orders->ahead);
	if (result == 0 && (id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_COARSE))
		t->tv_sec += atomic_load(&orders->passed);
	return result;
}

time_t
time(time_t *out)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	if (out)
		*out = t.tv_sec;
	return t.tv_sec;
}

int
gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec t;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &t);
	*out = (struct timeval){ .tv_sec = t.tv_sec, .tv_usec = t.tv_nsec / 1000 };
	return 0;
}
