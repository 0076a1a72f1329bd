/*
 * inputs - where the bytes of a configuration come from.
 *
 * Everything a configuration is made of is read through here and remembered in the order
 * of reading.  There are two kinds: one reads the disk, the other knows only what was put
 * into it (tests, fuzzing, and a process that starts again from what its predecessor had read).
 * The bytes live as long as the inputs.  One thread.
 */
#ifndef CONFIG_INPUTS_H
#define CONFIG_INPUTS_H

#include "base/arena.h"

struct inputs;

enum { INPUT_MAX = 16 << 20 }; /* bytes of one file: more is no configuration */

/* Reads the disk.  NULL when out of memory. */
struct inputs *inputs_new_disk(void);

/* Knows nothing yet, and never looks at the disk.  NULL when out of memory. */
struct inputs *inputs_new_memory(void);

/* NULL is allowed. */
void inputs_free(struct inputs *);

/* Adds a file, or replaces it, with copies of both.  False when out of memory. */
bool inputs_put(struct inputs *, struct slice path, struct slice bytes);

/* A file that was put may be read by everybody on the machine.  False when there is no such. */
bool inputs_set_public(struct inputs *, struct slice path);

/* Relative paths are from there.  False when out of memory. */
bool inputs_set_directory(struct inputs *, struct slice directory);

/*
 * The bytes of a file, the same ones each time.  NULL, or the words for the user.  Regular files
 * only, never waits.
 */
const char *inputs_read(struct inputs *, const char *path, struct slice *bytes);

/*
 * The names of the files in a directory ("" = the current one), sorted by bytes, as an
 * allocated array of allocated strings.  A directory that does not exist has none.
 * NULL, or the words for the user.
 */
const char *inputs_list(struct inputs *, const char *directory, char ***names, size_t *count);
void inputs_free_list(char **names, size_t count);

/*
 * The path as it stays right when the current directory is another one; unchanged where there is
 * neither a disk nor a directory. .p is NULL when out of memory.
 */
struct slice inputs_absolute(const struct inputs *, struct slice path, struct arena *);

/* May everybody on the machine read that file, which was read here? */
bool inputs_is_public(const struct inputs *, struct slice path);

/* What was read so far, in order.  False behind the last. */
bool inputs_get(const struct inputs *, size_t at, struct slice *path, struct slice *bytes);

#endif
