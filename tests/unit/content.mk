# The unit tests of src/content/.

check_PROGRAMS += tests/unit/test_cache_control
tests_unit_test_cache_control_SOURCES = tests/unit/test_cache_control.c tests/unit/load.h

check_PROGRAMS += tests/unit/test_cold_file
tests_unit_test_cold_file_SOURCES = tests/unit/test_cold_file.c \
	tests/unit/check.h tests/unit/scratch.h tests/unit/site.h
tests_unit_test_cold_file_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=syscall -Wl,--wrap=preadv2 \
	-Wl,--wrap=sendfile -Wl,--wrap=posix_fadvise -Wl,--wrap=fstatfs \
	-Wl,--wrap=pread -Wl,--wrap=getrusage -Wl,--wrap=helpers_submit

check_PROGRAMS += tests/unit/test_cors
tests_unit_test_cors_SOURCES = tests/unit/test_cors.c tests/unit/load.h \
	tests/unit/scratch.h tests/unit/site.h

check_PROGRAMS += tests/unit/test_clean_url
tests_unit_test_clean_url_SOURCES = tests/unit/test_clean_url.c \
	tests/unit/check.h tests/unit/scratch.h tests/unit/site.h

check_PROGRAMS += tests/unit/test_docroot
tests_unit_test_docroot_SOURCES = tests/unit/test_docroot.c tests/unit/check.h tests/unit/scratch.h

check_PROGRAMS += tests/unit/test_errno_status
tests_unit_test_errno_status_SOURCES = tests/unit/test_errno_status.c tests/unit/check.h

check_PROGRAMS += tests/unit/test_gzip_body
tests_unit_test_gzip_body_SOURCES = tests/unit/test_gzip_body.c \
	tests/unit/check.h tests/unit/scratch.h

check_PROGRAMS += tests/unit/test_hidden
tests_unit_test_hidden_SOURCES = tests/unit/test_hidden.c tests/unit/check.h tests/unit/guard.h

check_PROGRAMS += tests/unit/test_response
tests_unit_test_response_SOURCES = tests/unit/test_response.c \
	tests/unit/check.h tests/unit/scratch.h

check_PROGRAMS += tests/unit/test_scope_cache
tests_unit_test_scope_cache_SOURCES = tests/unit/test_scope_cache.c tests/unit/check.h tests/unit/load.h

check_PROGRAMS += tests/unit/test_rate
tests_unit_test_rate_SOURCES = tests/unit/test_rate.c tests/unit/load.h \
	tests/unit/scratch.h tests/unit/site.h

check_PROGRAMS += tests/unit/test_real_ip
tests_unit_test_real_ip_SOURCES = tests/unit/test_real_ip.c tests/unit/load.h \
	tests/unit/scratch.h tests/unit/site.h

check_PROGRAMS += tests/unit/test_redirect
tests_unit_test_redirect_SOURCES = tests/unit/test_redirect.c \
	tests/unit/check.h tests/unit/scratch.h tests/unit/site.h

check_PROGRAMS += tests/unit/test_referer
tests_unit_test_referer_SOURCES = tests/unit/test_referer.c tests/unit/load.h \
	tests/unit/scratch.h tests/unit/site.h

check_PROGRAMS += tests/unit/test_representation
tests_unit_test_representation_SOURCES = tests/unit/test_representation.c \
	tests/unit/check.h tests/unit/scratch.h tests/unit/site.h

check_PROGRAMS += tests/unit/test_route
tests_unit_test_route_SOURCES = tests/unit/test_route.c \
	tests/unit/check.h tests/unit/scratch.h tests/unit/site.h

check_PROGRAMS += tests/unit/test_content
tests_unit_test_content_SOURCES = tests/unit/test_content.c \
	tests/unit/check.h tests/unit/scratch.h tests/unit/site.h
tests_unit_test_content_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc -Wl,--wrap=calloc

check_PROGRAMS += tests/unit/test_error_page
tests_unit_test_error_page_SOURCES = tests/unit/test_error_page.c \
	tests/unit/check.h tests/unit/scratch.h tests/unit/site.h

check_PROGRAMS += tests/unit/test_static_file
tests_unit_test_static_file_SOURCES = tests/unit/test_static_file.c \
	tests/unit/check.h tests/unit/scratch.h tests/unit/site.h

check_PROGRAMS += tests/unit/test_escape
tests_unit_test_escape_SOURCES = tests/unit/test_escape.c tests/unit/check.h tests/unit/guard.h

check_PROGRAMS += tests/unit/test_folder_order
tests_unit_test_folder_order_SOURCES = tests/unit/test_folder_order.c tests/unit/check.h

check_PROGRAMS += tests/unit/test_folder
tests_unit_test_folder_SOURCES = tests/unit/test_folder.c \
	tests/unit/check.h tests/unit/scratch.h

check_PROGRAMS += tests/unit/test_listing
tests_unit_test_listing_SOURCES = tests/unit/test_listing.c \
	tests/unit/check.h tests/unit/scratch.h tests/unit/site.h

check_PROGRAMS += tests/unit/test_young_file
tests_unit_test_young_file_SOURCES = tests/unit/test_young_file.c \
	tests/unit/check.h tests/unit/scratch.h tests/unit/site.h
tests_unit_test_young_file_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fstat

check_PROGRAMS += tests/unit/test_file_blocks
tests_unit_test_file_blocks_SOURCES = tests/unit/test_file_blocks.c \
	tests/unit/check.h tests/unit/scratch.h

check_PROGRAMS += tests/unit/test_file_cache
tests_unit_test_file_cache_SOURCES = tests/unit/test_file_cache.c tests/unit/check.h
