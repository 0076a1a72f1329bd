/*
 * replay - a main() for a fuzz target: feeds it files, and prints TAP.
 *
 * Arguments are files and folders.  Without any it takes the target's corpus, whose name is in
 * its own: tests/fuzz/replay_head replays $SRCDIR/tests/fuzz/corpus/head.
 */
#include "config.h"

#include <dirent.h>

#include "fuzz.h"

static unsigned count;

/* The whole file in memory of just its size. */
static uint8_t *
read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	long end;

	if (!file)
		return NULL;
	if (fseek(file, 0, SEEK_END) == 0 && (end = ftell(file)) >= 0) {
		rewind(file);
		*size = (size_t)end;
		data = malloc(*size > 0 ? *size : 1);
		if (data && fread(data, 1, *size, file) != *size) {
			free(data);
			data = NULL;
		}
	}
	fclose(file);
	return data;
}

static bool
replay_file(const char *path)
{
	size_t size;
	uint8_t *data = read_file(path, &size);

	/* Said first: who dies on the way has been named. */
	printf("# %s\n", path);
	fflush(stdout);
	if (data)
		LLVMFuzzerTestOneInput(data, size);
	printf("%sok %u - %s\n", data ? "" : "not ", ++count, path);
	free(data);
	return data != NULL;
}

static int
is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* A folder's files in the order of their names, or one file. */
static bool
replay(const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_visible, alphasort);
	bool good = n != 0;

	if (n == -1)
		return replay_file(path);
	for (int i = 0; i < n; i++) {
		char name[4096];

		snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
		good &= replay_file(name);
		free(entries[i]);
	}
	free(entries);
	if (n == 0)
		fprintf(stderr, "%s: nothing in it\n", path);
	return good;
}

static bool
replay_corpus(const char *program)
{
	const char *srcdir = getenv("SRCDIR"), *name = strrchr(program, '_');
	char path[4096];

	if (!name)
		return false;
	snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s", srcdir ? srcdir : ".", name + 1);
	return replay(path);
}

int
main(int argc, char **argv)
{
	bool good = argc > 1 || replay_corpus(argv[0]);

	for (int i = 1; i < argc; i++)
		good &= replay(argv[i]);
	printf("1..%u\n", count);
	return good ? 0 : 1;
}
