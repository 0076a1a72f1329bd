/* What supervisor and generations say to each other, and what is no message. */
#include "config.h"

#include "server/message.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "scratch.h"

static int ends[2];

static int
set_up(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends);
}

static int
tear_down(void **state)
{
	(void)state;
	close(ends[0]);
	close(ends[1]);
	return 0;
}

static enum message_result
hear(enum message_sender sender, struct message *m)
{
	uint16_t version = 0;
	enum message_result result = message_receive(ends[1], sender, m, &version);

	assert_true(result != MESSAGE_VERSION_DIFFERS || version != MESSAGE_VERSION);
	return result;
}

static void
words_and_numbers_arrive(void **state)
{
	struct message m = { .kind = MESSAGE_ACCESS_LOG, .number = -1, .fd = -1 }, got;

	(void)state;
	message_set_text(&m, SLICE("/var/log/x"));
	assert_int_equal(message_send(ends[0], &m), 0);
	assert_int_equal(hear(FROM_GENERATION, &got), MESSAGE_OK);
	assert_int_equal(got.kind, MESSAGE_ACCESS_LOG);
	assert_int_equal(got.number, -1);
	assert_int_equal(got.fd, -1);
	assert_string_equal(got.text, "/var/log/x");
	assert_int_equal(hear(FROM_GENERATION, &got), MESSAGE_NONE);
}

static void
a_descriptor_goes_with_it(void **state)
{
	struct message m = { .kind = MESSAGE_LOG, .number = 3 }, got;
	int before = scratch_count_fds(), pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	m.fd = pipes[1];
	message_set_text(&m, SLICE_NONE);
	assert_int_equal(message_send(ends[0], &m), 0);
	assert_int_equal(hear(FROM_SUPERVISOR, &got), MESSAGE_OK);
	assert_int_not_equal(got.fd, -1);
	assert_true(fcntl(got.fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(got.fd, "x", 1), 1);
	close(got.fd);
	/* of one that is not taken nothing stays open */
	assert_int_equal(message_send(ends[0], &m), 0);
	assert_int_equal(hear(FROM_GENERATION, &got), MESSAGE_BAD);
	assert_int_equal(got.fd, -1);
	close(pipes[0]);
	close(pipes[1]);
	assert_int_equal(scratch_count_fds(), before);
}

static void
addresses_arrive_whole(void **state)
{
	static const char *const texts[] = { "80", "127.0.0.1:8080", "[::1]:443", "unix:/run/x" };
	struct message m = { .kind = MESSAGE_LISTENER, .number = 16, .fd = -1 }, got;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct address sent, a;

		assert_null(address_parse(&sent, slice_of(texts[i])));
		message_set_address(&m, &sent);
		assert_int_equal(message_send(ends[0], &m), 0);
		assert_int_equal(hear(FROM_GENERATION, &got), MESSAGE_OK);
		assert_true(message_get_address(&got, &a));
		assert_true(address_equal(&a, &sent));
		assert_int_equal(a.len, sent.len);
		assert_int_equal(a.dual, sent.dual);
	}
}

static void
what_is_no_address_is_none(void **state)
{
	struct message m = { .kind = MESSAGE_LISTENER, .fd = -1 };
	struct address a = { .any.sa_family = AF_UNIX };

	(void)state;
	message_set_text(&m, SLICE("127.0.0.1:80"));
	assert_false(message_get_address(&m, &a));
	memset(a.local.sun_path, 'x', sizeof a.local.sun_path);
	message_set_address(&m, &a);
	assert_false(message_get_address(&m, &a));
	a.any.sa_family = AF_PACKET;
	message_set_address(&m, &a);
	assert_false(message_get_address(&m, &a));
}

static void
text_that_is_too_long_is_cut(void **state)
{
	static char text[MESSAGE_TEXT + 100];
	struct message m = { .kind = MESSAGE_SAY, .fd = -1 }, got;

	(void)state;
	memset(text, 'a', sizeof text);
	message_set_text(&m, slice_from(text, sizeof text));
	assert_int_equal(message_send(ends[0], &m), 0);
	assert_int_equal(hear(FROM_GENERATION, &got), MESSAGE_OK);
	assert_int_equal(got.len, MESSAGE_TEXT);
	assert_int_equal(got.text[MESSAGE_TEXT], '\0');
}

/* Each side says only what is its own to say. */
static void
nobody_speaks_for_the_other(void **state)
{
	(void)state;
	for (int kind = 0; kind < MESSAGE_KIND_COUNT; kind++) {
		struct message m = { .kind = (enum message_kind)kind, .fd = -1 }, got;
		enum message_result a, b;

		message_set_text(&m, SLICE("x"));
		assert_int_equal(message_send(ends[0], &m), 0);
		a = hear(FROM_GENERATION, &got);
		assert_int_equal(message_send(ends[0], &m), 0);
		b = hear(FROM_SUPERVISOR, &got);
		assert_true((a == MESSAGE_OK) != (b == MESSAGE_OK));
		assert_true(*message_word((enum message_kind)kind));
	}
}

/* The bytes of a message that a sender made, to be spoiled. */
static size_t
bytes_of(enum message_kind kind, const char *text, unsigned char out[MESSAGE_TEXT + 64])
{
	struct message m = { .kind = kind, .fd = -1 };
	ssize_t n;

	message_set_text(&m, slice_of(text));
	assert_int_equal(message_send(ends[0], &m), 0);
	n = recv(ends[1], out, MESSAGE_TEXT + 64, 0);
	assert_true(n > 0);
	return (size_t)n;
}

static void
spoilt_bytes_are_no_message(void **state)
{
	unsigned char bytes[MESSAGE_TEXT + 64], spoilt[sizeof bytes];
	size_t n = bytes_of(MESSAGE_ACCESS_LOG, "text", bytes);
	struct message got;

	(void)state;
	for (size_t len = 1; len < n; len++) { /* none is an end */
		assert_int_equal(send(ends[0], bytes, len, 0), len);
		assert_int_equal(hear(FROM_GENERATION, &got), MESSAGE_BAD);
	}
	for (size_t at = 0; at < n; at++)
		for (int bit = 0; bit < 8; bit++) {
			memcpy(spoilt, bytes, n);
			spoilt[at] ^= (unsigned char)(1 << bit);
			assert_int_equal(send(ends[0], spoilt, n, 0), n);
			if (hear(FROM_GENERATION, &got) == MESSAGE_OK)
				assert_true(got.len == 4 && got.kind < MESSAGE_KIND_COUNT);
		}
	memcpy(spoilt, bytes, n);
	spoilt[n] = 'x'; /* a byte more than its head says */
	assert_int_equal(send(ends[0], spoilt, n + 1, 0), n + 1);
	assert_int_equal(hear(FROM_GENERATION, &got), MESSAGE_BAD);
	memset(spoilt, 'x', sizeof spoilt);
	assert_int_equal(send(ends[0], spoilt, sizeof spoilt, 0), sizeof spoilt);
	assert_int_equal(hear(FROM_GENERATION, &got), MESSAGE_BAD);
}

/* The head: magic, 4 bytes; version, 2; kind, 2. */
static void
another_version_is_told_and_words_are_understood(void **state)
{
	unsigned char bytes[MESSAGE_TEXT + 64];
	const uint16_t theirs = MESSAGE_VERSION + 1;
	struct message got;
	size_t n;

	(void)state;
	n = bytes_of(MESSAGE_READY, "1 x", bytes);
	memcpy(bytes + 4, &theirs, sizeof theirs);
	assert_int_equal(send(ends[0], bytes, n, 0), n);
	assert_int_equal(hear(FROM_GENERATION, &got), MESSAGE_VERSION_DIFFERS);
	n = bytes_of(MESSAGE_SAY, "words", bytes);
	memcpy(bytes + 4, &theirs, sizeof theirs);
	assert_int_equal(send(ends[0], bytes, n, 0), n);
	assert_int_equal(hear(FROM_GENERATION, &got), MESSAGE_OK);
	assert_string_equal(got.text, "words");
}

static void
more_than_one_descriptor_is_too_many(void **state)
{
	unsigned char bytes[MESSAGE_TEXT + 64];
	size_t n = bytes_of(MESSAGE_LOG, "", bytes);
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(12 * sizeof(int))];
	} control;
	struct iovec part = { bytes, n };
	int before = scratch_count_fds();

	(void)state;
	for (size_t count = 2; count <= 12; count += 5) {
		struct msghdr hdr = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control };
		struct message got;

		memset(&control, 0, sizeof control);
		control.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(count * sizeof(int)),
						 .cmsg_level = SOL_SOCKET,
						 .cmsg_type = SCM_RIGHTS };
		for (size_t i = 0; i < count; i++)
			memcpy(CMSG_DATA(&control.head) + i * sizeof(int), &ends[0], sizeof(int));
		hdr.msg_controllen = CMSG_SPACE(count * sizeof(int));
		assert_int_equal(sendmsg(ends[0], &hdr, 0), n);
		assert_int_equal(hear(FROM_SUPERVISOR, &got), MESSAGE_BAD);
		assert_int_equal(scratch_count_fds(), before);
	}
}

static void
the_end_is_the_end(void **state)
{
	struct message got;

	(void)state;
	shutdown(ends[0], SHUT_RDWR);
	assert_int_equal(hear(FROM_GENERATION, &got), MESSAGE_END);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(words_and_numbers_arrive),
		TEST(a_descriptor_goes_with_it),
		TEST(addresses_arrive_whole),
		TEST(what_is_no_address_is_none),
		TEST(text_that_is_too_long_is_cut),
		TEST(nobody_speaks_for_the_other),
		TEST(spoilt_bytes_are_no_message),
		TEST(another_version_is_told_and_words_are_understood),
		TEST(more_than_one_descriptor_is_too_many),
		TEST(the_end_is_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
