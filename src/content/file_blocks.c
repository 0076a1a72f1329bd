/*
 * file_blocks - see file_blocks.h.
 *
 * A block has one place where it can be, by its number, so that neighbours never compete.  Who
 * wants the place of another must be asked for twice while the other is not asked for at all: what
 * is hot stays, and a client that walks through the file reads no block for one range only.
 */
#include "config.h"

#include "content/file_blocks.h"

#include <stdlib.h>

#include "content/cold_file.h"

struct place {
	char *bytes; /* owned, of that block; or NULL */
	uint64_t number;
	uint64_t wanted; /* 1 + the number of the one that was asked for last in vain; or 0 */
};

struct file_blocks {
	size_t most_bytes, weight;
	struct place places[FILE_BLOCKS_MOST];
};

struct file_blocks *
file_blocks_new(size_t most_bytes)
{
	struct file_blocks *b = calloc(1, sizeof *b);

	if (!b)
		return NULL;
	b->most_bytes = most_bytes;
	b->weight = sizeof *b;
	return b;
}

void
file_blocks_free(struct file_blocks *b)
{
	for (int i = 0; b && i < FILE_BLOCKS_MOST; i++)
		free(b->places[i].bytes);
	free(b);
}

/* Of a file of that version.  Nothing changes when it cannot be had. */
static void
read_block(struct file_blocks *b, struct place *p, uint64_t number, int fd,
	   const struct file_stamp *stamp)
{
	struct file_reach reach = FILE_REACH_NONE;
	off_t at = (off_t)(number * FILE_BLOCK_SIZE), left = stamp->size - at;
	size_t len = left < FILE_BLOCK_SIZE ? (size_t)left : FILE_BLOCK_SIZE;
	char *bytes = malloc(FILE_BLOCK_SIZE);

	/* the look comes last: so these bytes were that version's */
	if (!bytes || cold_file_read(fd, bytes, len, at, &reach) != (ssize_t)len ||
	    file_stamp_compare(stamp, fd) != FILE_SAME) {
		free(bytes);
		return;
	}
	if (!p->bytes)
		b->weight += FILE_BLOCK_SIZE;
	free(p->bytes);
	p->bytes = bytes;
	p->number = number;
}

struct slice
file_blocks_get(struct file_blocks *b, int fd, const struct file_stamp *stamp, uint64_t at,
		uint64_t length, bool lent)
{
	uint64_t number = at / FILE_BLOCK_SIZE, begin = at % FILE_BLOCK_SIZE;
	struct place *p = &b->places[number % FILE_BLOCKS_MOST];

	if (begin + length > FILE_BLOCK_SIZE)
		return SLICE_NONE;
	if (!p->bytes || p->number != number) {
		bool again = p->wanted == number + 1;
		bool room = p->bytes ? !lent : b->weight + FILE_BLOCK_SIZE <= b->most_bytes;

		p->wanted = number + 1;
		if (!again || !room)
			return SLICE_NONE;
		read_block(b, p, number, fd, stamp);
	}
	p->wanted = 0;
	return p->bytes && p->number == number ? slice_from(p->bytes + begin, length) : SLICE_NONE;
}

size_t
file_blocks_weight(const struct file_blocks *b)
{
	return b->weight;
}
