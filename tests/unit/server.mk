# The unit tests of src/server/.

check_PROGRAMS += tests/unit/test_acceptor
tests_unit_test_acceptor_SOURCES = tests/unit/test_acceptor.c \
	tests/unit/check.h tests/unit/scratch.h tests/unit/site.h

check_PROGRAMS += tests/unit/test_budget
tests_unit_test_budget_SOURCES = tests/unit/test_budget.c tests/unit/check.h tests/unit/scratch.h

check_PROGRAMS += tests/unit/test_control
tests_unit_test_control_SOURCES = tests/unit/test_control.c \
	tests/unit/check.h tests/unit/child.h tests/unit/scratch.h

check_PROGRAMS += tests/unit/test_counters
tests_unit_test_counters_SOURCES = tests/unit/test_counters.c tests/unit/check.h

check_PROGRAMS += tests/unit/test_cpus
tests_unit_test_cpus_SOURCES = tests/unit/test_cpus.c tests/unit/check.h tests/unit/scratch.h

check_PROGRAMS += tests/unit/test_handoff
tests_unit_test_handoff_SOURCES = tests/unit/test_handoff.c tests/unit/check.h tests/unit/scratch.h

check_PROGRAMS += tests/unit/test_helpers
tests_unit_test_helpers_SOURCES = tests/unit/test_helpers.c \
	tests/unit/check.h tests/unit/scratch.h tests/unit/site.h

if HAVE_NGHTTP2
check_PROGRAMS += tests/unit/test_http2_memory
tests_unit_test_http2_memory_SOURCES = tests/unit/test_http2_memory.c tests/unit/check.h
endif

check_PROGRAMS += tests/unit/test_holder
tests_unit_test_holder_SOURCES = tests/unit/test_holder.c tests/unit/check.h tests/unit/scratch.h

check_PROGRAMS += tests/unit/test_http1
tests_unit_test_http1_SOURCES = tests/unit/test_http1.c \
	tests/unit/check.h tests/unit/scratch.h tests/unit/site.h
tests_unit_test_http1_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=clock_real

check_PROGRAMS += tests/unit/test_http1_head
tests_unit_test_http1_head_SOURCES = tests/unit/test_http1_head.c \
	tests/unit/check.h tests/unit/guard.h

check_PROGRAMS += tests/unit/test_listener
tests_unit_test_listener_SOURCES = tests/unit/test_listener.c \
	tests/unit/check.h tests/unit/scratch.h

check_PROGRAMS += tests/unit/test_message
tests_unit_test_message_SOURCES = tests/unit/test_message.c tests/unit/check.h tests/unit/scratch.h

check_PROGRAMS += tests/unit/test_notify
tests_unit_test_notify_SOURCES = tests/unit/test_notify.c tests/unit/check.h tests/unit/scratch.h

check_PROGRAMS += tests/unit/test_ticket_keys
tests_unit_test_ticket_keys_SOURCES = tests/unit/test_ticket_keys.c tests/unit/check.h

check_PROGRAMS += tests/unit/test_pace
tests_unit_test_pace_SOURCES = tests/unit/test_pace.c tests/unit/check.h

check_PROGRAMS += tests/unit/test_patience
tests_unit_test_patience_SOURCES = tests/unit/test_patience.c tests/unit/check.h

check_PROGRAMS += tests/unit/test_per_ip
tests_unit_test_per_ip_SOURCES = tests/unit/test_per_ip.c tests/unit/check.h
tests_unit_test_per_ip_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=calloc

check_PROGRAMS += tests/unit/test_pidfile
tests_unit_test_pidfile_SOURCES = tests/unit/test_pidfile.c tests/unit/check.h tests/unit/scratch.h
tests_unit_test_pidfile_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=flock

check_PROGRAMS += tests/unit/test_port_holder
tests_unit_test_port_holder_SOURCES = tests/unit/test_port_holder.c \
	tests/unit/check.h tests/unit/child.h tests/unit/scratch.h

check_PROGRAMS += tests/unit/test_privileges
tests_unit_test_privileges_SOURCES = tests/unit/test_privileges.c \
	tests/unit/check.h tests/unit/child.h tests/unit/scratch.h
tests_unit_test_privileges_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=getpwnam -Wl,--wrap=getgrnam

check_PROGRAMS += tests/unit/test_report
tests_unit_test_report_SOURCES = tests/unit/test_report.c tests/unit/check.h

check_PROGRAMS += tests/unit/test_root_open
tests_unit_test_root_open_SOURCES = tests/unit/test_root_open.c tests/unit/check.h tests/unit/scratch.h

check_PROGRAMS += tests/unit/test_root_watch
tests_unit_test_root_watch_SOURCES = tests/unit/test_root_watch.c \
	tests/unit/check.h tests/unit/child.h tests/unit/scratch.h tests/unit/site.h
tests_unit_test_root_watch_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=docroot_refresh

check_PROGRAMS += tests/unit/test_shared
tests_unit_test_shared_SOURCES = tests/unit/test_shared.c tests/unit/check.h tests/unit/scratch.h

check_PROGRAMS += tests/unit/test_timer
tests_unit_test_timer_SOURCES = tests/unit/test_timer.c tests/unit/check.h

check_PROGRAMS += tests/unit/test_walls
tests_unit_test_walls_SOURCES = tests/unit/test_walls.c \
	tests/unit/check.h tests/unit/child.h tests/unit/scratch.h tests/unit/site.h
