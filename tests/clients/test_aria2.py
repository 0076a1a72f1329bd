#!/usr/bin/python3
"""aria2: one file over several connections at once, and one that goes on where it broke off."""

import random
import re

from clients import break_off, case, main, need, read, run, served, until

BLOB = random.Random(7).randbytes(4 * 1024 * 1024 + 11)


def aria2(t, *args):
    run(t, "aria2c", "--no-conf", "-q", "--max-tries=1", "--file-allocation=none", *args)


def parts(server, count, before=0):
    """How many bytes each 206 had, of that many answers."""
    lines = server.access_lines(before + count)[before:]
    return [int(m[1]) for m in (re.search(r'HTTP/1\.1" 206 (\d+) ', line) for line in lines) if m]


@case("-x4 -s4: four parts at once make the file, byte for byte")
def _(t):
    need("aria2c")
    server = served(t, {"blob": BLOB})
    aria2(t, "-x4", "-s4", "-k1M", f"http://127.0.0.1:{server.port}/slow/blob")
    assert read(t.path("blob")) == BLOB
    # the first connection may ask for everything; the others take parts of it away
    assert len(parts(server, 4)) >= 3, server.access_lines()


@case("several files of one list at once, each byte for byte")
def _(t):
    need("aria2c")
    files = {f"f{i}": BLOB[i * 1000:i * 200_000] for i in range(1, 20)}
    server = served(t, files)
    urls = t.write("urls", "".join(f"http://127.0.0.1:{server.port}/{name}\n" for name in files))
    aria2(t, "-j8", "-x4", "-s4", "-k1M", "-i", urls)
    for name, content in files.items():
        assert read(t.path(name)) == content, name


@case("-c: a download that broke off goes on where it stopped")
def _(t):
    need("aria2c")
    server = served(t, {"blob": BLOB})
    url = f"http://127.0.0.1:{server.port}"
    out = t.path("blob")
    had = break_off(t, server, out, "aria2c", "--no-conf", "-q", "--file-allocation=none", "-x1", "-s1", url + "/slow/blob")
    before = len(server.access_lines(1))
    aria2(t, "-c", "-x1", "-s1", url + "/blob")
    assert read(out) == BLOB
    # it may have asked for all of it before, and hung up; each worker writes its lines by itself
    sent = until("the part in the log", lambda: sum(parts(server, 1, before)))
    assert len(BLOB) - had <= sent < len(BLOB), (sent, had, server.access_lines())


@case("--conditional-get: what did not change is not sent again, what did is")
def _(t):
    need("aria2c")
    server = served(t, {"blob": BLOB}, server="cache_valid = 0")		# what changed is asked for at once
    url = f"http://127.0.0.1:{server.port}/blob"
    again = ("-R", "--conditional-get=true", "--allow-overwrite=true", url)
    aria2(t, "-R", url)
    aria2(t, *again)
    assert read(t.path("blob")) == BLOB
    t.files({"blob": BLOB[::-1]})
    aria2(t, *again)
    assert read(t.path("blob")) == BLOB[::-1]
    server.stop()
    assert [re.search(r'HTTP/1\.1" (\d+) ', line)[1] for line in server.access_lines()] == ["200", "304", "200"], server.access_lines()


main()
