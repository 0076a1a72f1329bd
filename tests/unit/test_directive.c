/*
 * The table of directives, and that the manual has all of it and nothing else.
 * With --table it prints what stands between the markers of the manual.
 */
#include "config.h"

#include "config/directive.h"

#include "check.h"

static const char begin_marker[] = ".\\\" BEGIN DIRECTIVES\n";
static const char end_marker[] = ".\\\" END DIRECTIVES\n";

/* The headings of the manual, and which directives are described below each. */
static const struct {
	const char *heading;
	unsigned sections;
} headings[] = {
	{ "INCLUDE", IN(NONE) | IN(SERVER) },  { "THE SERVER SECTION", IN(SERVER) },
	{ "THE LOG SECTION", IN(LOG) },	       { "THE GZIP SECTION", IN(GZIP) },
	{ "THE TLS SECTION", IN(TLS) },	       { "CERTIFICATES", IN(TLS) | IN(HOST) },
	{ "THE MIME SECTION", IN(MIME) },      { "HOST SECTIONS", IN(HOST) },
	{ "LOCATION SECTIONS", IN(LOCATION) }, { "SERVER AND HOSTS", IN(SERVER) | IN(HOST) },
	{ "EVERY LEVEL", IN_ALL },
};

/* The whole manual, or NULL; the caller frees it. */
static char *
read_manual(void)
{
	const char *source = getenv("SRCDIR");
	char path[4096], *text = NULL;
	size_t cap = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/man/tinyhttpd.ini.5", source ? source : ".");
	f = fopen(path, "r");
	if (!f || getdelim(&text, &cap, '\0', f) == -1)
		fail_msg("cannot read %s", path);
	fclose(f);
	return text;
}

static unsigned
sections_of(struct slice heading)
{
	for (size_t i = 0; i < COUNT(headings); i++)
		if (slice_equal(heading, slice_of(headings[i].heading)))
			return headings[i].sections;
	return 0;
}

/* The row that an item "NAME Ns = ..." below that heading describes, or -1. */
static int
find_row(unsigned sections, struct slice name)
{
	for (size_t i = 0; i < directive_count; i++)
		if (directives[i].sections == sections &&
		    slice_equal(name, slice_of(directives[i].name)))
			return (int)i;
	return -1;
}

/* Ticks off the rows that the manual describes; fails where it describes one that does not exist.
 */
static void
tick_off(struct slice manual, bool *described)
{
	unsigned sections = 0;

	while (manual.len > 0) {
		size_t n = slice_find(manual, '\n');
		struct slice line = slice_head(manual, n), name;
		int row;

		manual = slice_after(manual, n + 1);
		if (slice_starts(line, SLICE(".Sh ")))
			sections = sections_of(slice_after(line, 4));
		if (!sections || !slice_starts(line, SLICE(".It Ic ")))
			continue;
		name = slice_after(line, 7);
		name = slice_head(name, slice_find(name, ' '));
		row = find_row(sections, name);
		if (row == -1)
			fail_msg("the manual describes %s, which does not exist", check_show(name));
		described[row] = true;
	}
}

static void
the_manual_describes_what_exists(void **state)
{
	bool *described = calloc(directive_count, sizeof *described);
	char *manual = read_manual();

	(void)state;
	tick_off(slice_of(manual), described);
	for (size_t i = 0; i < directive_count; i++)
		if (!described[i])
			fail_msg("the manual lacks %s", directives[i].name);
	free(described);
	free(manual);
}

static void
the_table_of_the_manual_is_up_to_date(void **state)
{
	char *manual = read_manual(), *begin, *end, *table = NULL;
	size_t len;
	FILE *out = open_memstream(&table, &len);

	(void)state;
	directive_print_table(out);
	fclose(out);
	begin = strstr(manual, begin_marker);
	end = strstr(manual, end_marker);
	assert_true(begin && end && begin < end);
	begin += sizeof begin_marker - 1;
	if ((size_t)(end - begin) != len || memcmp(begin, table, len) != 0)
		fail_msg("put what test_directive --table prints between the markers of %s",
			 "man/tinyhttpd.ini.5");
	free(table);
	free(manual);
}

static void
every_row_is_complete(void **state)
{
	(void)state;
	for (size_t i = 0; i < directive_count; i++) {
		const struct directive *d = &directives[i];

		assert_non_null(d->set);
		assert_non_null(d->syntax);
		assert_non_null(d->help);
		assert_true(d->sections != 0);
		assert_true(d->target == TARGET_NOWHERE || d->size > 0);
		for (size_t k = 0; k < i; k++)
			if (strcmp(d->name, directives[k].name) == 0)
				assert_int_equal(d->sections & directives[k].sections, 0);
		assert_true(strlen(d->help) < 80 && d->help[strlen(d->help) - 1] != '.');
	}
}

static void
a_key_is_found_in_its_sections_only(void **state)
{
	(void)state;
	assert_non_null(directive_find(SECTION_SERVER, SLICE("listen")));
	assert_null(directive_find(SECTION_HOST, SLICE("listen")));
	assert_null(directive_find(SECTION_SERVER, SLICE("Listen")));
	assert_non_null(directive_find(SECTION_LOCATION, SLICE("root")));
	assert_null(directive_find(SECTION_LOG, SLICE("root")));
	assert_non_null(directive_find(SECTION_MIME, SLICE("anything")));
	assert_ptr_not_equal(directive_find(SECTION_LOG, SLICE("error")),
			     directive_find(SECTION_HOST, SLICE("error")));
}

static void
suggestions_are_valid_there_or_say_where(void **state)
{
	enum section other;

	(void)state;
	check_slice("here", directive_suggest(SECTION_HOST, SLICE("rot"), &other), SLICE("root"));
	assert_int_equal(other, SECTION_NONE);
	check_slice("misplaced", directive_suggest(SECTION_HOST, SLICE("min_size"), &other),
		    SLICE("min_size"));
	assert_int_equal(other, SECTION_GZIP);
	check_slice("near elsewhere", directive_suggest(SECTION_HOST, SLICE("mim_size"), &other),
		    SLICE("min_size"));
	assert_int_equal(other, SECTION_GZIP);
	check_slice("nothing", directive_suggest(SECTION_HOST, SLICE("xyzzyxyzzy"), &other),
		    SLICE(""));
	assert_int_equal(other, SECTION_NONE);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_manual_describes_what_exists),
		cmocka_unit_test(the_table_of_the_manual_is_up_to_date),
		cmocka_unit_test(every_row_is_complete),
		cmocka_unit_test(a_key_is_found_in_its_sections_only),
		cmocka_unit_test(suggestions_are_valid_there_or_say_where),
	};

	if (argc > 1 && strcmp(argv[1], "--table") == 0) {
		directive_print_table(stdout);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
