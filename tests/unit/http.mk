# The unit tests of src/http/.

check_PROGRAMS += tests/unit/test_basic
tests_unit_test_basic_SOURCES = tests/unit/test_basic.c tests/unit/check.h tests/unit/guard.h
tests_unit_test_basic_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_byte
tests_unit_test_byte_SOURCES = tests/unit/test_byte.c tests/unit/check.h tests/unit/guard.h
tests_unit_test_byte_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_chunked
tests_unit_test_chunked_SOURCES = tests/unit/test_chunked.c \
	tests/unit/check.h tests/unit/guard.h
tests_unit_test_chunked_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_coding
tests_unit_test_coding_SOURCES = tests/unit/test_coding.c \
	tests/unit/check.h tests/unit/guard.h tests/unit/head.h
tests_unit_test_coding_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_conditions
tests_unit_test_conditions_SOURCES = tests/unit/test_conditions.c \
	tests/unit/check.h tests/unit/guard.h tests/unit/head.h
tests_unit_test_conditions_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_date
tests_unit_test_date_SOURCES = tests/unit/test_date.c tests/unit/check.h tests/unit/guard.h
tests_unit_test_date_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_method
tests_unit_test_method_SOURCES = tests/unit/test_method.c tests/unit/check.h tests/unit/guard.h
tests_unit_test_method_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_request
tests_unit_test_request_SOURCES = tests/unit/test_request.c \
	tests/unit/check.h tests/unit/guard.h
tests_unit_test_request_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_status
tests_unit_test_status_SOURCES = tests/unit/test_status.c tests/unit/check.h
tests_unit_test_status_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_uri
tests_unit_test_uri_SOURCES = tests/unit/test_uri.c tests/unit/check.h tests/unit/guard.h
tests_unit_test_uri_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_range
tests_unit_test_range_SOURCES = tests/unit/test_range.c tests/unit/check.h
tests_unit_test_range_LDADD = $(LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_accept
tests_unit_test_accept_SOURCES = tests/unit/test_accept.c tests/unit/check.h tests/unit/head.h
tests_unit_test_accept_LDADD = $(LDADD) $(CMOCKA_LIBS)
