/*
 * shared - see shared.h.
 *
 * The layout: a page with the header and the past, then the slots, each a number of whole pages.
 * Pages that nobody wrote to take no memory, so the slots have room for the most workers.
 *
 * A list of counters that changes, changes what a number at a place means.  So the header has a
 * checksum of their words besides the version, which stands for what is written by hand here.
 */
#include "config.h"

#include "server/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096 };

struct header {
	char magic[16];
	uint32_t version, slots, workers;
	uint32_t header_size, slot_size;
	uint64_t lists; /* checksum */
	struct shared_sum past;
};

struct shared_slot {
	_Alignas(PAGE) _Atomic uint32_t worker_count;
	_Alignas(128) _Atomic uint64_t error_lines_lost; /* any thread */
	struct acceptor_counters acceptor;
	struct counters workers[WORKERS_MAX];
	struct shared_facts facts;
};

struct region {
	_Alignas(PAGE) struct header header;
	struct shared_slot slots[SHARED_SLOTS];
};

struct shared {
	struct region *region;
	int fd;
};

static const char magic[16] = "tinyhttpd count";

static uint64_t
add_word(uint64_t sum, const char *word)
{
	do
		sum = (sum ^ (unsigned char)*word) * 0x100000001b3; /* FNV-1a */
	while (*word++);
	return sum;
}

static uint64_t
checksum_lists(void)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (int i = 0; i < COUNTER_COUNT; i++)
		sum = add_word(sum, counter_word((enum counter)i));
	for (int i = 0; i < CLOSE_REASON_COUNT; i++)
		sum = add_word(sum, close_reason_word((enum close_reason)i));
	for (int i = 0; i < ACCEPTOR_COUNTER_COUNT; i++)
		sum = add_word(sum, acceptor_counter_word((enum acceptor_counter)i));
	return sum;
}

static struct header
make_header(void)
{
	struct header h = {
		.version = SHARED_VERSION,
		.slots = SHARED_SLOTS,
		.workers = WORKERS_MAX,
		.header_size = offsetof(struct region, slots),
		.slot_size = sizeof(struct shared_slot),
		.lists = checksum_lists(),
	};

	memcpy(h.magic, magic, sizeof h.magic);
	return h;
}

/* Maps the whole region; flags and fd as for mmap(2).  On failure fd is closed. */
static struct shared *
map(int flags, int fd)
{
	struct shared *s = malloc(sizeof *s);
	void *region = MAP_FAILED;
	int error;

	if (s)
		region = mmap(NULL, sizeof(struct region), PROT_READ | PROT_WRITE,
			      MAP_SHARED | flags, fd, 0);
	if (region != MAP_FAILED) {
		*s = (struct shared){ .region = region, .fd = fd };
		return s;
	}
	error = errno;
	free(s);
	if (fd != -1)
		close(fd);
	errno = error;
	return NULL;
}

static struct shared *
begin(struct shared *s)
{
	if (s)
		s->region->header = make_header();
	return s;
}

/* A file without a name, whose size is for ever. */
static int
make_file(void)
{
	int fd = memfd_create("tinyhttpd counters", MFD_CLOEXEC | MFD_ALLOW_SEALING), error;

	if (fd == -1)
		return -1;
	if (ftruncate(fd, sizeof(struct region)) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

struct shared *
shared_new(void)
{
	int fd = make_file();

	return fd == -1 ? NULL : begin(map(0, fd));
}

struct shared *
shared_new_alone(void)
{
	return begin(map(MAP_ANONYMOUS, -1));
}

/* NULL, or why the region cannot be used. */
static const char *
compare(const struct header *theirs)
{
	const struct header ours = make_header();

	if (memcmp(theirs->magic, ours.magic, sizeof ours.magic) != 0)
		return "what was passed in for the shared counters is something else";
	if (theirs->version != ours.version || theirs->slots != ours.slots ||
	    theirs->workers != ours.workers || theirs->header_size != ours.header_size ||
	    theirs->slot_size != ours.slot_size || theirs->lists != ours.lists)
		return "the shared counters have the layout of another version of " PACKAGE_NAME;
	return NULL;
}

struct shared *
shared_attach(int fd, const char **words)
{
	struct header theirs;
	struct shared *s;
	struct stat st;

	if (pread(fd, &theirs, sizeof theirs, 0) != sizeof theirs)
		*words = "what was passed in for the shared counters cannot be read";
	else
		*words = compare(&theirs);
	if (!*words && (fstat(fd, &st) == -1 || st.st_size != sizeof(struct region)))
		*words = "the shared counters have a wrong size";
	if (*words) {
		close(fd);
		return NULL;
	}
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	s = map(0, fd);
	if (!s)
		*words = "there is no memory for the shared counters";
	return s;
}

void
shared_free(struct shared *s)
{
	if (!s)
		return;
	munmap(s->region, sizeof *s->region);
	if (s->fd != -1)
		close(s->fd);
	free(s);
}

int
shared_fd(const struct shared *s)
{
	return s->fd;
}

struct shared_slot *
shared_slot(const struct shared *s, unsigned number)
{
	return &s->region->slots[number];
}

void
shared_release(struct shared *s, unsigned number)
{
	struct shared_slot *slot = shared_slot(s, number);

	shared_add(&s->region->header.past, slot);
	s->region->header.past.idle = 0;
	/* gives the memory back, and what is there next is zero */
	if (madvise(slot, sizeof *slot, MADV_REMOVE) == -1)
		memset(slot, 0, sizeof *slot);
}

void
shared_set_workers(struct shared_slot *slot, unsigned count)
{
	atomic_store_explicit(&slot->worker_count, count, memory_order_release);
}

struct counters *
shared_worker(struct shared_slot *slot, unsigned index)
{
	return &slot->workers[index];
}

struct acceptor_counters *
shared_acceptor(struct shared_slot *slot)
{
	return &slot->acceptor;
}

_Atomic uint64_t *
shared_error_lines_lost(struct shared_slot *slot)
{
	return &slot->error_lines_lost;
}

/* What ended is read before what began, so that never more have ended than began. */
static void
add_worker(struct shared_sum *sum, const struct counters *c)
{
	for (int i = 0; i < CLOSE_REASON_COUNT; i++)
		sum->closed[i] += counter_get(&c->closed[i]);
	for (int i = 0; i < COUNTER_COUNT; i++)
		sum->count[i] += counter_get(&c->count[i]);
	sum->idle += atomic_load_explicit(&c->idle, memory_order_relaxed);
}

void
shared_add(struct shared_sum *sum, const struct shared_slot *slot)
{
	uint32_t workers = atomic_load_explicit(&slot->worker_count, memory_order_acquire);

	for (uint32_t i = 0; i < workers && i < WORKERS_MAX; i++)
		add_worker(sum, &slot->workers[i]);
	for (int i = 0; i < ACCEPTOR_COUNTER_COUNT; i++)
		sum->acceptor[i] += counter_get(&slot->acceptor.count[i]);
	sum->error_lines_lost += counter_get(&slot->error_lines_lost);
}

void
shared_add_past(struct shared_sum *sum, const struct shared *s)
{
	const struct shared_sum *past = &s->region->header.past;

	for (int i = 0; i < COUNTER_COUNT; i++)
		sum->count[i] += past->count[i];
	for (int i = 0; i < CLOSE_REASON_COUNT; i++)
		sum->closed[i] += past->closed[i];
	for (int i = 0; i < ACCEPTOR_COUNTER_COUNT; i++)
		sum->acceptor[i] += past->acceptor[i];
	sum->error_lines_lost += past->error_lines_lost;
}

uint64_t
shared_live(const struct shared_sum *sum)
{
	uint64_t began = sum->acceptor[ACCEPT_TAKEN], ended = 0;

	for (int i = 0; i < CLOSE_REASON_COUNT; i++)
		ended += sum->closed[i];
	return began > ended ? began - ended : 0;
}

void
shared_write_facts(struct shared_slot *slot, const struct shared_facts *facts)
{
	slot->facts = *facts;
}

/* Ends it, and shows nothing that a terminal could obey. */
static void
tidy(char *text, size_t size, bool lines)
{
	text[size - 1] = '\0';
	for (; *text; text++)
		if (((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f) &&
		    !(lines && *text == '\n'))
			*text = '?';
}

void
shared_read_facts(const struct shared_slot *slot, struct shared_facts *out)
{
	*out = slot->facts;
	tidy(out->version, sizeof out->version, false);
	tidy(out->host_labels, sizeof out->host_labels, true);
	tidy(out->addresses, sizeof out->addresses, false);
	tidy(out->sandbox, sizeof out->sandbox, false);
	if (out->certificate_count > SHARED_CERTIFICATES)
		out->certificate_count = SHARED_CERTIFICATES;
	for (uint32_t i = 0; i < out->certificate_count; i++)
		tidy(out->certificates[i].path, sizeof out->certificates[i].path, false);
}
