/*
 * ini_source - see ini_source.h.
 *
 * inih asks a reader for its lines, as fgets() would give them, and that reader is ours.  It
 * does what inih leaves open or does in a way that an administrator cannot live with:
 *
 * - a line of any length: inih cuts at INI_MAX_LINE (200 where nobody said otherwise) and takes the
 *   rest for a line of its own, so the tail of a long value could set `listen`;
 * - a ';' within a value: inih cuts there, before anybody looks at quotes;
 * - an indented line: inih appends it to the value above;
 * - control bytes, a section name that inih would cut, text behind ']', a ':' for '=': refused.
 *
 * So inih never sees a value.  It gets "key = N" without indentation, where N counts the values of
 * the file, and the value itself is kept here.  What inih then hands out must be what was
 * put in: if one of the two ever reads a line in another way, that line is an error.
 *
 * inih's run-time switches and INI_HANDLER_LINENO exist in some builds of it only.  They are not
 * used.
 */
#include "config/ini_source.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/problems.h"

enum {
	SECTION_MAX = 49, /* inih keeps that many bytes of a section's name */
	KEY_MAX = 150,	  /* with " = N" below the 200 bytes of inih's line */
};

struct source {
	const char *file;
	struct slice rest; /* what is not read yet */
	struct problems *problems;
	ini_source_handler *handler;
	void *user;
	struct ini_entry entry; /* the line being read */
	unsigned long values;	/* keys handed to inih so far */
	bool pending;		/* inih has a key and has not handed it out yet */
	bool passing_over;	/* below a broken section header */
};

static void
complain(struct source *s, const char *words)
{
	struct problem_place place = { .at = s->entry.at,
				       .section = s->entry.section,
				       .key = s->entry.key,
				       .line = s->entry.line };

	problems_add(s->problems, PROBLEM_ERROR, &place, SLICE_NONE, "%s", words);
}

/* The next line, trimmed, without its LF or CRLF.  False at the end of the file. */
static bool
next_line(struct source *s)
{
	size_t n = slice_find(s->rest, '\n');
	struct slice line = slice_head(s->rest, n);

	if (s->rest.len == 0)
		return false;
	s->rest = slice_after(s->rest, n + 1);
	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	s->entry.at.line++;
	s->entry.line = slice_trim(line);
	s->entry.key = s->entry.value = SLICE_NONE;
	return true;
}

static bool
check_bytes(struct source *s)
{
	char words[64];

	for (size_t i = 0; i < s->entry.line.len; i++) {
		unsigned char c = (unsigned char)s->entry.line.p[i];

		if ((c >= 0x20 && c != 0x7f) || c == '\t')
			continue;
		snprintf(words, sizeof words, "a control byte (0x%02X) may not stand here", c);
		complain(s, words);
		return false;
	}
	return true;
}

/* Offset of the first blank with a ';' behind it, or the end: a comment. */
static size_t
comment_at(struct slice line)
{
	for (size_t at = 0; at + 1 < line.len; at++)
		if ((line.p[at] == ' ' || line.p[at] == '\t') && line.p[at + 1] == ';')
			return at;
	return line.len;
}

static bool
read_section(struct source *s)
{
	struct slice line = s->entry.line;
	size_t comment = comment_at(line), end = slice_find(line, ']');
	struct slice name = slice_trim(slice_from(line.p + 1, end - 1));
	struct slice behind = slice_after(line, end + 1);
	bool comment_behind = behind.len > 0 && behind.p[0] != ';' &&
			      slice_starts(slice_trim(behind), SLICE(";"));
	const char *words = NULL;

	s->entry.section = SLICE_NONE;
	if (end > comment || end == line.len)
		words = "a section needs its ']'";
	else if (behind.len > 0 && !comment_behind)
		words = "behind the ']' nothing may stand: put the key on a line of its own";
	else if (name.len == 0)
		words = "a section needs a name";
	else if (name.len > SECTION_MAX)
		words = "the name of a section has at most 49 bytes";
	s->passing_over = words != NULL;
	if (words)
		complain(s, words);
	else
		s->entry.section = name;
	return !words;
}

static bool
read_key(struct source *s)
{
	struct slice line = s->entry.line;
	size_t equals = slice_find(line, '='), colon = slice_find(line, ':');
	struct slice key = slice_trim(slice_head(line, equals));
	const char *words = NULL;

	if (colon < equals)
		words = equals < line.len
				? "a ':' before the '=': a key is written key = value"
				: "a key is written key = value, with '=' and not with ':'";
	else if (equals == line.len || comment_at(line) < equals)
		words = "a '=' is missing: a key is written key = value";
	else if (key.len == 0)
		words = "a key is missing before the '='";
	else if (key.len > KEY_MAX)
		words = "a key has at most 150 bytes";
	if (words) {
		complain(s, words);
		return false;
	}
	s->entry.key = key;
	s->entry.value = slice_after(line, equals + 1);
	return true;
}

/* Gives inih what it shall see of the line.  False when that does not fit. */
static bool
hand_over(struct source *s, char *out, size_t cap)
{
	int n;

	if (s->entry.key.len == 0) {
		n = snprintf(out, cap, "[%.*s]\n", SLICE_FMT(s->entry.section));
	} else {
		n = snprintf(out, cap, "%.*s = %lu\n", SLICE_FMT(s->entry.key), s->values++);
		s->pending = true;
	}
	if (n >= 0 && (size_t)n < cap)
		return true;
	complain(s, "this line is too long for the installed inih library");
	s->pending = false;
	return false;
}

static void
check_taken(struct source *s)
{
	if (s->pending)
		complain(s, "the inih library does not take this line for a key");
	s->pending = false;
}

/* inih's reader: one line of the file, or NULL at its end. */
static char *
read_line(char *out, int cap, void *stream)
{
	struct source *s = stream;

	check_taken(s);
	while (next_line(s)) {
		int first = s->entry.line.len > 0 ? s->entry.line.p[0] : '#';
		bool good = check_bytes(s);

		if (first == '[' && !good)
			s->passing_over = true;
		if (!good || first == ';' || first == '#')
			continue;
		if (first == '[') {
			if (!read_section(s))
				continue;
			s->handler(s->user, &s->entry);
		} else if (s->passing_over || !read_key(s)) {
			continue;
		}
		if (hand_over(s, out, (size_t)cap))
			return out;
	}
	return NULL;
}

/* inih's handler: it has found a key, which must be the one it was given. */
static int
take_key(void *user, const char *section, const char *name, const char *value)
{
	struct source *s = user;
	bool same = s->pending && strtoul(value, NULL, 10) == s->values - 1 &&
		    slice_equal(slice_of(section), s->entry.section) &&
		    slice_equal(slice_of(name), s->entry.key);

	s->pending = false;
	if (same)
		s->handler(s->user, &s->entry);
	else
		complain(s, "the inih library reads this line in another way");
	return 1;
}

void
ini_source_read(const char *file, struct slice bytes, struct problems *problems,
		ini_source_handler *handler, void *user)
{
	struct source s = { .file = file,
			    .rest = bytes,
			    .problems = problems,
			    .handler = handler,
			    .user = user,
			    .entry.at.file = file };

	if (slice_starts(s.rest, SLICE("\xEF\xBB\xBF"))) /* a byte order mark */
		s.rest = slice_after(s.rest, 3);
	if (ini_parse_stream(read_line, &s, take_key, &s) < 0) {
		s.entry = (struct ini_entry){ .at.file = file };
		complain(&s, "out of memory");
	}
}
