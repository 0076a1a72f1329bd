/*
 * A file of passwords, named by `auth`.
 *
 * It is refused with words, or every user in it is one of its lines, with a hash of a method that
 * is slow to guess, found by his name and by no other.
 */
#include "config.h"

#include "config/config.h"
#include "config/htpasswd.h"
#include "config/inputs.h"
#include "config/problems.h"
#include "fuzz.h"

static const char ini[] = "[server]\nroot = /\nauth = Secrets passwords\n";

/* The line with that number, from 1, without its end. */
static struct slice
line_at(struct slice bytes, unsigned n)
{
	while (--n > 0)
		bytes = slice_after(bytes, slice_find(bytes, '\n') + 1);
	bytes = slice_head(bytes, slice_find(bytes, '\n'));
	if (slice_ends(bytes, SLICE("\r")))
		bytes.len--;
	return bytes;
}

static void
check_user(const struct htpasswd *file, const struct htpasswd_user *user, struct slice bytes)
{
	struct slice line = line_at(bytes, user->line);
	size_t colon = slice_find(line, ':');
	struct slice hash = slice_after(line, colon + 1);

	hash = slice_head(hash, slice_find(hash, ':'));
	require(user->name.len > 0 && slice_equal(user->name, slice_head(line, colon)));
	require(slice_equal(user->hash, hash) && user->hash.p[hash.len] == '\0');
	require(slice_starts(hash, SLICE("$")) && hash.len > 40);
	require(htpasswd_find(file, user->name) == user);
	require(htpasswd_find(file, slice_head(line, colon + 1)) != user);
	require(!slice_starts(line, SLICE("#")));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = fuzz_slice(data, size);
	struct problems *problems = problems_new();
	struct inputs *inputs = inputs_new_memory();
	struct config *config;

	require(problems && inputs);
	require(inputs_put(inputs, SLICE("fuzz.ini"), slice_of(ini)));
	require(inputs_put(inputs, SLICE("passwords"), bytes));
	config = config_load_from(inputs, "fuzz.ini", CONFIG_ANY_ROOT, problems);
	require((config != NULL) == (problems_count(problems, PROBLEM_ERROR) == 0));
	if (config) {
		const struct htpasswd *file = config->server_settings.auth->file;

		require(file->count > 0);
		for (size_t i = 0; i < file->count; i++)
			check_user(file, &file->users[i], bytes);
		require(!htpasswd_find(file, SLICE_NONE));
	}
	config_free(config);
	problems_free(problems);
	return 0;
}
