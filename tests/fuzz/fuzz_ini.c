/*
 * The configuration: the lines of a file, and then all of it.
 *
 * Every line is an entry, a comment, empty, or told of; no tail of a line becomes a line of
 * its own, and no key gets into another section than the one it stands in.  The whole either
 * loads or is refused with words; nothing is looked for on the disk.
 */
#include "config.h"

#include "config/config.h"
#include "config/ini_source.h"
#include "config/inputs.h"
#include "config/problems.h"
#include "fuzz.h"

static const char file[] = "fuzz.ini";

/* The file as anybody would read it, line after line, beside what the room says of it. */
struct reader {
	struct slice rest;
	unsigned line;
	struct slice section;	/* as the last header says, good or bad */
	size_t passed;		/* lines that should have become entries and did not */
};

/* The next line, trimmed.  False at the end. */
static bool
next_line(struct reader *r, struct slice *line)
{
	size_t n = slice_find(r->rest, '\n');

	if (r->rest.len == 0)
		return false;
	*line = slice_head(r->rest, n);
	if (slice_ends(*line, SLICE("\r")))
		line->len--;
	*line = slice_trim(*line);
	r->rest = slice_after(r->rest, n + 1);
	r->line++;
	if (line->len > 0 && line->p[0] == '[')
		r->section = slice_trim(slice_head(slice_after(*line, 1),
						   slice_find(slice_after(*line, 1), ']')));
	return true;
}

static bool
is_clean(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7F)
			return false;
	return true;
}

/* Must it become an entry, or else be told of?  A comment with control bytes is told of as well. */
static bool
is_content(struct slice line)
{
	return line.len > 0 && ((line.p[0] != ';' && line.p[0] != '#') || !is_clean(line));
}

static void
take_entry(void *user, const struct ini_entry *e)
{
	struct reader *r = user;
	struct slice line = SLICE_NONE, behind;

	require(e->at.file == file && e->at.line > r->line);
	while (r->line < e->at.line) {
		r->passed += is_content(line);
		require(next_line(r, &line));
	}
	require(slice_equal(e->line, line) && is_content(line) && is_clean(line));
	require(slice_equal(e->section, r->section));
	if (line.p[0] == '[') {
		require(e->key.len == 0 && e->section.len > 0 && e->section.len <= 49);
		return;
	}
	require(e->key.len > 0 && slice_starts(line, e->key));
	behind = slice_trim(slice_after(line, e->key.len));
	require(behind.len > 0 && behind.p[0] == '=');
	require(slice_equal(slice_trim(e->value), slice_trim(slice_after(behind, 1))));
	require(slice_find(e->key, '=') == e->key.len && slice_find(e->key, ':') == e->key.len);
}

static void
check_lines(struct slice bytes)
{
	struct problems *problems = problems_new();
	struct reader r = { .rest = bytes };
	struct slice line = SLICE_NONE;

	require(problems);
	if (slice_starts(bytes, SLICE("\xEF\xBB\xBF")))
		r.rest = slice_after(bytes, 3);
	ini_source_read(file, bytes, problems, take_entry, &r);
	while (next_line(&r, &line))
		r.passed += is_content(line);
	require((r.passed > 0) == (problems_count(problems, PROBLEM_ERROR) > 0));
	require(problems_count(problems, PROBLEM_ERROR) <= r.passed);
	problems_free(problems);
}

/* With a second file beside it, so that `include` has something to find: itself. */
static void
check_load(struct slice bytes)
{
	struct problems *problems = problems_new();
	struct inputs *inputs = inputs_new_memory();
	struct config *config;

	require(problems && inputs);
	require(inputs_put(inputs, SLICE("fuzz.ini"), bytes));
	require(inputs_put(inputs, SLICE("more/fuzz.ini"), bytes));
	config = config_load_from(inputs, file, CONFIG_ANY_ROOT, problems);
	require((config != NULL) == (problems_count(problems, PROBLEM_ERROR) == 0));
	config_free(config);
	problems_free(problems);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_lines(fuzz_slice(data, size));
	check_load(fuzz_slice(data, size));
	return 0;
}
