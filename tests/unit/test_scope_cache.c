/* test_scope_cache - the settings of each combination of host and locations. */
#include "config.h"

#include <stdio.h>

#include "base/arena.h"
#include "content/scope_cache.h"
#include "load.h"

enum { LOCATIONS = 600 }; /* more than the cache has places for */

/* Location i has a body_size of i + 1 bytes. */
static const struct config *
load_locations(struct load *l)
{
	static char text[LOCATIONS * 80];
	int n = snprintf(text, sizeof text, "[server]\nroot = /s\n[host h]\n");

	for (int i = 0; i < LOCATIONS; i++)
		n += snprintf(text + n, sizeof text - (size_t)n,
			      "[location l%d]\npath = /%d/\nbody_size = %d\n", i, i, i + 1);
	return load_good(l, text);
}

static const struct scope *
get(struct scope_cache *cache, const struct config *c, int i, struct arena *arena)
{
	struct location_match match;
	char path[32];

	snprintf(path, sizeof path, "/%d/x", i);
	config_find_locations(c, c->sites, slice_of(path), &match);
	return scope_cache_get(cache, c, c->sites, &match, arena);
}

static void
one_that_was_made_stays_where_it_is(void **state)
{
	struct scope_cache *cache = scope_cache_new();
	const struct scope *first[LOCATIONS];
	const struct config *c;
	struct arena arena;
	struct load l;
	int kept = 0;

	(void)state;
	assert_non_null(cache);
	arena_init(&arena, 4096);
	c = load_locations(&l);
	for (int i = 0; i < LOCATIONS; i++) {
		first[i] = get(cache, c, i, &arena);
		assert_non_null(first[i]);
	}
	for (int i = 0; i < LOCATIONS; i++) {
		assert_int_equal(first[i]->now.body_size->n, i + 1);
		kept += get(cache, c, i, &arena) == first[i];
		assert_int_equal(get(cache, c, i, &arena)->now.body_size->n, i + 1);
	}
	assert_true(kept > LOCATIONS / 4);
	assert_true(kept < LOCATIONS); /* or this test has too few of them */
	load_end(&l);
	arena_fini(&arena);
	scope_cache_free(cache);
}

static void
who_has_no_cache_gets_them_as_well(void **state)
{
	const struct config *c;
	struct arena arena;
	struct load l;

	(void)state;
	arena_init(&arena, 4096);
	c = load_locations(&l);
	assert_int_equal(get(NULL, c, 7, &arena)->now.body_size->n, 8);
	assert_int_equal(get(NULL, c, 8, &arena)->now.body_size->n, 9);
	load_end(&l);
	arena_fini(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_was_made_stays_where_it_is),
		cmocka_unit_test(who_has_no_cache_gets_them_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
