/* Who has the port: seen of real sockets, and of tables that no kernel would write. */
#include "config.h"

#include "server/port_holder.h"

#include <errno.h>

#include "child.h"
#include "scratch.h"
#include "server/listener.h"

static struct scratch scratch;
static struct address taken;
static int held; /* what this process listens on */

static int
begin(void **state)
{
	(void)state;
	scratch_init(&scratch);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	scratch_fini(&scratch);
	return 0;
}

/* Listens; `taken` is where. */
static int
hold(const char *text)
{
	struct address a;
	int fd;

	assert_null(address_parse(&a, slice_of(text)));
	fd = listener_open(&a, 16);
	if (fd == -1)
		return -1;
	assert_int_equal(listener_address(fd, &taken), 0);
	return fd;
}

static void
check_here(const struct address *wanted, const char *where)
{
	char words[512], expected[512];

	assert_true(port_holder_words(wanted, words, sizeof words));
	snprintf(expected, sizeof expected, "process %ld (test_port_holde) listens on %s already",
		 (long)getpid(), where);
	assert_string_equal(words, expected);
}

static void
check_held(const char *text)
{
	char where[ADDRESS_TEXT_SIZE];
	int fd = hold(text);

	if (fd == -1) {
		print_message("# skip: %s: %s\n", text, strerror(errno));
		skip();
	}
	address_format(&taken, where);
	check_here(&taken, where);
	close(fd);
}

static void
test_v4(void **state)
{
	(void)state;
	check_held("127.0.0.1:0");
}

static void
test_v6(void **state)
{
	(void)state;
	check_held("[::1]:0");
}

static void
test_unix(void **state)
{
	char text[128];

	(void)state;
	snprintf(text, sizeof text, "unix:%s", scratch_at(&scratch, "a socket"));
	check_held(text);
}

/* Who listens on all addresses is in the way of one, and the other way round. */
static void
test_wider(void **state)
{
	int fd = hold("127.0.0.1:0");
	struct address all = { .v4 = { .sin_family = AF_INET }, .len = sizeof all.v4 };
	struct address other = taken;
	char where[ADDRESS_TEXT_SIZE], words[512] = "untouched";

	(void)state;
	assert_int_not_equal(fd, -1);
	address_format(&taken, where);
	all.v4.sin_port = taken.v4.sin_port;
	check_here(&all, where);
	other.v4.sin_addr.s_addr = htonl(0x7f000002);
	assert_false(port_holder_words(&other, words, sizeof words));
	close(fd);
	assert_false(port_holder_words(&taken, words, sizeof words));
	assert_string_equal(words, "untouched");
}

/* A process of another user's cannot be looked into, but whose it is can be seen. */
static int
look_as_nobody(void)
{
	char words[512] = "", expected[512], where[ADDRESS_TEXT_SIZE];

	close(held);
	if (setgid(65534) == -1 || setuid(65534) == -1)
		return 77;
	address_format(&taken, where);
	snprintf(
		expected, sizeof expected,
		"a program of the user root listens on %s already; as root, `ss -ltnp` shows which",
		where);
	if (!port_holder_words(&taken, words, sizeof words))
		return 2;
	if (strcmp(words, expected) != 0)
		fprintf(stderr, "# %s\n", words);
	return strcmp(words, expected) == 0 ? 0 : 3;
}

static void
test_of_another(void **state)
{
	int status;

	(void)state;
	if (geteuid() != 0) {
		print_message("# skip: only root can become another user\n");
		skip();
	}
	held = hold("127.0.0.1:0");
	assert_int_not_equal(held, -1);
	status = child_status(look_as_nobody);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(held);
}

/* A /proc of our own. */
static bool
ask(const char *tcp, const char *wanted, char words[512])
{
	struct address a;

	assert_null(address_parse(&a, slice_of(wanted)));
	scratch_write(&scratch, "self/net/tcp", slice_of(tcp));
	return port_holder_words_in(scratch.path, &a, words, 512);
}

static void
test_tables(void **state)
{
	static const char head[] =
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n";
	static const char *const nothing[] = {
		"",
		"\n\n\n",
		"garbage",
		"   0: 0100007F:1F90",
		"   0: 0100007F:1F90 00000000:0000 01 0:0 00:0 0 7777 0 4242 1\n", /* connected */
		"   0: 0100007F:1F91 00000000:0000 0A 0:0 00:0 0 7777 0 4242 1\n", /* other port */
		"   0: 0100007:1F90 00000000:0000 0A 0:0 00:0 0 7777 0 4242 1\n",
		"   0: 0100007FX1F90 00000000:0000 0A 0:0 00:0 0 7777 0 4242 1\n",
		"   0: XXXXXXXX:1F90 00000000:0000 0A 0:0 00:0 0 7777 0 4242 1\n",
		"   x: 0100007F:1F90 00000000:0000 0A 0:0 00:0 0 7777 0 4242 1\n",
	};
	char words[512], table[512];

	(void)state;
	scratch_dir(&scratch, "self");
	scratch_dir(&scratch, "self/net");
	scratch_dir(&scratch, "12");
	scratch_dir(&scratch, "12/fd");
	scratch_dir(&scratch, "notanumber");
	for (size_t i = 0; i < COUNT(nothing); i++)
		if (ask(nothing[i], "127.0.0.1:8080", words))
			fail_msg("%s gave %s", nothing[i], words);
	snprintf(table, sizeof table, "%s%s", head,
		 "   0: 0100007F:1F90 00000000:0000 0A 0:0 00:0 0 77777 0 4242 1\n");
	assert_true(ask(table, "127.0.0.1:8080", words));
	assert_string_equal(words,
			    "a program of user 77777 listens on 127.0.0.1:8080 already; as root, "
			    "`ss -ltnp` shows which");
	/* a process whose name is an attempt on the terminal */
	scratch_link(&scratch, "socket:[4242]", "12/fd/3");
	scratch_write(&scratch, "12/comm", SLICE("\033[2Jx\n"));
	assert_true(ask(table, "8080", words));
	assert_string_equal(words, "process 12 (?[2Jx) listens on 127.0.0.1:8080 already");
	assert_false(ask(table, "127.0.0.2:8080", words));
	assert_false(port_holder_words_in("/none", &taken, words, sizeof words));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_v4, begin, end),
		cmocka_unit_test_setup_teardown(test_v6, begin, end),
		cmocka_unit_test_setup_teardown(test_unix, begin, end),
		cmocka_unit_test_setup_teardown(test_wider, begin, end),
		cmocka_unit_test_setup_teardown(test_of_another, begin, end),
		cmocka_unit_test_setup_teardown(test_tables, begin, end),
	};

	return cmocka_run_group_tests_name("port_holder", tests, NULL, NULL);
}
