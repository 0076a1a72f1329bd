/*
 * content_tag - see content_tag.h.
 *
 * A digest that is made while the file changes belongs to nothing: the file is looked at again when
 * it is done.  Its change time is part of the key, since nobody can set that back.
 */
#include "config.h"

#include "content/content_tag.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/hash.h"
#include "base/job.h"
#include "base/memo.h"

enum { MEMORY_SETS = 4096, PIECE = 128 * 1024 };

static const int64_t remembered_ms = (int64_t)24 * 60 * 60 * 1000;

struct tag_memory {
	struct memo *memo;
};

/* A file on its way through a helper thread. */
struct tagging {
	struct job job;
	struct tag_memory *memory;
	struct memo_key key;
	int64_t until_ms;
	int fd; /* owned */
};

struct tag_memory *
tag_memory_new(void)
{
	struct tag_memory *m = calloc(1, sizeof *m);

	if (!m)
		return NULL;
	m->memo = memo_new(MEMORY_SETS);
	if (m->memo)
		return m;
	free(m);
	return NULL;
}

void
tag_memory_free(struct tag_memory *m)
{
	if (!m)
		return;
	memo_free(m->memo);
	free(m);
}

static uint64_t
nanoseconds(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * 1000000000 + (uint64_t)t->tv_nsec;
}

static struct memo_key
key_of(const struct stat *st)
{
	return (struct memo_key){ { st->st_dev, st->st_ino, (uint64_t)st->st_size,
				    nanoseconds(&st->st_mtim), (uint64_t)st->st_ctim.tv_sec,
				    (uint64_t)st->st_ctim.tv_nsec } };
}

static bool
same(const struct memo_key *a, const struct memo_key *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

static bool
is_still(const struct tagging *t)
{
	struct stat st;
	struct memo_key key;

	if (fstat(t->fd, &st) == -1)
		return false;
	key = key_of(&st);
	return same(&key, &t->key);
}

static bool
add_content(struct tagging *t, struct digest *d, char *piece)
{
	off_t at = 0;
	ssize_t n;

	while (!job_unwanted(&t->job)) {
		n = pread(t->fd, piece, PIECE, at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		if (!digest_add(d, slice_from(piece, (size_t)n)))
			return false;
		at += n;
	}
	return false;
}

/* In a helper thread. */
static void
run(struct job *job)
{
	struct tagging *t = (struct tagging *)job;
	unsigned char
		digest[DIGEST_SIZE]; /* of which the memory keeps as much as it has room for */
	struct digest *d;
	char *piece;

	if (memo_get(t->memory->memo, &t->key, 0, digest))
		return; /* others asked for the same file at the same time */
	d = digest_new();
	piece = malloc(PIECE);
	if (d && piece && add_content(t, d, piece) && digest_end(d, digest) && is_still(t))
		memo_put(t->memory->memo, &t->key, t->until_ms, digest);
	free(piece);
	digest_free(d);
}

static void
end(struct job *job)
{
	struct tagging *t = (struct tagging *)job;

	close(t->fd);
	free(t);
}

static struct job *
new_job(struct exchange *x, int fd, const struct memo_key *key)
{
	uint64_t one = hash_bytes(slice_from((const char *)key, sizeof *key));
	struct tagging *t = calloc(1, sizeof *t);

	if (!t)
		return NULL;
	job_init(&t->job, run, end, one ? one : 1);
	t->memory = x->tags;
	t->key = *key;
	t->until_ms = x->now_ms + remembered_ms;
	t->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (t->fd != -1)
		return &t->job;
	free(t);
	return NULL;
}

enum content_tag_result
content_tag_find(struct exchange *x, int fd, const struct stat *st,
		 unsigned char tag[CONTENT_TAG_SIZE])
{
	struct memo_key key = key_of(st);

	if (!x->tags || digest_missing())
		return CONTENT_TAG_NONE;
	if (memo_get(x->tags->memo, &key, x->now_ms, tag))
		return CONTENT_TAG_FOUND;
	if (x->tag_tried) /* the file changed meanwhile, or there is no time for it */
		return CONTENT_TAG_NONE;
	x->tag_tried = true;
	x->job = new_job(x, fd, &key);
	return x->job ? CONTENT_TAG_PENDING : CONTENT_TAG_NONE;
}
