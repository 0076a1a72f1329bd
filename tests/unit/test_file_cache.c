/* What is remembered of files: found again, bounded, and not pushed out by a scan. */
#include "config.h"

#include "content/file_cache.h"

#include "check.h"
#include "content/document.h"

static const struct file_cache_limits hundred = { .entries = 100,
						  .bytes = 1 << 20,
						  .descriptors = 10 };

static struct file_key
key_of(const char *path)
{
	return (struct file_key){ .path = slice_of(path) };
}

/* The entry, kept; there may be one already. */
static struct file_entry *
add(struct file_cache *c, const char *path, size_t bytes)
{
	struct file_key key = key_of(path);
	struct file_entry *e = file_entry_new(&key);

	assert_non_null(e);
	e->bytes += bytes;
	file_cache_keep(c, e);
	return e;
}

static bool
has(struct file_cache *c, const char *path)
{
	struct file_key key = key_of(path);

	return file_cache_find(c, &key) != NULL;
}

static const char *
numbered(const char *what, int n)
{
	static char text[32];

	snprintf(text, sizeof text, "/%s/%d", what, n);
	return text;
}

static void
test_keys(void **state)
{
	struct file_cache *c = file_cache_new(&hundred);
	struct file_key key = key_of("/a");
	struct file_entry *e = add(c, "/a", 0), *other;
	int site;

	(void)state;
	assert_ptr_equal(file_cache_find(c, &key), e);
	key.site = (const void *)&site;
	assert_null(file_cache_find(c, &key));
	key = key_of("/a");
	key.prefix = (const void *)&site;
	assert_null(file_cache_find(c, &key));
	key = key_of("/a");
	key.glob = (const void *)&site;
	assert_null(file_cache_find(c, &key));
	key = key_of("/a");
	key.rewritten = true;
	assert_null(file_cache_find(c, &key));
	assert_false(has(c, "/A") || has(c, "/a/") || has(c, ""));
	other = add(c, "/a", 0); /* takes the place of the first */
	key = key_of("/a");
	assert_ptr_equal(file_cache_find(c, &key), other);
	assert_int_equal(file_cache_usage(c).entries, 1);
	file_cache_drop(c, other);
	assert_false(has(c, "/a"));
	assert_int_equal(file_cache_usage(c).entries, 0);
	assert_int_equal(file_cache_usage(c).bytes, 0);
	file_cache_free(c);
}

static void
test_bounds(void **state)
{
	struct file_cache *c = file_cache_new(&hundred);
	struct file_cache_limits now;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		add(c, numbered("n", i), 0);
		assert_true(has(c, numbered("n", i)));
		assert_in_range(file_cache_usage(c).entries, 1, 100);
	}
	for (int i = 0; i < 100; i++)
		add(c, numbered("big", i), 100000);
	now = file_cache_usage(c);
	assert_in_range(now.bytes, 900000, 1 << 20);
	file_entry_release(add(c, "/huge", 2 << 20)); /* which no cache of this size can keep */
	assert_false(has(c, "/huge"));
	assert_int_equal(file_cache_usage(c).bytes, now.bytes);
	file_cache_free(c);
}

static void
test_descriptors(void **state)
{
	struct file_cache *c = file_cache_new(&hundred);
	int left = 0;

	(void)state;
	for (int i = 0; i < 50; i++)
		file_cache_charge(c, add(c, numbered("fd", i), 0), 0, 1);
	assert_int_equal(file_cache_usage(c).descriptors, 10);
	for (int i = 0; i < 20; i++)
		add(c, numbered("none", i), 0);
	while (file_cache_give_descriptor(c))
		left++;
	assert_int_equal(left, 10);
	assert_int_equal(file_cache_usage(c).descriptors, 0);
	assert_true(has(c, numbered("none", 0))); /* it had none to give */
	file_cache_free(c);
}

/* What is asked for again and again stays, while thousands come by once. */
static void
test_a_scan(void **state)
{
	struct file_cache *c = file_cache_new(&hundred);
	int kept = 0;

	(void)state;
	for (int i = 0; i < 50; i++)
		add(c, numbered("hot", i), 0);
	for (int scan = 0; scan < 5000; scan++) {
		add(c, numbered("cold", scan), 0);
		has(c, numbered("hot", scan % 50));
	}
	for (int i = 0; i < 50; i++)
		kept += has(c, numbered("hot", i));
	assert_true(kept >= 45);
	file_cache_free(c);
}

static void
test_pinned(void **state)
{
	struct file_cache *c = file_cache_new(&hundred);
	struct file_entry *e = add(c, "/pinned", 0);

	(void)state;
	file_entry_pin(e);
	file_cache_charge(c, e, 0, 1);
	for (int i = 0; i < 500; i++)
		add(c, numbered("n", i), 0);
	assert_false(file_cache_give_descriptor(c));
	assert_true(has(c, "/pinned"));
	file_entry_release(e);
	assert_true(file_cache_give_descriptor(c) || file_cache_give_descriptor(c));
	assert_false(has(c, "/pinned"));
	file_cache_free(c);
}

static void
test_nothing_is_kept(void **state)
{
	static const struct file_cache_limits nothing;
	struct file_cache *c = file_cache_new(&nothing);
	struct file_entry *e = add(c, "/a", 0);

	(void)state;
	assert_false(e->kept || has(c, "/a"));
	file_entry_release(e);
	file_cache_free(c);
	file_cache_free(NULL);
	file_entry_release(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),	    cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_descriptors), cmocka_unit_test(test_a_scan),
		cmocka_unit_test(test_pinned),	    cmocka_unit_test(test_nothing_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
