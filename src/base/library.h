/*
 * library - a shared library that is loaded where it is needed, and not with the program.
 *
 * Each library costs the start of a process more than it takes to read a configuration, and the
 * program starts twice.  Its name is that which the linker would have noted (config.h); it stays
 * loaded.  Any thread, but within the sandbox none can be loaded any more.
 */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct library {
	const char *soname;
	const char *name;		/* for the user */
	void (*find)(struct library *); /* calls library_find() for each function */
	pthread_once_t once;
	void *handle; /* while it is being loaded */
	bool good;    /* likewise: so far */
	_Atomic bool loaded;
	char words[300]; /* why not */
};

#define LIBRARY(soname_, name_, find_)                                                             \
	{                                                                                          \
		.soname = (soname_), .name = (name_), .find = (find_), .once = PTHREAD_ONCE_INIT   \
	}

/*
 * Loads it at the first call.  NULL, or why that is not possible, for the user: the same words each
 * time.
 */
const char *library_load(struct library *);

/* Looks a function up; into is where the pointer to it goes. */
void library_find(struct library *, const char *function, void *into);

/*
 * An ELF note for who makes packages, that the program may load it:
 * https://uapi-group.org/specifications/specs/elf_dlopen_metadata/
 */
#define LIBRARY_NOTE(feature, description, sonames)                                                \
	static const struct {                                                                      \
		unsigned name_size, size, type;                                                    \
		char name[4];                                                                      \
		char text[(sizeof LIBRARY_TEXT(feature, description, sonames) + 3) / 4 * 4];       \
	} note __attribute__((used, section(".note.dlopen"), aligned(4))) = {                      \
		4, sizeof LIBRARY_TEXT(feature, description, sonames), 0x407c0c0a, "FDO",          \
		LIBRARY_TEXT(feature, description, sonames)                                        \
	}
#define LIBRARY_TEXT(feature, description, sonames)                                                \
	"[{\"feature\":\"" feature "\",\"description\":\"" description                             \
	"\",\"priority\":\"recommended\",\"soname\":[" sonames "]}]"

#endif
