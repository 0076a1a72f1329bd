/* One file, line by line, through inih. */
#include "config.h"

#include "config/ini_source.h"

#include "check.h"
#include "config/problems.h"

static char got[65536];

static void
note(void *user, const struct ini_entry *e)
{
	size_t n = strlen(got);

	(void)user;
	snprintf(got + n, sizeof got - n, e->key.len > 0 ? "%u[%.*s]%.*s=%.*s\n" : "%u[%.*s]\n",
		 e->at.line, SLICE_FMT(e->section), SLICE_FMT(e->key), SLICE_FMT(e->value));
}

/* What comes out of a text, and all that is said about it. */
static void
check(struct slice text, const char *entries, const char *words)
{
	struct problems *problems = problems_new();
	char *said = NULL;
	size_t len;
	FILE *out = open_memstream(&said, &len);

	got[0] = '\0';
	problems_begin_file(problems, "f");
	ini_source_read("f", text, problems, note, NULL);
	problems_print(problems, out);
	fclose(out);
	if (strcmp(got, entries) != 0 || !strstr(said, words) || (!*words && *said))
		fail_msg("%s: got:\n%ssaid:\n%s", check_show(text), got, said);
	free(said);
	problems_free(problems);
}

static void
sections_and_keys_come_with_their_lines(void **state)
{
	(void)state;
	check(SLICE("a=1\n\n[s]\nb = 2 \n[t u]\n[s]\n  c =3"),
	      "1[]a=1\n3[s]\n4[s]b= 2\n5[t u]\n6[s]\n7[s]c=3\n", "");
	check(SLICE(""), "", "");
	check(SLICE("\n"), "", "");
}

static void
windows_files_are_read(void **state)
{
	(void)state;
	check(SLICE("\xEF\xBB\xBF[s]\r\na = 1\r\n\r\n; x\r\n"), "1[s]\n2[s]a= 1\n", "");
}

static void
comments_stand_at_the_beginning_of_a_line(void **state)
{
	(void)state;
	check(SLICE("; a = 1\n# b = 2\n   ; c = 3\n[s] ; d\n[t]\t;e"), "4[s]\n5[t]\n", "");
}

static void
a_value_is_everything_behind_the_first_equals_sign(void **state)
{
	(void)state;
	check(SLICE("[s]\na = b=c ; d : e"), "1[s]\n2[s]a= b=c ; d : e\n", "");
}

static void
indentation_does_not_continue_a_line(void **state)
{
	(void)state;
	check(SLICE("[s]\na = 1\n  b = 2\n\tc = 3"), "1[s]\n2[s]a= 1\n3[s]b= 2\n4[s]c= 3\n", "");
}

static void
broken_lines_are_told_and_passed_over(void **state)
{
	static const char *const lines[][2] = {
		{ "no sign", "a '=' is missing" },
		{ "a ; = 1", "a '=' is missing" },
		{ "a : 1", "with '=' and not with ':'" },
		{ "a:b = 1", "a ':' before the '='" },
		{ "= 1", "a key is missing" },
		{ "a = \x01", "control byte (0x01)" },
		{ "a = \x7f", "control byte (0x7F)" },
		{ "a = b\rc", "control byte (0x0D)" },
		{ "; \x0c", "control byte (0x0C)" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		char text[128];

		snprintf(text, sizeof text, "[s]\n%s\nz = 1\n", lines[i][0]);
		check(slice_of(text), "1[s]\n3[s]z= 1\n", lines[i][1]);
	}
	check(SLICE("[s]\na = \0b\nz = 1\n"), "1[s]\n3[s]z= 1\n", "control byte (0x00)");
}

static void
keys_below_a_broken_header_go_nowhere(void **state)
{
	static const char *const headers[][2] = {
		{ "[t", "needs its ']'" },
		{ "[t ;]", "needs its ']'" },
		{ "[t] u = 1", "nothing may stand" },
		{ "[t];u", "nothing may stand" },
		{ "[t] # u", "nothing may stand" },
		{ "[]", "needs a name" },
		{ "[ ]", "needs a name" },
		{ "[\x01]", "control byte" },
		{ "[12345678901234567890123456789012345678901234567890]", "at most 49 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(headers); i++) {
		char text[128];

		snprintf(text, sizeof text, "[s]\n%s\ny = 1\n[v]\nz = 1\n", headers[i][0]);
		check(slice_of(text), "1[s]\n4[v]\n5[v]z= 1\n", headers[i][1]);
	}
	check(SLICE("[1234567890123456789012345678901234567890123456789]\na=1"),
	      "1[1234567890123456789012345678901234567890123456789]\n"
	      "2[1234567890123456789012345678901234567890123456789]a=1\n",
	      "");
}

/* The packaged inih cuts a line of 200 bytes and takes its tail for a line of its own. */
static void
no_length_of_a_line_makes_two(void **state)
{
	static const size_t lengths[] = { 150, 190, 191, 192,  193,  194,  195,	 196,
					  197, 198, 199, 200,  201,  202,  390,	 398,
					  399, 400, 401, 8191, 8192, 8193, 20000 };

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		static char text[32768], wanted[32768];
		size_t n = lengths[i];

		/* a value so long that its tail "listen = 1" would stand alone */
		memset(text, 'x', sizeof text);
		memcpy(text, "[s]\na=", 6);
		snprintf(text + 6 + n, sizeof text - 6 - n, "listen = 1\nb=2\n");
		snprintf(wanted, sizeof wanted, "1[s]\n2[s]a=%.*slisten = 1\n3[s]b=2\n", (int)n,
			 text + 6);
		check(slice_of(text), wanted, "");
	}
}

static void
a_key_has_150_bytes(void **state)
{
	char text[400], wanted[400];

	(void)state;
	memset(text, 'k', sizeof text);
	strcpy(text + 150, "=1\n");
	snprintf(wanted, sizeof wanted, "1[]%.150s=1\n", text);
	check(slice_of(text), wanted, "");
	memset(text, 'k', sizeof text);
	strcpy(text + 151, "=1\n");
	check(slice_of(text), "", "at most 150 bytes");
	memset(text, 'k', sizeof text);
	strcpy(text + 300, "=1\n");
	check(slice_of(text), "", "at most 150 bytes");
}

static void
every_byte_alone_is_survived(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		struct problems *problems = problems_new();
		char text[] = "[s]\n?a?=?b?\n";

		for (size_t i = 0; i < sizeof text; i++)
			if (text[i] == '?')
				text[i] = (char)c;
		got[0] = '\0';
		ini_source_read("f", slice_of(text), problems, note, NULL);
		ini_source_read("f", slice_from((const char *)&(char){ (char)c }, 1), problems,
				note, NULL);
		problems_free(problems);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections_and_keys_come_with_their_lines),
		cmocka_unit_test(windows_files_are_read),
		cmocka_unit_test(comments_stand_at_the_beginning_of_a_line),
		cmocka_unit_test(a_value_is_everything_behind_the_first_equals_sign),
		cmocka_unit_test(indentation_does_not_continue_a_line),
		cmocka_unit_test(broken_lines_are_told_and_passed_over),
		cmocka_unit_test(keys_below_a_broken_header_go_nowhere),
		cmocka_unit_test(no_length_of_a_line_makes_two),
		cmocka_unit_test(a_key_has_150_bytes),
		cmocka_unit_test(every_byte_alone_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
