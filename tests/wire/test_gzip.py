#!/usr/bin/python3
"""Compression: who gets it, what of, and that the bytes are the same behind it."""

import gzip
import hashlib
import os
import random
import zlib

from harness import age, case, main, request, until

TEXT = "".join(f"<p>line {i} of a page that compresses well enough</p>\n" for i in range(2000)).encode()


def words(size, seed=1):
    """Text of that size, neither too regular nor noise."""
    r = random.Random(seed)
    vocabulary = ["".join(r.choices("abcdefghijklmnopqrstuvwxyz", k=r.randint(2, 9))) for _ in range(3000)]
    block = " ".join(r.choices(vocabulary, k=40000)).encode()
    return (block * (size // len(block) + 1))[:size]


def site(t):
    server = t.server("""
        [server]
        keepalive_requests = 0
        [gzip]
        max_size = 100m
        [location off]
        path = /off/
        gzip = off
        [location fixed]
        path = /fixed
        return = 200 "fixed"
        """, files={
        "index.html": TEXT, "page.html": TEXT, "a.css": TEXT, "a.js": TEXT, "a.json": TEXT, "a.svg": TEXT, "a.png": TEXT, "a.txt": TEXT,
        "a.pdf": TEXT, "a.tar.gz": TEXT, "off/page.html": TEXT, "small.html": b"x" * 1023, "edge.html": b"x" * 1024, "empty.html": b"",
        "noise.html": random.Random(2).randbytes(300000), "large.txt": words(24 << 20), "unknown": TEXT})
    for name in ("page.html", "a.txt"):
        age(f"{server.root}/{name}")
    until("strong tags", lambda: server.get("/page.html")["ETag"].startswith('"'))
    return server


def inflate(response):
    assert response["Content-Encoding"] == "gzip", response
    d = zlib.decompressobj(31)
    data = d.decompress(response.body) + d.flush()
    assert d.eof and not d.unused_data, "not exactly one gzip member"
    return data


# RFC 9110 12.5.3
for value, zipped in {
    "gzip": True, "GZip": True, "x-gzip": True, "gzip, deflate, br": True, "deflate, gzip;q=1.0, *;q=0.5": True, "*": True, "gzip;q=0.5": True,
    "gzip;q=0.001": True, "gzip ; q=1": True, "br;q=1, gzip;q=0.8": True, "identity;q=0, gzip": True, "identity;q=0.5, gzip;q=0.8": True,
    "*;q=0.5, identity;q=0.1": True, "identity;q=0, *": True, ",gzip,": True, "gzip;q=1.000": True,
    "": False, "identity": False, "gzip;q=0": False, "gzip;q=0.0": False, "gzip;q=0.000": False, "*;q=0": False, "deflate": False,
    "gzip;q=0, *": False, "identity, gzip;q=0.5": False, "identity;q=1, gzip;q=0.2": False, "br": False, "xgzip": False,
    "gzip-foo": False, "gzip;q=2": False, "gzip;q=-1": False, "gzip;q=x": False, "identity;q=0": False, "*;q=0, identity": False,
}.items():
    @case(f"Accept-Encoding: {value} gives {'gzip' if zipped else 'the plain bytes'}")
    def _(t, value=value, zipped=zipped):
        response = t.shared(site).get("/page.html", f"Accept-Encoding: {value}")
        assert response.status == 200 and response["Vary"] == "Accept-Encoding", response
        if zipped:
            assert inflate(response) == TEXT and len(response.body) < len(TEXT) / 3
        else:
            assert response["Content-Encoding"] is None and response.body == TEXT, response
            assert response["Content-Length"] == str(len(TEXT))


@case("no Accept-Encoding gives the plain bytes, and Vary says it could be otherwise")
def _(t):
    response = t.shared(site).get("/page.html")
    assert response.body == TEXT and response["Content-Encoding"] is None and response["Vary"] == "Accept-Encoding"


@case("Accept-Encoding in two fields is one list")					# RFC 9110 5.3
def _(t):
    server = t.shared(site)
    assert inflate(server.get("/page.html", "Accept-Encoding: br", "Accept-Encoding: gzip")) == TEXT
    assert server.get("/page.html", "Accept-Encoding: gzip;q=0", "Accept-Encoding: *").body == TEXT


for target, zipped in {"/": True, "/a.css": True, "/a.js": True, "/a.json": True, "/a.svg": True, "/a.txt": True, "/edge.html": True,
                       "/noise.html": True, "/a.png": False, "/a.pdf": False, "/a.tar.gz": False, "/unknown": False,
                       "/off/page.html": False, "/small.html": False, "/empty.html": False}.items():
    @case(f"{target} is {'compressed' if zipped else 'left alone'}")
    def _(t, target=target, zipped=zipped):
        server = t.shared(site)
        plain = server.get(target)
        coded = server.get(target, "Accept-Encoding: gzip")
        assert "Content-Encoding" not in plain
        if zipped:
            assert inflate(coded) == plain.body
            assert plain["Vary"] == coded["Vary"] == "Accept-Encoding"
            assert plain["Content-Type"] == coded["Content-Type"]
        else:
            assert coded["Content-Encoding"] is None and coded.body == plain.body, coded
            # Vary on every response of a negotiable resource, and on no other
            assert plain["Vary"] == coded["Vary"] and "Vary" not in plain, plain


# RFC 9110 8.8.3.3: every coding its own tag
@case("each coding has a tag of its own, and each is asked for with it")
def _(t):
    server = t.shared(site)
    plain, coded = server.get("/page.html")["ETag"], server.get("/page.html", "Accept-Encoding: gzip")["ETag"]
    assert plain and coded and plain != coded and plain.removeprefix("W/") != coded.removeprefix("W/"), (plain, coded)
    assert server.get("/page.html", "Accept-Encoding: gzip", f"If-None-Match: {plain}, {coded}").status == 304
    response = server.get("/page.html", "Accept-Encoding: gzip", f"If-None-Match: {coded}")
    assert response.status == 304 and response["ETag"] == coded and response["Vary"] == "Accept-Encoding", response
    response = server.get("/page.html", f"If-None-Match: {plain}")
    assert response.status == 304 and response["ETag"] == plain and response["Vary"] == "Accept-Encoding", response
    assert inflate(server.get("/page.html", "Accept-Encoding: gzip", f"If-None-Match: {plain}")) == TEXT
    assert server.get("/page.html", f"If-None-Match: {coded}").body == TEXT


@case("HEAD has the fields of GET")							# RFC 9110 9.3.2
def _(t):
    server = t.shared(site)
    for target in ("/page.html", "/large.txt", "/small.html", "/off/page.html"):
        for field in ("Accept-Encoding: gzip", "Accept-Encoding: identity"):
            with server.connect() as c:
                c.send(request(target, field, method="HEAD") + request(target, field))
                head, get = c.response(method="HEAD"), c.response()
                fields = [sorted((n, v) for n, v in r.fields if n != "Date") for r in (head, get)]
                assert fields[0] == fields[1], fields


# RFC 9112 6.1: no chunked for HTTP/1.0
@case("an HTTP/1.0 client gets gzip that ends with the connection")
def _(t):
    server = t.shared(site)
    for fields in (["Connection: keep-alive"], []):
        with server.connect() as c:
            c.send(request("/page.html", "Accept-Encoding: gzip", *fields, version="1.0"))
            response = c.response(version="1.0")
            assert inflate(response) == TEXT
            if response.framing == "close":
                assert "keep-alive" not in response.options()
                c.end()


@case("pipelined: compressed, plain, compressed")
def _(t):
    raw = b"".join(request("/page.html", *([] if i % 2 else ["Accept-Encoding: gzip"])) for i in range(20))
    responses = t.shared(site).talk(raw)
    assert len(responses) == 20
    for i, response in enumerate(responses):
        assert (response.body if i % 2 else inflate(response)) == TEXT


def memory(server, what="VmHWM"):
    with open(f"/proc/{server.pid}/status") as f:
        return int(next(line for line in f if line.startswith(what)).split()[1]) << 10


@case("a large file is compressed as it is sent, with bounded memory, while others are served")
def _(t):
    server = t.shared(site)
    plain = server.get("/large.txt").body
    assert plain == words(24 << 20)
    before = memory(server, "VmRSS")
    with server.connect() as c, server.connect() as other:
        c.send(request("/large.txt", "Accept-Encoding: gzip"))
        head = c.response(body=False)
        assert head["Transfer-Encoding"] == "chunked" and "Content-Length" not in head, head
        assert other.ask("/small.html").status == 200		# in the middle of it
        body = c._chunked()
        assert gzip.decompress(body) == plain
    if not server.sanitized():
        assert memory(server, "VmRSS") - before < 12 << 20, "it was held in memory"


@case("forty clients that stop reading in the middle of it cost little, and get it all in the end")
def _(t):
    server = t.shared(site)
    want = hashlib.sha256(words(24 << 20)).digest()
    clients = [server.connect(rcvbuf=8192) for _ in range(40)]
    for c in clients:
        c.send(request("/large.txt", "Accept-Encoding: gzip", "Connection: close"))
    for c in clients:
        c.response(body=False)
    assert server.get("/small.html").status == 200
    for c in clients[1:]:
        c.close()
    assert hashlib.sha256(gzip.decompress(clients[0]._chunked())).digest() == want
    clients[0].end()
    clients[0].close()
    server.left_nothing()


@case("a file that shrinks while it is compressed ends the connection without the last chunk")
def _(t):
    server = t.server("[gzip]\nmax_size = 200m", files={"x": "x"})
    path = server.root + "/noise.txt"
    with open(path, "wb") as f:
        f.write(random.Random(3).randbytes(32 << 20))
    with server.connect(rcvbuf=8192) as c:
        c.send(request("/noise.txt", "Accept-Encoding: gzip"))
        head = c.response(body=False)
        assert head["Content-Encoding"] == "gzip"
        os.truncate(path, 1 << 16)
        try:
            rest = c.read_to_end()
        except ConnectionResetError:
            rest = b""
        assert not rest.endswith(b"0\r\n\r\n"), "a whole response of a file that was cut"
    assert server.get("/x").body == b"x"


# tinyhttpd.ini(5): "Compress at all", "Smaller files are sent as they are", "Larger files are sent as they are", "Media types that are worth it"
@case("[gzip]: types, sizes and enable do what they say")
def _(t):
    files = {"a.html": TEXT, "a.css": TEXT, "s.html": b"y" * 200, "b.html": TEXT + TEXT}
    server = t.server(f"[gzip]\ntypes = text/html\nmin_size = 100\nmax_size = {len(TEXT)}\nlevel = 9", files=files)
    fields = "Accept-Encoding: gzip"
    assert inflate(server.get("/a.html", fields)) == TEXT
    assert inflate(server.get("/s.html", fields)) == b"y" * 200
    assert "Content-Encoding" not in server.get("/a.css", fields)
    assert "Content-Encoding" not in server.get("/b.html", fields)
    off = t.server("[gzip]\nenable = off", files=files, name="off")
    response = off.get("/a.html", fields)
    assert response.body == TEXT and "Vary" not in response, response


# tinyhttpd.ini(5): "1 is fast, 9 is small."
@case("[gzip] level: 9 is smaller than 1, and means the same")
def _(t):
    text = b"".join(b"%d %x\n" % (i * i, i ** 3) for i in range(5000))
    fast, small = (t.server(f"[gzip]\nlevel = {level}", files={"a.txt": text}, name=f"level{level}").get("/a.txt", "Accept-Encoding: gzip")
                   for level in (1, 9))
    assert inflate(fast) == inflate(small) == text and len(small.body) < len(fast.body)


# tinyhttpd.ini(5): "Compress here what [gzip] allows."
@case("gzip of a location is stronger than that of [server], in both directions")
def _(t):
    server = t.server("[server]\ngzip = off\n[location on]\npath = /on/\ngzip = on", files={"a.html": TEXT, "on/a.html": TEXT})
    assert "Content-Encoding" not in server.get("/a.html", "Accept-Encoding: gzip")
    assert inflate(server.get("/on/a.html", "Accept-Encoding: gzip")) == TEXT


@case("Vary is there on 304, and on an index page")
def _(t):
    server = t.shared(site)
    assert server.get("/", "If-None-Match: *")["Vary"] == "Accept-Encoding"
    assert inflate(server.get("/", "Accept-Encoding: gzip")) == TEXT


main()
