# Tests with programs of other people; each skips, with words, where its program is missing.
CLIENT_TESTS += \
	tests/clients/test_acme.py \
	tests/clients/test_appearance.py \
	tests/clients/test_apt.py \
	tests/clients/test_aria2.py \
	tests/clients/test_chromium.py \
	tests/clients/test_curl.py \
	tests/clients/test_git.py \
	tests/clients/test_http2.py \
	tests/clients/test_install.py \
	tests/clients/test_lynx.py \
	tests/clients/test_mirror.py \
	tests/clients/test_wget.py \
	tests/clients/test_wrk.py \
	tests/clients/test_zsync.py

EXTRA_DIST += \
	tests/clients/browser.py \
	tests/clients/clients.py \
	tests/clients/webm.py
