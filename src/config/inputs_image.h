/*
 * inputs_image - everything a configuration was read from, as one piece of memory.
 *
 * So that a process can start again from what its predecessor had read, whatever happened to the
 * files since, and so that what changed can be told.  The memory has no name, keys and passwords
 * are in it, and it is sealed: nobody can change it any more.  One thread.
 */
#ifndef CONFIG_INPUTS_IMAGE_H
#define CONFIG_INPUTS_IMAGE_H

#include "config/inputs.h"

/* What was read so far, and the current directory.  A descriptor (close-on-exec) that the caller
 * owns, or -1 with errno. */
int inputs_image_make(const struct inputs *);

/* Inputs of that kind which never look at the disk.  NULL with errno, EINVAL when it is no such
 * image, or not sealed.  The descriptor stays the caller's. */
struct inputs *inputs_image_read(int fd);

#endif
