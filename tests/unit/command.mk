# The unit tests of src/command/.

check_PROGRAMS += tests/unit/test_asked
tests_unit_test_asked_SOURCES = tests/unit/test_asked.c tests/unit/load.h

check_PROGRAMS += tests/unit/test_order
tests_unit_test_order_SOURCES = tests/unit/test_order.c tests/unit/check.h tests/unit/scratch.h

check_PROGRAMS += tests/unit/test_overruled
tests_unit_test_overruled_SOURCES = tests/unit/test_overruled.c \
	tests/unit/check.h tests/unit/scratch.h tests/unit/site.h
