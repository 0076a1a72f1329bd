# The unit tests of src/log/.

check_PROGRAMS += tests/unit/test_access_format
tests_unit_test_access_format_SOURCES = tests/unit/test_access_format.c tests/unit/check.h

check_PROGRAMS += tests/unit/test_access_log
tests_unit_test_access_log_SOURCES = tests/unit/test_access_log.c \
	tests/unit/check.h tests/unit/scratch.h

check_PROGRAMS += tests/unit/test_error_log
tests_unit_test_error_log_SOURCES = tests/unit/test_error_log.c \
	tests/unit/check.h tests/unit/scratch.h
