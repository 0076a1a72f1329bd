# Tests that talk to the program in raw bytes.  Each prints TAP by harness.py, which is no test itself.
WIRE_TESTS += \
	tests/wire/test_access.py \
	tests/wire/test_agreement.py \
	tests/wire/test_auth.py \
	tests/wire/test_bodies.py \
	tests/wire/test_build.py \
	tests/wire/test_cache.py \
	tests/wire/test_changes.py \
	tests/wire/test_channel.py \
	tests/wire/test_charsets.py \
	tests/wire/test_conditions.py \
	tests/wire/test_config.py \
	tests/wire/test_connection.py \
	tests/wire/test_control.py \
	tests/wire/test_crowd.py \
	tests/wire/test_etags.py \
	tests/wire/test_faults.py \
	tests/wire/test_fields.py \
	tests/wire/test_files.py \
	tests/wire/test_gzip.py \
	tests/wire/test_harness.py \
	tests/wire/test_hash_password.py \
	tests/wire/test_hostile.py \
	tests/wire/test_hosts.py \
	tests/wire/test_http2.py \
	tests/wire/test_limits.py \
	tests/wire/test_listing.py \
	tests/wire/test_load.py \
	tests/wire/test_logs.py \
	tests/wire/test_manual.py \
	tests/wire/test_methods.py \
	tests/wire/test_no_memory.py \
	tests/wire/test_noise.py \
	tests/wire/test_order.py \
	tests/wire/test_over_http2.py \
	tests/wire/test_over_tls.py \
	tests/wire/test_pages.py \
	tests/wire/test_parsing.py \
	tests/wire/test_paths.py \
	tests/wire/test_precompress.py \
	tests/wire/test_precompressed.py \
	tests/wire/test_ranges.py \
	tests/wire/test_rates.py \
	tests/wire/test_rewrite.py \
	tests/wire/test_rotation.py \
	tests/wire/test_sandbox.py \
	tests/wire/test_security.py \
	tests/wire/test_sharing.py \
	tests/wire/test_signed_links.py \
	tests/wire/test_slow_clients.py \
	tests/wire/test_reload.py \
	tests/wire/test_start.py \
	tests/wire/test_stop.py \
	tests/wire/test_supervisor.py \
	tests/wire/test_timeouts.py \
	tests/wire/test_tls.py \
	tests/wire/test_tls_reload.py

EXTRA_DIST += tests/wire/again.py tests/wire/crowds.py tests/wire/faults.py tests/wire/faults.c tests/wire/harness.py \
	tests/wire/steady.py tests/wire/agreement

# Preloaded, so it is a shared object, and has nothing of the program's flags: those may name sanitizers.
check_DATA += tests/wire/faults.so
CLEANFILES += tests/wire/faults.so
tests/wire/faults.so: tests/wire/faults.c
	$(AM_V_CCLD)$(MKDIR_P) $(@D) && \
		$(CC) -std=gnu17 -O1 -Wall -Wextra -shared -fPIC -o $@ '$(srcdir)'/tests/wire/faults.c
