#!/usr/bin/python3
"""SECURITY names a test for each wall, and they are all there."""

import os
import re

from harness import SRCDIR, case, main


def rows():
    """What it defends against: the first line of each, and the tests behind it."""
    with open(os.path.join(SRCDIR, "SECURITY")) as f:
        table = f.read().split("the tests that show it.\n", 1)[1].split("\nWhat it does not defend", 1)[0]
    found = []
    for line in table.splitlines():
        if line and not line.startswith(" "):
            found.append((line, []))
        elif line.startswith(" " * 8):
            found[-1][1].extend(line.split())
    return found


@case("SECURITY: each danger has a wall and tests, which exist and are run")
def _(t):
    found = rows()
    assert len(found) > 10, found
    with open(os.path.join(SRCDIR, "tests/wire/local.mk")) as f:
        run = f.read()
    for danger, tests in found:
        assert tests, f"no test: {danger}"
        for name in tests:
            assert os.path.exists(os.path.join(SRCDIR, name)), f"{danger}: there is no {name}"
            assert not name.startswith("tests/wire/") or name in run, f"{danger}: {name} is not run"


@case("SECURITY is where README says, and no line of it is long")
def _(t):
    with open(os.path.join(SRCDIR, "README")) as f:
        assert re.search(r"^ +SECURITY ", f.read(), re.M)
    with open(os.path.join(SRCDIR, "SECURITY")) as f:
        assert all(len(line) <= 90 for line in f.read().splitlines())


main()
