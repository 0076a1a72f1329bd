/*
 * fuzz - what every fuzz target has.
 *
 * A target is one file with one function, LLVMFuzzerTestOneInput(), which feeds the bytes to a
 * room and requires what must hold for any bytes.  Linked with -fsanitize=fuzzer it searches;
 * linked with replay.c it goes through the corpus.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): it must hold in every build. */
#define require(condition)                                                                \
	do {                                                                              \
		if (!(condition)) {                                                       \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);   \
			abort();                                                          \
		}                                                                         \
	} while (0)

/* The input as a slice. */
static inline struct slice
fuzz_slice(const uint8_t *data, size_t size)
{
	return slice_from((const char *)data, size);
}

/* Does the part lie in the whole?  An empty one may be anywhere. */
static inline bool
fuzz_inside(struct slice part, struct slice whole)
{
	uintptr_t from = (uintptr_t)part.p, start = (uintptr_t)whole.p;

	return part.len == 0 || (from >= start && from + part.len <= start + whole.len);
}

/*
 * A copy in memory of just its size, so that a sanitizer sees every step past its end.  The
 * caller frees it.
 */
static inline char *
fuzz_copy(struct slice s)
{
	char *p = malloc(s.len > 0 ? s.len : 1);

	require(p);
	if (s.len > 0)
		memcpy(p, s.p, s.len);
	return p;
}

/* A number that looks random, but is always the same for the same input and turn (FNV-1a). */
static inline uint32_t
fuzz_draw(struct slice input, uint32_t turn)
{
	uint32_t hash = 2166136261u ^ turn;

	for (size_t i = 0; i < input.len; i++)
		hash = (hash ^ (unsigned char)input.p[i]) * 16777619u;
	return hash ^ hash >> 15;
}

#endif
