/* errno_status - see errno_status.h. */
#include "config.h"

#include "content/errno_status.h"

#include <errno.h>

unsigned
status_of_errno(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP: /* too many links, or one where none may be */
	case ENAMETOOLONG:
	case EXDEV: /* the path would leave its root */
	case ENXIO: /* a socket, or a device without a driver */
	case ENODEV:
		return 404;
	case EACCES:
	case EPERM:
		return 403;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
	case EAGAIN:
		return 503; /* passes by itself; a 404 would be believed */
	default:
		return 500;
	}
}
