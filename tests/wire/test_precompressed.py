#!/usr/bin/python3
"""Compressed files beside a file.  "a client gets the one it likes best" - tinyhttpd.ini(5)."""

import gzip
import os
import time

from harness import case, main

PAGE = b"<p>words to squeeze</p>\n" * 400
# What lies in the files is not looked at, so each can tell which one it is.
FILES = {
    "all.html": PAGE, "all.html.zst": b"zst of all", "all.html.br": b"br of all", "all.html.gz": gzip.compress(PAGE),
    "br.html": PAGE, "br.html.br": b"br of br",
    "tiny.txt": b"tiny", "tiny.txt.gz": gzip.compress(b"tiny"),
    "stale.html": PAGE, "stale.html.gz": b"old", "stale.html.br": b"older",
    "photo.png": b"png", "photo.png.gz": b"gz of png",
    "dir/index.html": PAGE, "dir/index.html.br": b"br of index",
    "folder.html": PAGE, "folder.html.gz/x": b"x",
    "off/a.html": PAGE, "off/a.html.br": b"br of off",
}
CONFIG = "[location off]\npath = /off/\ngzip = off\n"


def fill(t):
    root = t.files(FILES)
    when = time.time_ns() - 3600 * 10 ** 9
    for folder, _, names in os.walk(root):
        for name in names:
            os.utime(f"{folder}/{name}", ns=(when, when))
    for name in ("stale.html.gz", "stale.html.br"):
        os.utime(f"{root}/{name}", ns=(when, when - 1))		# as equal as can be without being it
    return root


def site(t):
    return t.server(CONFIG, server=f"root = {fill(t)}")


def accept(codings):
    return f"Accept-Encoding: {codings}"


def body(name):
    return FILES[name]


# tinyhttpd.ini(5): "a client gets the one it likes best, and where it likes several equally, the one named first here"
for codings, suffix, coding in (("zstd, br, gzip", ".zst", "zstd"), ("gzip, br", ".br", "br"), ("gzip", ".gz", "gzip"),
                                ("gzip, br;q=0.5, zstd;q=0.5", ".gz", "gzip"), ("*", ".zst", "zstd"),
                                ("zstd;q=0, br;q=0, gzip;q=0.1", ".gz", "gzip")):
    # RFC 9110 12.5.3
    @case(f"Accept-Encoding: {codings} gets the {suffix} file")
    def _(t, codings=codings, suffix=suffix, coding=coding):
        response = t.shared(site).get("/all.html", accept(codings))
        assert response.status == 200 and response["Content-Encoding"] == coding, response
        assert response.body == body("all.html" + suffix)
        assert response["Content-Type"].startswith("text/html") and response["Vary"] == "Accept-Encoding", response


@case("who takes none of them gets the file itself, and Vary all the same")
def _(t):
    for fields in ((), (accept("deflate"),), (accept("identity"),), (accept("br;q=0"),)):
        response = t.shared(site).get("/br.html", *fields)
        assert response.body == PAGE and response["Content-Encoding"] is None and response["Vary"] == "Accept-Encoding", response


@case("where there is no file in the coding, gzip is made on the way")
def _(t):
    response = t.shared(site).get("/br.html", accept("gzip"))
    assert response["Content-Encoding"] == "gzip" and gzip.decompress(response.body) == PAGE
    assert t.shared(site).get("/br.html", accept("gzip, br")).body == body("br.html.br")


@case("neither a small size nor an index keeps it from being used")
def _(t):
    server = t.shared(site)
    assert server.get("/tiny.txt", accept("gzip")).body == body("tiny.txt.gz")
    assert server.get("/dir/", accept("br")).body == body("dir/index.html.br")


@case("one that is older than the file is not used, which is logged once")
def _(t):
    server = site(t)
    for codings in ("gzip", "br", "gzip, br"):
        response = server.get("/stale.html", accept(codings))
        assert response.body not in (b"old", b"older"), response
    assert server.stderr().count("is older than the file") == 1, server.stderr()


@case("not for types that are not in `types`, not where gzip = off, and a folder is no such file")
def _(t):
    server = t.shared(site)
    assert server.get("/photo.png", accept("gzip")).body == b"png"
    assert server.get("/off/a.html", accept("br")).body == PAGE
    assert gzip.decompress(server.get("/folder.html", accept("gzip")).body) == PAGE


# RFC 9110 8.8.3: each coding has its own tag
@case("each coding has its own entity-tag, and 304 follows it")
def _(t):
    server = t.shared(site)
    for coding in ("identity", "gzip", "br", "zstd"):
        server.grown("/all.html", accept(coding))
    tags = [server.get("/all.html", accept(c))["ETag"] for c in ("identity", "gzip", "br", "zstd")]
    assert len(set(tags)) == 4, tags
    for coding, tag in zip(("identity", "gzip", "br", "zstd"), tags):
        for asked in ("identity", "gzip", "br", "zstd"):
            response = server.get("/all.html", accept(asked), "If-None-Match: " + tag)
            assert response.status == (304 if asked == coding else 200), (coding, asked, response)


@case("HEAD is equal to GET")
def _(t):
    server = t.shared(site)
    for codings in ("br", "gzip", "identity"):
        server.grown("/all.html", accept(codings))
        got, head = server.get("/all.html", accept(codings)), server.head("/all.html", accept(codings))
        for name in ("Content-Encoding", "Content-Length", "ETag", "Vary", "Content-Type", "Last-Modified"):
            assert got[name] == head[name], (codings, name, got, head)


# RFC 9110 14: ranges are of the selected representation
@case("parts of a compressed file are parts of its bytes")
def _(t):
    response = t.shared(site).get("/all.html", accept("br"), "Range: bytes=3-5")
    assert response.status == 206 and response.body == body("all.html.br")[3:6] and response["Content-Encoding"] == "br", response
    assert response["Content-Range"] == f"bytes 3-5/{len(body('all.html.br'))}"


@case("precompressed = gz br: the server's order decides where the client has none")
def _(t):
    server = t.server("[gzip]\nprecompressed = gz br\n", server=f"root = {fill(t)}")
    assert server.get("/all.html", accept("zstd, br, gzip")).body == body("all.html.gz")
    assert server.get("/all.html", accept("zstd, br")).body == body("all.html.br")
    assert server.get("/all.html", accept("gzip;q=0.5, br")).body == body("all.html.br")


@case("precompressed = off: they are files like any other")
def _(t):
    server = t.server("[gzip]\nprecompressed = off\n", server=f"root = {fill(t)}")
    assert server.get("/all.html", accept("br")).body == PAGE
    assert server.get("/all.html.br", accept("br")).body == body("all.html.br")


main()
