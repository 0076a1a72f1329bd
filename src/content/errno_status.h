/*
 * errno_status - the one place where a failed look-up becomes an HTTP status.
 *
 * Pure; any thread.
 */
#ifndef CONTENT_ERRNO_STATUS_H
#define CONTENT_ERRNO_STATUS_H

/* 403, 404, 500 or 503 for the errno of a failed open, stat or read. */
unsigned status_of_errno(int error);

#endif
