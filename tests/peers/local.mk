# The same requests to other servers; skips, with words, where one of them is missing.
PEER_TESTS += tests/peers/test_differential.py

EXTRA_DIST += \
	tests/peers/answers.py \
	tests/peers/differences.py \
	tests/peers/peers.py \
	tests/peers/questions.py
