/*
 * sleeps - did this thread have to wait for something?
 *
 * Told by the kernel's count, not by a clock: however busy the machine is, only who waited for a
 * disk, a network or a lock has given up the processor by himself.
 */
#ifndef BASE_SLEEPS_H
#define BASE_SLEEPS_H

/* How often the calling thread has so far. */
long sleeps_count(void);

#endif
