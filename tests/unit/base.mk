# The unit tests of src/base/.

check_PROGRAMS += tests/unit/test_arena
tests_unit_test_arena_SOURCES = tests/unit/test_arena.c tests/unit/check.h
tests_unit_test_arena_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc
tests_unit_test_arena_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_buckets
tests_unit_test_buckets_SOURCES = tests/unit/test_buckets.c tests/unit/check.h
tests_unit_test_buckets_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_cidr
tests_unit_test_cidr_SOURCES = tests/unit/test_cidr.c tests/unit/check.h
tests_unit_test_cidr_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_clock
tests_unit_test_clock_SOURCES = tests/unit/test_clock.c tests/unit/check.h
tests_unit_test_clock_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_digest
tests_unit_test_digest_SOURCES = tests/unit/test_digest.c tests/unit/check.h
tests_unit_test_digest_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_glob
tests_unit_test_glob_SOURCES = tests/unit/test_glob.c tests/unit/check.h tests/unit/guard.h
tests_unit_test_glob_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_hash
tests_unit_test_hash_SOURCES = tests/unit/test_hash.c tests/unit/check.h tests/unit/guard.h
tests_unit_test_hash_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_list
tests_unit_test_list_SOURCES = tests/unit/test_list.c tests/unit/check.h
tests_unit_test_list_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_memo
tests_unit_test_memo_SOURCES = tests/unit/test_memo.c tests/unit/check.h
tests_unit_test_memo_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_sleeps
tests_unit_test_sleeps_SOURCES = tests/unit/test_sleeps.c tests/unit/check.h
tests_unit_test_sleeps_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_slice
tests_unit_test_slice_SOURCES = tests/unit/test_slice.c tests/unit/check.h tests/unit/guard.h
tests_unit_test_slice_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_table
tests_unit_test_table_SOURCES = tests/unit/test_table.c tests/unit/check.h
tests_unit_test_table_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=calloc
tests_unit_test_table_LDADD = $(LDADD) $(CMOCKA_LIBS)
