/* body - see body.h. */
#include "config.h"

#include "content/body.h"

#include <unistd.h>

void
body_close(struct body *b)
{
	if (b->kind == BODY_SOURCE_FILE && !b->file.borrowed)
		close(b->file.fd);
	else if (b->kind == BODY_SOURCE_STREAM)
		b->stream->close(b->stream);
	*b = BODY_NOTHING;
}

enum file_change
file_stamp_compare(const struct file_stamp *stamp, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1 || st.st_size < stamp->size)
		return FILE_CHANGED;
	if (st.st_size > stamp->size)
		return FILE_GREW;
	return st.st_mtim.tv_sec == stamp->mtime.tv_sec &&
			       st.st_mtim.tv_nsec == stamp->mtime.tv_nsec
		       ? FILE_SAME
		       : FILE_CHANGED;
}
