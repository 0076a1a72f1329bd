# Models of what threads do with each other, and the test that has spin look at every order.

MODEL_TESTS += tests/model/test_model.py
EXTRA_DIST += tests/model/handoff.pml
