# Measurements; make bench runs them.  What measures is tested by make check, how fast things are is not.
noinst_PROGRAMS += \
	tests/bench/limit \
	tests/bench/load \
	tests/bench/start \
	tests/bench/steady
tests_bench_limit_SOURCES = tests/bench/limit.c
tests_bench_limit_LDADD =
load_sources = tests/bench/load_base.c tests/bench/load_base.h tests/bench/load_tls.h \
	tests/bench/response.c tests/bench/response.h
if HAVE_OPENSSL
load_sources += tests/bench/load_tls.c
else
load_sources += tests/bench/load_tls_none.c
endif
tests_bench_load_SOURCES = tests/bench/load.c $(load_sources)
tests_bench_load_LDADD = $(OPENSSL_LIBS)
tests_bench_start_SOURCES = tests/bench/start.c
tests_bench_start_LDADD =
tests_bench_steady_SOURCES = tests/bench/steady.c $(load_sources)
tests_bench_steady_LDADD = $(OPENSSL_LIBS)

BENCH_TESTS += tests/bench/test_bench.py

bench_files = \
	tests/bench/answers.py \
	tests/bench/bench.py \
	tests/bench/cases.py \
	tests/bench/chart.py \
	tests/bench/crowd.py \
	tests/bench/machine.py \
	tests/bench/measure.py \
	tests/bench/report.py \
	tests/bench/results.svg \
	tests/bench/results.txt \
	tests/bench/servers.py \
	tests/bench/wrk.lua
EXTRA_DIST += $(bench_files)
CLEANFILES += bench/results.json bench/results.txt bench/results.svg bench/callgrind.*

# make bench ROUNDS=1 SECONDS=1 CASES="1k 304" SERVERS="limit tinyhttpd nginx": a quick look.
# AGAINST=PROGRAM measures another tinyhttpd beside this one, CONGESTION=bbr chooses that one.
ROUNDS =
SECONDS =
CASES =
SERVERS =
AGAINST =
CONGESTION =

bench: all
	@if grep -q '^#define WITH_SANITIZERS' config.h; then \
		echo 'This build has sanitizers: what it costs says nothing.' >&2; exit 1; fi
	@$(MKDIR_P) bench
	@PYTHONDONTWRITEBYTECODE=1 $(PYTHON3) '$(srcdir)'/tests/bench/bench.py --built '$(CC) $(CFLAGS)' \
		--programs '$(abs_builddir)' --out bench \
		--rounds '$(ROUNDS)' --seconds '$(SECONDS)' --cases '$(CASES)' --servers '$(SERVERS)' \
		--against '$(AGAINST)' --congestion '$(CONGESTION)'
.PHONY: bench

# make crowd ROUNDS=7, which takes some minutes: what one client notices of thousands that are slow on purpose.
crowd: all
	@TINYHTTPD='$(abs_top_builddir)/tinyhttpd' SRCDIR='$(abs_top_srcdir)' BUILDDIR='$(abs_top_builddir)' \
		PYTHONDONTWRITEBYTECODE=1 $(PYTHON3) '$(srcdir)'/tests/bench/crowd.py '$(ROUNDS)'
.PHONY: crowd
