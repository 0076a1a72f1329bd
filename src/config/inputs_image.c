/*
 * inputs_image - see inputs_image.h.
 *
 *	image = head, directory, entry ...
 *	entry = entry head, path, bytes
 *
 * Numbers are the machine's own; another layout has another word in its head.
 */
#include "config.h"

#include "config/inputs_image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

static const char magic[8] = "inputs1";

struct head {
	char magic[sizeof magic];
	uint32_t directory_len, count;
};

struct entry {
	uint32_t path_len, is_public;
	uint64_t bytes_len;
};

/* Everything, or -1 with errno. */
static int
write_all(int fd, const void *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0) {
			p = (const char *)p + n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int
write_entries(int fd, const struct inputs *in, uint32_t count)
{
	struct slice path, bytes;

	for (uint32_t i = 0; i < count && inputs_get(in, i, &path, &bytes); i++) {
		struct entry e = { .path_len = (uint32_t)path.len,
				   .is_public = inputs_is_public(in, path),
				   .bytes_len = bytes.len };

		if (write_all(fd, &e, sizeof e) == -1 || write_all(fd, path.p, path.len) == -1 ||
		    write_all(fd, bytes.p, bytes.len) == -1)
			return -1;
	}
	return 0;
}

static int
write_image(int fd, const struct inputs *in)
{
	struct head head = { .count = 0 };
	struct slice path, bytes;
	char *directory = getcwd(NULL, 0); /* none: then nothing is relative to it */
	int result;

	memcpy(head.magic, magic, sizeof magic);
	head.directory_len = directory ? (uint32_t)strlen(directory) : 0;
	while (inputs_get(in, head.count, &path, &bytes))
		head.count++;
	result = write_all(fd, &head, sizeof head);
	if (result == 0)
		result = write_all(fd, directory, head.directory_len);
	if (result == 0)
		result = write_entries(fd, in, head.count);
	free(directory);
	return result;
}

int
inputs_image_make(const struct inputs *in)
{
	int fd = memfd_create("configuration", MFD_CLOEXEC | MFD_ALLOW_SEALING), error;

	if (fd == -1)
		return -1;
	if (write_image(fd, in) == 0 && fcntl(fd, F_ADD_SEALS, SEALS) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* Cuts len bytes off the front.  False when there are not as many. */
static bool
take(struct slice *rest, size_t len, struct slice *out)
{
	if (len > rest->len)
		return false;
	*out = slice_head(*rest, len);
	*rest = slice_after(*rest, len);
	return true;
}

static bool
read_entry(struct inputs *in, struct slice *rest)
{
	struct slice head, path, bytes;
	struct entry e;

	if (!take(rest, sizeof e, &head))
		return false;
	memcpy(&e, head.p, sizeof e);
	if (!take(rest, e.path_len, &path) || e.bytes_len > INPUT_MAX ||
	    !take(rest, e.bytes_len, &bytes) || memchr(path.p, '\0', path.len))
		return false;
	return inputs_put(in, path, bytes) && (!e.is_public || inputs_set_public(in, path));
}

static bool
read_image(struct inputs *in, struct slice rest)
{
	struct slice piece;
	struct head head;

	if (!take(&rest, sizeof head, &piece))
		return false;
	memcpy(&head, piece.p, sizeof head);
	if (memcmp(head.magic, magic, sizeof magic) != 0 ||
	    !take(&rest, head.directory_len, &piece) || !inputs_set_directory(in, piece))
		return false;
	for (uint32_t i = 0; i < head.count; i++)
		if (!read_entry(in, &rest))
			return false;
	return rest.len == 0;
}

struct inputs *
inputs_image_read(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct inputs *in = NULL;
	struct stat st;
	void *p;

	errno = EINVAL;
	if (seals == -1 || (seals & SEALS) != SEALS || fstat(fd, &st) == -1 || st.st_size == 0)
		return NULL;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return NULL;
	in = inputs_new_memory();
	if (in && !read_image(in, slice_from(p, (size_t)st.st_size))) {
		inputs_free(in);
		in = NULL;
		errno = EINVAL;
	}
	munmap(p, (size_t)st.st_size);
	return in;
}
