#!/usr/bin/python3
"""tinyhttpd precompress: compressed files beside the files of a folder - tinyhttpd(8)."""

import gzip
import os
import random
import shutil
import subprocess

from harness import PROGRAM, Skip, case, main

TEXT = b"".join(b"line %d\n" % i for i in range(5000))
NOISE = random.Random(1).randbytes(20000)
MANIFEST = ".tinyhttpd-precompressed"


def run(folder, *options, status=0):
    done = subprocess.run([PROGRAM, "precompress", folder, *options], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert done.returncode == status, done
    assert "Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr
    return done.stdout


def tree(folder):
    found = {}
    for top, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(top, name)
            found[os.path.relpath(path, folder)] = None if os.path.islink(path) else open(path, "rb").read()
    return found


def site(t):
    return t.files({"page.html": TEXT, "a b%\n/data.json": TEXT, "noise.txt": NOISE, "tiny.txt": b"x" * 100, "photo.png": TEXT,
                    ".secret.txt": TEXT, "report.csv.gz": b"a download of its own"})


# tinyhttpd(8): "Each is written whole or not at all, and has the mode and the time of its file."
@case("what is worth it gets a .gz that decodes to the same bytes, with its file's mode and time")
def _(t):
    folder = site(t)
    os.chmod(f"{folder}/page.html", 0o640)
    os.utime(f"{folder}/page.html", ns=(10 ** 18, 10 ** 18 + 123456789))
    run(folder)
    after = tree(folder)
    for name in ("page.html", "a b%\n/data.json"):
        assert gzip.decompress(after[name + ".gz"]) == TEXT
    a, b = os.stat(f"{folder}/page.html"), os.stat(f"{folder}/page.html.gz")
    assert (a.st_mtime_ns, a.st_mode) == (b.st_mtime_ns, b.st_mode)
    for name in ("noise.txt", "tiny.txt", "photo.png", ".secret.txt"):
        assert name + ".gz" not in after, name
    assert after["report.csv.gz"] == b"a download of its own"
    assert not [name for name in after if "precompress-new" in name or name.endswith(".new")], list(after)


@case(".br and .zst decode to the same bytes, where this build makes them")
def _(t):
    folder = site(t)
    run(folder)
    made = 0
    for suffix, tool in ((".br", ["brotli", "-dc"]), (".zst", ["zstd", "-dcq"])):
        path = f"{folder}/page.html{suffix}"
        if not os.path.exists(path) or not shutil.which(tool[0]):
            continue
        made += 1
        assert subprocess.run([*tool, path], capture_output=True, timeout=60, check=True).stdout == TEXT
    if not made:
        raise Skip("this build, or this machine, has neither brotli nor zstd")


@case("a second run changes nothing; a changed file is done again")
def _(t):
    folder = site(t)
    run(folder)
    before = {name: os.stat(f"{folder}/{name}").st_ino for name in tree(folder) if name != MANIFEST}
    assert ": 0 written" in run(folder)
    assert before == {name: os.stat(f"{folder}/{name}").st_ino for name in tree(folder) if name != MANIFEST}
    with open(f"{folder}/page.html", "ab") as f:
        f.write(b"one more")
    run(folder)
    assert gzip.decompress(tree(folder)["page.html.gz"]) == TEXT + b"one more"


# tinyhttpd(8): "from that the next run knows what to remove when its file is gone. Nothing else is ever removed."
@case("what it made goes when its file has gone, and nothing else does")
def _(t):
    folder = site(t)
    run(folder)
    os.unlink(f"{folder}/a b%\n/data.json")
    os.unlink(f"{folder}/page.html")
    open(f"{folder}/other.html.gz", "wb").write(b"not made here")
    run(folder)
    after = tree(folder)
    assert not [name for name in after if "data.json" in name or "page.html" in name], list(after)
    assert "report.csv.gz" in after and "other.html.gz" in after


@case("what became incompressible loses what was made of it")
def _(t):
    folder = site(t)
    run(folder)
    with open(f"{folder}/page.html", "wb") as f:
        f.write(NOISE)
    run(folder)
    assert "page.html.gz" not in tree(folder)


@case("what somebody else compressed is left alone unless it is older than its file")
def _(t):
    folder = site(t)
    for name, when in (("page.html.gz", 10 ** 18 + 1), ("a b%\n/data.json.gz", 10 ** 18 - 1)):
        open(f"{folder}/{name}", "wb").write(b"theirs")
        os.utime(f"{folder}/{name[:-3]}", ns=(10 ** 18, 10 ** 18))
        os.utime(f"{folder}/{name}", ns=(when, when))
    run(folder)
    after = tree(folder)
    assert after["page.html.gz"] == b"theirs"
    assert gzip.decompress(after["a b%\n/data.json.gz"]) == TEXT


@case("--dry-run says what it would do and does nothing")
def _(t):
    folder = site(t)
    before = tree(folder)
    said = run(folder, "--dry-run")
    assert "would write page.html.gz" in said and tree(folder) == before, said
    run(folder)
    os.unlink(f"{folder}/page.html")
    before = tree(folder)
    assert "would remove page.html.gz" in run(folder, "--dry-run") and tree(folder) == before


@case("symbolic links are not followed, neither for reading nor for writing")
def _(t):
    folder, outside = site(t), t.files({"x.html": TEXT, "target": b"untouched"}, "outside")
    os.symlink(outside, f"{folder}/link")
    os.symlink(f"{outside}/x.html", f"{folder}/file.html")
    os.symlink(f"{outside}/target", f"{folder}/page.html.gz")
    os.symlink(f"{outside}/target", f"{folder}/.tinyhttpd-precompress-new")
    run(folder)
    assert tree(outside) == {"x.html": TEXT, "target": b"untouched"}
    assert "file.html.gz" not in tree(folder)


@case("what somebody put in the way of its own files is neither waited for nor written through")
def _(t):
    folder = site(t)
    for name in (".tinyhttpd-precompress-new", MANIFEST + ".new"):
        os.mkfifo(f"{folder}/{name}")
    run(folder)
    assert gzip.decompress(tree(folder)["page.html.gz"]) == TEXT
    other = t.write("elsewhere", "not ours")
    for name in (".tinyhttpd-precompress-new", MANIFEST + ".new"):
        os.link(other, f"{folder}/{name}")
    os.unlink(f"{folder}/page.html.gz")
    run(folder)
    assert gzip.decompress(tree(folder)["page.html.gz"]) == TEXT
    assert open(other).read() == "not ours"
    os.unlink(f"{folder}/{MANIFEST}")
    os.mkfifo(f"{folder}/{MANIFEST}")
    run(folder, status=1)


@case("a folder that is none, or none at all, is an error")
def _(t):
    run(t.path("nowhere"), status=1)
    assert subprocess.run([PROGRAM, "precompress"], capture_output=True, timeout=60).returncode == 2


@case("the server sends what it made")
def _(t):
    server = t.server(files={"page.html": TEXT})
    run(server.root)
    response = server.get("/page.html", "Accept-Encoding: gzip")
    assert response["Content-Encoding"] == "gzip" and response["Accept-Ranges"] == "bytes", response
    assert gzip.decompress(response.body) == TEXT
    assert server.get("/" + MANIFEST).status == 404


main()
