#!/usr/bin/python3
"""zsync: of a new file only what the old one lacks, in ranges, twenty to a request."""

import random
import re

from clients import LIMIT, case, main, need, read, run, served

SIZE = 3_000_000


def change(data, count, size):
    """The same with so many places overwritten, evenly over it."""
    random_bytes = random.Random(9).randbytes
    new = bytearray(data)
    for at in range(len(data) // (2 * count), len(data) - size, len(data) // count):
        new[at:at + size] = random_bytes(size)
    return bytes(new)


def update(t, places, size):
    """Brings an old file up to date; the lines of the access log: status, bytes, Range."""
    need("zsync", "zsyncmake")
    old = random.Random(8).randbytes(SIZE)
    new = change(old, places, size)
    server = served(t, {"new": new}, access='access.log "%>s %B %{Range}i"')
    run(t, "zsyncmake", "-Z", "-b", "1024", "-u", "new", "-o", server.root + "/new.zsync", server.root + "/new")
    seed = t.write("old", old)
    run(t, "zsync", "-q", "-i", seed, "-o", t.path("out"), f"http://127.0.0.1:{server.port}/new.zsync",
        limit=LIMIT)
    assert read(t.path("out")) == new
    server.stop()
    return [re.fullmatch(r"(\d+) (\d+) (\S+)", line).groups() for line in server.access_lines()]


# It wants the empty line before the first part that RFC 9110 15.3.7.2 (note 1) allows, and asks for ever without it.
@case("many changes: several ranges in one request, and a part of the file is enough")
def _(t):
    lines = update(t, 50, 2000)
    several = [line for line in lines if "," in line[2]]
    assert len(several) >= 2 and all(line[0] == "206" for line in several), lines
    assert sum(int(line[1]) for line in lines) < SIZE / 4, lines


@case("one change: a single range")
def _(t):
    lines = update(t, 1, 5000)
    assert [line[0] for line in lines] == ["200", "206"] and "," not in lines[1][2], lines


main()
