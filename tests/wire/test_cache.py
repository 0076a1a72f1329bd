#!/usr/bin/python3
"""What is remembered of files: for cache_valid, never mixed, within its bounds."""

import contextlib
import gzip
import os
import random
import time

from harness import Link, age, case, main, request, until

LONG = "cache_valid = 1d"


def write(path, data):
    with open(path + ".new", "wb") as f:
        f.write(data)
    os.rename(path + ".new", path)


# tinyhttpd.ini(5): "so long may a change take to be seen"
@case("a change is seen after cache_valid, and not before when that is long")
def _(t):
    for line, seen in (("", True), (LONG, False)):
        server = t.server(files={"x": "one"}, server=line)
        age(server.root + "/x")
        with server.connect() as c:		# one worker
            assert c.ask("/x").body == b"one"
            write(server.root + "/x", b"two")
            if seen:
                until("the new file", lambda: c.ask("/x").body == b"two")
            else:
                for _ in range(100):
                    assert c.ask("/x").body == b"one"


# tinyhttpd.ini(5): "0 looks at every request" "0 remembers nothing"
@case("the error log tells at the end how often files were looked at")
def _(t):
    server = t.server(files={"x": "x"}, server=LONG, workers=1)
    age(server.root + "/x")
    with server.connect() as c:
        for _ in range(10):
            c.ask("/x")
            c.ask("/none")
    server.stop()
    assert "files: 18 answers by what was known, looked 2 times, 0 pushed out" in server.stderr(), server.stderr()


@case("cache_valid = 0 looks at every request; cache_entries = 0 remembers nothing")
def _(t):
    for line in ("cache_valid = 0", "cache_entries = 0\n" + LONG):
        server = t.server(files={"x": "0"}, server=line)
        with server.connect() as c:
            for i in range(50):
                write(server.root + "/x", b"%d" % i)
                assert c.ask("/x").body == b"%d" % i
                assert c.ask("/none").status == 404
            write(server.root + "/none", b"now")
            assert c.ask("/none").body == b"now"
            os.unlink(server.root + "/x")
            os.unlink(server.root + "/none")
            assert c.ask("/x").status == 404


# tinyhttpd.ini(5): "How many paths all workers together know something of, also that nothing is there"
@case("that nothing is there is remembered too, and forgotten")
def _(t):
    server = t.server(files={"x": "x"})
    with server.connect() as c:
        assert c.ask("/late").status == 404
        write(server.root + "/late", b"here")
        until("the file", lambda: c.ask("/late").body == b"here")
        os.unlink(server.root + "/late")
        until("that it is gone", lambda: c.ask("/late").status == 404)


@case("a root that is switched to another folder is seen whatever cache_valid says")
def _(t):
    t.files({"x": "one", "y": "one"}, "first")
    t.files({"x": "two"}, "second")
    os.symlink("first", t.path("current"))
    server = t.server(root=t.path("current"), server=LONG)
    with server.connect() as c:
        assert c.ask("/x").body == b"one" and c.ask("/y").body == b"one"
        os.symlink("second", t.path("next"))
        os.rename(t.path("next"), t.path("current"))
        until("the new root", lambda: c.ask("/x").body == b"two")
        assert c.ask("/y").status == 404


@case("what is remembered is remembered for the settings that hold")
def _(t):
    server = t.server(files={"a/x.txt": "x", "b.txt": "b"}, server=LONG, config="""
        [host one]
        names = one
        charset = gbk
        root = ROOT
        header = X-Host: one
        [host two]
        names = two
        root = ROOT
        [location a]
        host = two
        path = /a
        header = X-Place: a
        """.replace("ROOT", t.files({"a/x.txt": "x", "b.txt": "b"}, "shared")))
    for _ in range(3):
        one, two = server.get("/a/x.txt", host="one"), server.get("/a/x.txt", host="two")
        assert one["Content-Type"] == "text/plain; charset=gbk" and one["X-Host"] == "one" and "X-Place" not in one
        assert two["Content-Type"] == "text/plain; charset=utf-8" and two["X-Place"] == "a" and "X-Host" not in two
        assert "X-Place" not in server.get("/b.txt", host="two")


# RFC 9110 12.5.3, 15.4.5 and 14: the same answer from memory as from the disk
@case("conditions, parts, codings and HEAD of what is remembered are what they are of a file")
def _(t):
    text = b"".join(b"line %d of many\n" % i for i in range(2000))
    server = t.server(files={"t.txt": text, "small.bin": os.urandom(9000), "large.bin": os.urandom(300_000)}, workers=1)
    age(*[server.root + "/" + name for name in ("t.txt", "small.bin", "large.bin")])
    server.grown("/t.txt").grown("/small.bin").grown("/large.bin")
    asked = [("/t.txt",), ("/t.txt", "Accept-Encoding: gzip"), ("/small.bin",), ("/large.bin",), ("/small.bin", "Range: bytes=10-20"),
             ("/large.bin", "Range: bytes=299990-"), ("/small.bin", "Range: bytes=0-3,8000-"), ("/large.bin", "Range: bytes=0-3,200000-200999"),
             ("/small.bin", "Range: bytes=9000-"), ("/t.txt", "If-Modified-Since: Sat, 01 Jan 2050 00:00:00 GMT"), ("/t.txt", 'If-Match: "no"')]

    def answers(method):
        found = []
        for target, *fields in asked:
            r = server.get(target, *fields, method=method)
            body = gzip.decompress(r.body) if r["Content-Encoding"] == "gzip" and r.body else r.body
            fields = [(n, v.split("boundary")[0]) for n, v in r.fields if n not in ("Date", "Content-Length", "Transfer-Encoding")]
            if "multipart" in (r["Content-Type"] or ""):
                body = len(body)
            found.append((r.status, fields, body))
        return found

    first = answers("GET")
    assert [f[0] for f in first] == [200, 200, 200, 200, 206, 206, 206, 206, 416, 304, 412]
    heads = answers("HEAD")
    for _ in range(3):
        assert answers("GET") == first and answers("HEAD") == heads
    tag = server.get("/t.txt", "Accept-Encoding: gzip")["ETag"]
    for _ in range(2):
        r = server.get("/t.txt", "Accept-Encoding: gzip", f"If-None-Match: {tag}")
        assert r.status == 304 and r["ETag"] == tag and r["Vary"] == "Accept-Encoding" and "Content-Type" not in r


@case("what was compressed once is sent from memory, with its length, and is what it was")
def _(t):
    text = b"".join(b"line %d of many\n" % i for i in range(20000))
    server = t.server(files={"t.txt": text}, server=LONG, workers=1)
    age(server.root + "/t.txt")
    first = server.get("/t.txt", "Accept-Encoding: gzip")
    assert first.framing == "chunked" and gzip.decompress(first.body) == text
    for _ in range(3):
        again = server.get("/t.txt", "Accept-Encoding: gzip")
        assert again.framing == "length" and again.body == first.body and again["ETag"] == first["ETag"]
    assert server.head("/t.txt", "Accept-Encoding: gzip")["Content-Length"] == str(len(first.body))
    assert server.get("/t.txt").body == text


@case("compressed answers that break off leave nothing behind that is sent later")
def _(t):
    text = random.Random(1).randbytes(4_000_000).hex().encode()
    server = t.server(files={"t.txt": text}, server=LONG, workers=1)
    age(server.root + "/t.txt")
    for _ in range(3):
        c = server.connect()
        c.send(request("/t.txt", "Accept-Encoding: gzip"))
        c.head_of_response()
        c.abort()
    assert gzip.decompress(server.get("/t.txt", "Accept-Encoding: gzip").body) == text
    server.left_nothing()


@case("a large file that is remembered and rewritten in place is never sent with the validators it had")
def _(t):
    server = t.server(files={"x.bin": b"a" * 300_000}, server=LONG, workers=1)
    age(server.root + "/x.bin")
    with server.connect() as c:
        first = c.ask("/x.bin")
        with open(server.root + "/x.bin", "r+b") as f:
            f.write(b"b" * 300_000)
        second = c.ask("/x.bin")
        assert second.body == b"b" * 300_000 and second["ETag"] != first["ETag"], second
        os.truncate(server.root + "/x.bin", 50_000)
        assert len(c.ask("/x.bin").body) == 50_000


# tinyhttpd.ini(5): "Pieces of those that are asked for by range again and again are kept in memory too"
@case("pieces of a large file are remembered for cache_valid, with the validators they belong to, and none of a small cache_file_size")
def _(t):
    large = random.Random(2).randbytes(300_000)
    for line, kept in ((LONG, True), (LONG + "\ncache_file_size = 1k", False), (LONG + "\ncache_size = 100k", False)):
        server = t.server(files={"x.bin": large}, server=line, workers=1)
        until("it is old enough", lambda: time.time() - os.stat(server.root + "/x.bin").st_ctime > 1.1)
        with server.connect() as c:
            def piece(first, length):
                r = c.ask("/x.bin", f"Range: bytes={first}-{first + length - 1}")
                assert r.status == 206 and r["Content-Range"] == f"bytes {first}-{first + length - 1}/300000", r
                return r
            tag = c.ask("/x.bin")["ETag"]
            for first, length in ((1000, 500), (1200, 8000), (0, 32768), (32767, 2), (299_999, 1), (299_990, 10)) * 3:
                r = piece(first, length)
                assert r.body == large[first:first + length] and r["ETag"] == tag
            with open(server.root + "/x.bin", "r+b") as f:
                f.write(b"b" * 300_000)
            r = piece(1000, 500)
            assert (r.body, r["ETag"] == tag) == ((large[1000:1500], True) if kept else (b"b" * 500, False)), r
            # what nobody remembers is read from the file, and then all of it is another version
            r = piece(100_000, 500)
            assert r.body == b"b" * 500 and r["ETag"] != tag, r
            r = piece(1000, 500)
            assert r.body == b"b" * 500 and r["ETag"] != tag, r


@case("a compressed file beside a file comes, is replaced, and goes")
def _(t):
    server = t.server(files={"x.txt": b"plain " * 1000})
    path = server.root + "/x.txt"
    age(path)
    with server.connect() as c:
        def coded():
            return c.ask("/x.txt", "Accept-Encoding: br")
        assert "Content-Encoding" not in coded()
        write(path + ".br", b"not really br")
        until("the compressed file", lambda: coded()["Content-Encoding"] == "br")
        assert coded().body == b"not really br" and c.ask("/x.txt").body == b"plain " * 1000
        write(path + ".br", b"another one")
        until("the other one", lambda: coded().body == b"another one")
        os.unlink(path + ".br")
        until("that it is gone", lambda: "Content-Encoding" not in coded())


# tinyhttpd.ini(5): "Files up to that size, 0 to 1g, are kept in memory; larger ones are kept open, and the kernel sends them."
@case("a file of cache_file_size is in memory, a larger one is open")
def _(t):
    server = t.server(files={"small": "s" * 1024, "large": "l" * 1025}, server="cache_file_size = 1k\n" + LONG)
    for name in ("small", "large"):
        until("it is old enough", lambda: time.time() - os.stat(f"{server.root}/{name}").st_ctime > 1.1)
        assert server.get("/" + name).status == 200
    kept = [os.path.basename(target) for target in server.descriptors().values() if target.startswith(server.root + "/")]
    assert kept == ["large"], kept


# tinyhttpd.ini(5): "How much memory all workers together use for what they know of files"
@case("memory stays within cache_size, whatever is asked for")
def _(t):
    files = {f"f{i}": os.urandom(20_000) for i in range(600)}
    server = t.server(files=files, server="cache_size = 2m\n" + LONG, workers=1)
    with server.connect() as c:
        c.ask("/f0")
        before = server.memory()
        for name, data in files.items():
            assert c.ask("/" + name).body == data
        for i in range(300):
            c.ask(f"/none{i}")
        grown = server.memory() - before
    if not server.sanitized():
        assert grown < 5 << 20, f"{grown} bytes more for files of 12 MB"


@case("files are kept open within the limit of descriptors, and connections come first")
def _(t):
    server = t.server(files={f"f{i}": b"x" * 40_000 for i in range(200)}, server="cache_file_size = 32k\n" + LONG, workers=1, nofile=(160, 160))
    with server.connect() as c:
        for i in range(200):
            assert len(c.ask(f"/f{i}").body) == 40_000
        open_files = sum("/f" in target for target in server.descriptors().values())
        assert 0 < open_files < 60, open_files
        with contextlib.ExitStack() as stack:
            for _ in range(30):
                assert stack.enter_context(server.connect()).ask("/f1").status == 200


@case("links out of the root, hidden files and folders are no better for being asked twice")
def _(t):
    server = t.server(files={"out": Link("../secret"), ".git/config": "x", "d/index.html": "d", "x": "x"}, server=LONG)
    t.write("secret", "secret")
    with server.connect() as c:
        for _ in range(3):
            assert [c.ask(p).status for p in ("/out", "/.git/config", "/d", "/d/", "/x/", "/x")] == [404, 404, 301, 200, 404, 200]


main()
