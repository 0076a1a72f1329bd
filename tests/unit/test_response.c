/* Responses and bodies: fields in order, names in any case, what is owned is given back. */
#include "config.h"

#include "content/response.h"

#include "scratch.h"

static void
test_fields(void **state)
{
	static char names[100][8];
	struct response r;
	struct arena arena;

	(void)state;
	arena_init(&arena, 256);
	response_init(&r, 200);
	assert_int_equal(r.status, 200);
	assert_null(response_field(&r, SLICE("F0")).p);
	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(names[i], sizeof names[i], "F%zu", i);
		response_add(&r, &arena, slice_of(names[i]), slice_of(names[i]), ORIGIN_BUILTIN);
	}
	assert_int_equal(r.count, COUNT(names));
	for (size_t i = 0; i < COUNT(names); i++) {
		check_slice("order", r.fields[i].name, slice_of(names[i]));
		check_slice("value", response_field(&r, slice_of(names[i])), slice_of(names[i]));
	}
	check_slice("case", response_field(&r, SLICE("f7")), SLICE("F7"));
	assert_false(r.out_of_memory);
	response_fini(&r);
	arena_fini(&arena);
}

static void
test_remove(void **state)
{
	struct response r;
	struct arena arena;

	(void)state;
	arena_init(&arena, 256);
	response_init(&r, 200);
	response_add(&r, &arena, SLICE("A"), SLICE("1"), ORIGIN_BUILTIN);
	response_add(&r, &arena, SLICE("B"), SLICE("2"), ORIGIN_BUILTIN);
	response_add(&r, &arena, SLICE("a"), SLICE("3"), ORIGIN_BUILTIN);
	response_add(&r, &arena, SLICE("C"), SLICE(""), ORIGIN_BUILTIN);
	check_slice("first", response_field(&r, SLICE("a")), SLICE("1"));
	response_remove(&r, SLICE("a"));
	assert_int_equal(r.count, 2);
	check_slice("kept", r.fields[0].name, SLICE("B"));
	check_slice("kept", r.fields[1].name, SLICE("C"));
	response_remove(&r, SLICE("a"));
	assert_int_equal(r.count, 2);
	arena_fini(&arena);
}

static void
test_join(void **state)
{
	struct response r;
	struct arena arena;

	(void)state;
	arena_init(&arena, 256);
	response_init(&r, 200);
	response_join(&r, &arena, SLICE("Vary"), SLICE("Accept"), ORIGIN_BUILTIN);
	response_add(&r, &arena, SLICE("B"), SLICE("2"), ORIGIN_BUILTIN);
	response_join(&r, &arena, SLICE("vary"), SLICE("Origin"), (struct origin){ "t.ini", 3 });
	assert_int_equal(r.count, 2);
	check_slice("joined", response_field(&r, SLICE("Vary")), SLICE("Accept, Origin"));
	assert_int_equal(r.fields[0].at.line, 3);
	assert_false(r.out_of_memory);
	arena_fini(&arena);
}

/* A value that could not be made (its arena was empty) is not an empty field. */
static void
test_no_value(void **state)
{
	struct response r;
	struct arena arena;

	(void)state;
	arena_init(&arena, 256);
	response_init(&r, 200);
	response_add(&r, &arena, SLICE("A"), SLICE_NONE, ORIGIN_BUILTIN);
	assert_int_equal(r.count, 0);
	assert_true(r.out_of_memory);
	arena_fini(&arena);
}

static int streams_closed;

static void
close_stream(struct body_stream *s)
{
	(void)s;
	streams_closed++;
}

static void
test_bodies(void **state)
{
	int before = scratch_count_fds();
	struct body_stream stream = { .close = close_stream };
	struct response r;

	(void)state;
	response_init(&r, 200);
	r.body = body_of_file(scratch_file(), &(struct stat){ 0 }, 0, 10);
	assert_int_equal(scratch_count_fds(), before + 1);
	response_fini(&r);
	assert_int_equal(scratch_count_fds(), before);
	response_fini(&r);
	r.body = body_of_stream(&stream);
	response_fini(&r);
	response_fini(&r);
	assert_int_equal(streams_closed, 1);
	r.body = body_of_memory(SLICE("x"));
	response_fini(&r);
	assert_int_equal(r.body.kind, BODY_SOURCE_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields), cmocka_unit_test(test_remove),
		cmocka_unit_test(test_join),   cmocka_unit_test(test_no_value),
		cmocka_unit_test(test_bodies),
	};

	return cmocka_run_group_tests_name("response", tests, NULL, NULL);
}
