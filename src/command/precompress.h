/*
 * precompress - compressed files beside the files of a folder, made ahead of time.
 *
 * Main thread; the return value is the exit status.
 */
#ifndef COMMAND_PRECOMPRESS_H
#define COMMAND_PRECOMPRESS_H

#include <stdbool.h>

/*
 * Writes .gz, and .br and .zst where this build can, beside every file below the directory whose
 * type is worth it, and removes those it once wrote whose file is gone.  dry_run: says what it
 * would do and changes nothing.  0, or 1 when something failed; the rest is done all the same.
 */
int command_precompress(const char *directory, bool dry_run);

#endif
