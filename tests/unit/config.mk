# The unit tests of src/config/, and of src/base/address.c, which is written for it.

config_tests = \
	tests/unit/test_access \
	tests/unit/test_address \
	tests/unit/test_changes \
	tests/unit/test_config \
	tests/unit/test_config_memory \
	tests/unit/test_directive \
	tests/unit/test_dump \
	tests/unit/test_ini_source \
	tests/unit/test_glance \
	tests/unit/test_inputs \
	tests/unit/test_inputs_image \
	tests/unit/test_location \
	tests/unit/test_mime \
	tests/unit/test_problems \
	tests/unit/test_reader \
	tests/unit/test_said \
	tests/unit/test_settings \
	tests/unit/test_setters \
	tests/unit/test_site \
	tests/unit/test_suggest \
	tests/unit/test_value

check_PROGRAMS += $(config_tests)

tests_unit_test_access_SOURCES = tests/unit/test_access.c tests/unit/load.h \
	tests/unit/scratch.h tests/unit/site.h
tests_unit_test_address_SOURCES = tests/unit/test_address.c tests/unit/check.h
tests_unit_test_changes_SOURCES = tests/unit/test_changes.c tests/unit/check.h tests/unit/load.h
tests_unit_test_config_SOURCES = tests/unit/test_config.c tests/unit/load.h
tests_unit_test_config_memory_SOURCES = tests/unit/test_config_memory.c tests/unit/load.h
tests_unit_test_config_memory_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc \
	-Wl,--wrap=calloc -Wl,--wrap=reallocarray -Wl,--wrap=strdup \
	-Wl,--wrap=arena_alloc -Wl,--wrap=arena_bytes -Wl,--wrap=arena_copy \
	-Wl,--wrap=arena_printf
tests_unit_test_directive_SOURCES = tests/unit/test_directive.c tests/unit/check.h
tests_unit_test_dump_SOURCES = tests/unit/test_dump.c tests/unit/load.h
tests_unit_test_glance_SOURCES = tests/unit/test_glance.c \
	tests/unit/check.h tests/unit/scratch.h
tests_unit_test_ini_source_SOURCES = tests/unit/test_ini_source.c tests/unit/check.h
tests_unit_test_inputs_SOURCES = tests/unit/test_inputs.c tests/unit/check.h
tests_unit_test_inputs_image_SOURCES = tests/unit/test_inputs_image.c \
	tests/unit/check.h tests/unit/load.h tests/unit/scratch.h
tests_unit_test_location_SOURCES = tests/unit/test_location.c tests/unit/load.h
tests_unit_test_mime_SOURCES = tests/unit/test_mime.c tests/unit/load.h
tests_unit_test_problems_SOURCES = tests/unit/test_problems.c tests/unit/check.h
tests_unit_test_reader_SOURCES = tests/unit/test_reader.c tests/unit/load.h
tests_unit_test_said_SOURCES = tests/unit/test_said.c tests/unit/load.h
tests_unit_test_settings_SOURCES = tests/unit/test_settings.c tests/unit/load.h
tests_unit_test_setters_SOURCES = tests/unit/test_setters.c tests/unit/load.h
tests_unit_test_site_SOURCES = tests/unit/test_site.c tests/unit/load.h
tests_unit_test_suggest_SOURCES = tests/unit/test_suggest.c tests/unit/check.h
tests_unit_test_value_SOURCES = tests/unit/test_value.c tests/unit/check.h
