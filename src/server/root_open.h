/*
 * root_open - opening files for root, in folders that may belong to others.
 *
 * Whoever owns a folder can put a symbolic link in the place of what is in it, at any moment, and
 * have root open, make or give away something elsewhere.  So the path is walked one name at a time,
 * and links that root made are followed, no others; the one looked at is the one followed.  For who
 * is not root it is open(2).  Any thread.
 */
#ifndef SERVER_ROOT_OPEN_H
#define SERVER_ROOT_OPEN_H

#include <sys/types.h>

/*
 * As open(2), but ELOOP for a link on the way, or as the last name, that is not root's, or too many
 * of them.  With O_NOFOLLOW the last name may be no link at all.  The caller owns it.  -1 with
 * errno.
 */
int root_open(const char *path, int flags, mode_t mode);

#endif
