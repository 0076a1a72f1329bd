/* Keys of session tickets: how long one seals, how long it opens, and how they move on. */
#include "config.h"

#include "server/ticket_keys.h"

#include "check.h"

enum { LIFE = 1000 };

static void
they_change_and_are_forgotten(void **state)
{
	struct ticket_keys *t = ticket_keys_new(LIFE, NULL, 0, 0);
	struct ticket_key first, second, found;
	bool old;

	(void)state;
	assert_true(ticket_keys_seal(t, LIFE - 1, &first));
	assert_true(ticket_keys_open(t, LIFE - 1, first.name, &found, &old));
	assert_false(old);
	assert_memory_equal(&found, &first, sizeof first);
	assert_true(ticket_keys_seal(t, LIFE, &second));
	assert_memory_not_equal(&second, &first, sizeof first);
	/* a ticket of its last moment is good for a lifetime, and should be replaced */
	assert_true(ticket_keys_open(t, 2 * LIFE - 1, first.name, &found, &old));
	assert_true(old);
	assert_memory_equal(&found, &first, sizeof first);
	assert_false(ticket_keys_open(t, 2 * LIFE, first.name, &found, &old));
	assert_true(ticket_keys_open(t, 2 * LIFE, second.name, &found, &old));
	/* nobody came for long: nothing is left */
	assert_false(ticket_keys_open(t, 9 * LIFE, second.name, &found, &old));
	ticket_keys_free(t);
}

static void
those_of_files_stay(void **state)
{
	static const char a[80] = "aaaaaaaaaaaaaaaaA", b[80] = "bbbbbbbbbbbbbbbbB";
	const struct slice fixed[] = { { a, sizeof a }, { b, sizeof b } };
	struct ticket_keys *t = ticket_keys_new(LIFE, fixed, COUNT(fixed), 0);
	unsigned char bytes[TICKET_STATE_SIZE];
	struct ticket_key found;
	bool old;

	(void)state;
	assert_true(ticket_keys_seal(t, 99 * LIFE, &found));
	assert_memory_equal(&found, a, sizeof a);
	assert_true(ticket_keys_open(t, 99 * LIFE, (const unsigned char *)b, &found, &old));
	assert_true(old);
	assert_int_equal(found.hmac[0], 'B');
	assert_int_equal(ticket_keys_export(t, bytes), 0);
	ticket_keys_free(t);
}

static void
they_move_to_another_process(void **state)
{
	struct ticket_keys *from = ticket_keys_new(LIFE, NULL, 0, 0);
	struct ticket_keys *to = ticket_keys_new(LIFE, NULL, 0, 500);
	static const unsigned char nobody[TICKET_NAME_SIZE];
	unsigned char bytes[TICKET_STATE_SIZE];
	struct ticket_key first, second, found;
	bool old;

	(void)state;
	/* where there is one key only, the place of the other opens nothing */
	assert_int_equal(ticket_keys_export(from, bytes), TICKET_STATE_SIZE);
	assert_true(ticket_keys_import(to, bytes, sizeof bytes, LIFE));
	assert_false(ticket_keys_open(to, 0, nobody, &found, &old));
	assert_true(ticket_keys_seal(from, 0, &first));
	assert_true(ticket_keys_seal(from, LIFE, &second));
	assert_int_equal(ticket_keys_export(from, bytes), TICKET_STATE_SIZE);
	assert_false(ticket_keys_import(to, bytes, sizeof bytes - 1, LIFE));
	assert_true(ticket_keys_import(to, bytes, sizeof bytes, LIFE));
	assert_true(ticket_keys_seal(to, LIFE, &found));
	assert_memory_equal(&found, &second, sizeof second);
	assert_true(ticket_keys_open(to, LIFE, first.name, &found, &old));
	assert_true(old);
	/* and it changes when it would have changed there */
	assert_true(ticket_keys_seal(to, 2 * LIFE, &found));
	assert_memory_not_equal(&found, &second, sizeof second);
	bytes[0] ^= 1;
	assert_false(ticket_keys_import(to, bytes, sizeof bytes, LIFE));
	ticket_keys_free(from);
	ticket_keys_free(to);
}

/* Who told them may have been taken over: its keys must not be good for longer than others. */
static void
those_of_the_future_are_refused(void **state)
{
	struct ticket_keys *from = ticket_keys_new(LIFE, NULL, 0, 1000);
	struct ticket_keys *to = ticket_keys_new(LIFE, NULL, 0, 1000);
	unsigned char bytes[TICKET_STATE_SIZE];

	(void)state;
	assert_int_equal(ticket_keys_export(from, bytes), TICKET_STATE_SIZE);
	assert_false(ticket_keys_import(to, bytes, sizeof bytes, 999));
	assert_true(ticket_keys_import(to, bytes, sizeof bytes, 1000));
	bytes[15] |= 0x80; /* before the clock began: its age would be beyond all numbers */
	assert_false(ticket_keys_import(to, bytes, sizeof bytes, 1000));
	ticket_keys_free(from);
	ticket_keys_free(to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_change_and_are_forgotten),
		cmocka_unit_test(those_of_files_stay),
		cmocka_unit_test(they_move_to_another_process),
		cmocka_unit_test(those_of_the_future_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
