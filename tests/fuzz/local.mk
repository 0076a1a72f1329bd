# The fuzzers, and the replay of their corpus.
#
# Each target is built in one of two ways: with replay.c, which make check runs, or with
# libFuzzer, where configure was told --enable-fuzzing.  make fuzz does that by itself, in a
# build below this one.

FUZZERS = head uri chunked coding ini range conditions date accept basic glob value \
	forwarded link htpasswd escape conn

if HAVE_NGHTTP2
FUZZERS += http2
endif

EXTRA_DIST += $(FUZZERS:%=tests/fuzz/%.dict) tests/fuzz/corpus tests/fuzz/prove

# The connections' fuzzer is the kernel, the clock and the helpers of the worker that it runs.
conn_wraps = -Wl,--wrap=call_epoll_wait -Wl,--wrap=pthread_create \
	-Wl,--wrap=clock_monotonic_ms -Wl,--wrap=clock_real \
	-Wl,--wrap=helpers_submit -Wl,--wrap=helpers_collect

if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz_head \
	tests/fuzz/fuzz_uri \
	tests/fuzz/fuzz_chunked \
	tests/fuzz/fuzz_coding \
	tests/fuzz/fuzz_ini \
	tests/fuzz/fuzz_range \
	tests/fuzz/fuzz_conditions \
	tests/fuzz/fuzz_date \
	tests/fuzz/fuzz_accept \
	tests/fuzz/fuzz_basic \
	tests/fuzz/fuzz_glob \
	tests/fuzz/fuzz_value \
	tests/fuzz/fuzz_forwarded \
	tests/fuzz/fuzz_link \
	tests/fuzz/fuzz_htpasswd \
	tests/fuzz/fuzz_escape \
	tests/fuzz/fuzz_conn
tests_fuzz_fuzz_head_SOURCES = tests/fuzz/fuzz_head.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_head_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_uri_SOURCES = tests/fuzz/fuzz_uri.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_uri_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_chunked_SOURCES = tests/fuzz/fuzz_chunked.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_chunked_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_coding_SOURCES = tests/fuzz/fuzz_coding.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_coding_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_ini_SOURCES = tests/fuzz/fuzz_ini.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_ini_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_range_SOURCES = tests/fuzz/fuzz_range.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_range_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_conditions_SOURCES = tests/fuzz/fuzz_conditions.c tests/fuzz/fuzz.h \
	tests/fuzz/lines.h
tests_fuzz_fuzz_conditions_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_date_SOURCES = tests/fuzz/fuzz_date.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_date_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_accept_SOURCES = tests/fuzz/fuzz_accept.c tests/fuzz/fuzz.h \
	tests/fuzz/lines.h
tests_fuzz_fuzz_accept_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_basic_SOURCES = tests/fuzz/fuzz_basic.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_basic_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_glob_SOURCES = tests/fuzz/fuzz_glob.c tests/fuzz/fuzz.h \
	tests/fuzz/lines.h
tests_fuzz_fuzz_glob_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_value_SOURCES = tests/fuzz/fuzz_value.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_value_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_forwarded_SOURCES = tests/fuzz/fuzz_forwarded.c tests/fuzz/fuzz.h \
	tests/fuzz/lines.h
tests_fuzz_fuzz_forwarded_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_link_SOURCES = tests/fuzz/fuzz_link.c tests/fuzz/fuzz.h \
	tests/fuzz/lines.h
tests_fuzz_fuzz_link_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_htpasswd_SOURCES = tests/fuzz/fuzz_htpasswd.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_htpasswd_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_escape_SOURCES = tests/fuzz/fuzz_escape.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_escape_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_conn_SOURCES = tests/fuzz/fuzz_conn.c tests/fuzz/fuzz.h tests/fuzz/house.h
tests_fuzz_fuzz_conn_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS) $(conn_wraps)
if HAVE_NGHTTP2
noinst_PROGRAMS += tests/fuzz/fuzz_http2
tests_fuzz_fuzz_http2_SOURCES = tests/fuzz/fuzz_http2.c tests/fuzz/fuzz.h tests/fuzz/house.h
tests_fuzz_fuzz_http2_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS) $(conn_wraps)
endif
else
check_PROGRAMS += tests/fuzz/replay_head \
	tests/fuzz/replay_uri \
	tests/fuzz/replay_chunked \
	tests/fuzz/replay_coding \
	tests/fuzz/replay_ini \
	tests/fuzz/replay_range \
	tests/fuzz/replay_conditions \
	tests/fuzz/replay_date \
	tests/fuzz/replay_accept \
	tests/fuzz/replay_basic \
	tests/fuzz/replay_glob \
	tests/fuzz/replay_value \
	tests/fuzz/replay_forwarded \
	tests/fuzz/replay_link \
	tests/fuzz/replay_htpasswd \
	tests/fuzz/replay_escape \
	tests/fuzz/replay_conn
tests_fuzz_replay_head_SOURCES = tests/fuzz/fuzz_head.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_replay_uri_SOURCES = tests/fuzz/fuzz_uri.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_replay_chunked_SOURCES = tests/fuzz/fuzz_chunked.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_replay_coding_SOURCES = tests/fuzz/fuzz_coding.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_replay_ini_SOURCES = tests/fuzz/fuzz_ini.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_replay_range_SOURCES = tests/fuzz/fuzz_range.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_replay_conditions_SOURCES = tests/fuzz/fuzz_conditions.c tests/fuzz/replay.c tests/fuzz/fuzz.h \
	tests/fuzz/lines.h
tests_fuzz_replay_date_SOURCES = tests/fuzz/fuzz_date.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_replay_accept_SOURCES = tests/fuzz/fuzz_accept.c tests/fuzz/replay.c tests/fuzz/fuzz.h \
	tests/fuzz/lines.h
tests_fuzz_replay_basic_SOURCES = tests/fuzz/fuzz_basic.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_replay_glob_SOURCES = tests/fuzz/fuzz_glob.c tests/fuzz/replay.c tests/fuzz/fuzz.h \
	tests/fuzz/lines.h
tests_fuzz_replay_value_SOURCES = tests/fuzz/fuzz_value.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_replay_forwarded_SOURCES = tests/fuzz/fuzz_forwarded.c tests/fuzz/replay.c tests/fuzz/fuzz.h \
	tests/fuzz/lines.h
tests_fuzz_replay_link_SOURCES = tests/fuzz/fuzz_link.c tests/fuzz/replay.c tests/fuzz/fuzz.h \
	tests/fuzz/lines.h
tests_fuzz_replay_htpasswd_SOURCES = tests/fuzz/fuzz_htpasswd.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_replay_escape_SOURCES = tests/fuzz/fuzz_escape.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_replay_conn_SOURCES = tests/fuzz/fuzz_conn.c tests/fuzz/replay.c tests/fuzz/fuzz.h \
	tests/fuzz/house.h
tests_fuzz_replay_conn_LDFLAGS = $(AM_LDFLAGS) $(conn_wraps)
if HAVE_NGHTTP2
check_PROGRAMS += tests/fuzz/replay_http2
tests_fuzz_replay_http2_SOURCES = tests/fuzz/fuzz_http2.c tests/fuzz/replay.c tests/fuzz/fuzz.h \
	tests/fuzz/house.h
tests_fuzz_replay_http2_LDFLAGS = $(AM_LDFLAGS) $(conn_wraps)
endif
endif

# make fuzz TIME=60: each fuzzer for that many seconds.  What they find that is new stays in
# fuzz/found; what breaks something is named on the last line.
TIME = 60

if FUZZING
fuzz:
	$(MAKE) $(AM_MAKEFLAGS) $(FUZZERS:%=tests/fuzz/fuzz_%)
	@for name in $(FUZZERS); do \
		$(MKDIR_P) found/$$name || exit 1; \
		echo "fuzz_$$name: $(TIME) s"; \
		tests/fuzz/fuzz_$$name -max_total_time=$(TIME) -max_len=4096 -timeout=10 \
			-artifact_prefix=found/$$name- -print_final_stats=1 \
			-dict='$(abs_top_srcdir)'/tests/fuzz/$$name.dict \
			found/$$name '$(abs_top_srcdir)'/tests/fuzz/corpus/$$name \
			>found/$$name.log 2>&1 || { tail -n 40 found/$$name.log; exit 1; }; \
		grep -E '^(stat::number_of_executed_units|#.*DONE)' found/$$name.log; \
	done
else
fuzz:
	$(MKDIR_P) fuzz
	test -f fuzz/Makefile || (cd fuzz && $(abs_top_srcdir)/configure \
		--enable-fuzzing --enable-sanitizers --disable-hardening CC=clang)
	cd fuzz && $(MAKE) $(AM_MAKEFLAGS) fuzz TIME='$(TIME)'
endif
mostlyclean-local:
	rm -rf fuzz found
.PHONY: fuzz
