/*
 * clock - what time it is, in the units used here.
 *
 * Deadlines are monotonic milliseconds, dates are seconds since 1970.  A worker reads both
 * once per turn of its loop and hands them down; nothing below the server asks the kernel.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds of CLOCK_MONOTONIC: never steps, starts anywhere. */
int64_t clock_monotonic_ms(void);

/* CLOCK_REALTIME, as it is now. */
struct timespec clock_real(void);

#endif
