#!/usr/bin/python3
"""curl in its many ways."""

import email
import os
import re

from clients import case, main, need, read, run, until
from harness import age

PAGE = b"".join(b"<p>paragraph %d of the page</p>\n" % i for i in range(3000))
BLOB = bytes(range(256)) * 20000


def site(t):
    need("curl")
    server = t.server("[location form]\npath = /form\nreturn = 200 \"got it\"\n[location big]\npath = /big\nreturn = 200 \"big\"\nbody_size = 50m",
                      files={"index.html": PAGE, "blob": BLOB, "dir/index.html": "in dir", "b.txt": "B"},
                      listen=("127.0.0.1:0", f"unix:{t.path('s')}"))
    age(server.root + "/index.html", server.root + "/blob")
    return server


def curl(t, server, *args, path="/", **options):
    return run(t, "curl", "-sS", "--max-time", "200", *args, f"http://127.0.0.1:{server.port}{path}", **options)


@case("HTTP/1.1 and HTTP/1.0")
def _(t):
    server = t.shared(site)
    assert curl(t, server) == PAGE
    assert curl(t, server, "--http1.0") == PAGE
    assert curl(t, server, "--http1.0", "--compressed") == PAGE
    assert curl(t, server, "-0", "-H", "Connection: keep-alive", path="/blob") == BLOB
    assert curl(t, server, "--http1.0", "-H", "Host:") == PAGE


@case("HEAD: the head alone, and curl does not wait for a body")
def _(t):
    server = t.shared(site)
    for more in ((), ("--http1.0",), ("--compressed",)):
        text = curl(t, server, "-I", *more, path="/blob").decode()
        assert text.startswith("HTTP/1.1 200 OK\r\n") and f"Content-Length: {len(BLOB)}\r\n" in text, text
    assert curl(t, server, "-I", "--compressed").decode().lower().count("content-encoding: gzip") == 1


@case("--compressed: the same bytes, fewer on the wire")
def _(t):
    server = t.shared(site)
    assert curl(t, server, "--compressed") == PAGE
    size = int(curl(t, server, "--compressed", "-o", t.path("out"), "-w", "%{size_download}"))
    assert size < len(PAGE) / 2 and read(t.path("out")) == PAGE
    assert curl(t, server, "--compressed", path="/blob") == BLOB


@case("-C -: a download is continued right, or refused, but never made wrong")
def _(t):
    server = t.shared(site)
    out = t.path("out")
    curl(t, server, "-C", "-", "-o", out, path="/blob")			# nothing there yet
    assert read(out) == BLOB
    os.truncate(out, 1000000)
    curl(t, server, "-C", "-", "-o", out, path="/blob", ok=(0, 33))	# 33: no byte ranges here
    assert read(out) in (BLOB, BLOB[:1000000]), "bytes that belong elsewhere"
    accepts = curl(t, server, "-I", path="/blob").decode().lower()
    assert (read(out) == BLOB) == ("accept-ranges: bytes" in accepts), "what is offered is not what is done"


@case("many URLs on one connection")
def _(t):
    server = t.shared(site)
    base = f"http://127.0.0.1:{server.port}"
    urls = [u for _ in range(20) for u in ("-o", t.path("a"), base + "/b.txt", "-o", t.path("b"), base + "/none", "-o", t.path("c"), base + "/")]
    out = run(t, "curl", "-sS", "-w", "%{num_connects}\n", *urls).split()
    assert out == [b"1"] + [b"0"] * 59, out
    assert read(t.path("c")) == PAGE


@case("-L follows a folder's redirect, by any name the server has")
def _(t):
    server = t.shared(site)
    out = run(t, "curl", "-sS", "-L", "-w", " %{num_redirects}", "--resolve", f"any.test:{server.port}:127.0.0.1",
              f"http://any.test:{server.port}/dir?x=y")
    assert out == b"in dir 1", out


@case("uploads: small, with Expect: 100-continue, in chunks")
def _(t):
    server = t.shared(site)
    data = t.write("data", os.urandom(3 << 20))
    assert curl(t, server, "-d", "a=b", path="/form") == b"got it"
    assert curl(t, server, "--data-binary", f"@{data}", "-H", "Expect: 100-continue", path="/big") == b"big"
    assert curl(t, server, "--data-binary", f"@{data}", "-H", "Transfer-Encoding: chunked", path="/big") == b"big"
    assert curl(t, server, "--data-binary", f"@{data}", "-H", "Expect:", path="/big") == b"big"
    for expect in ("Expect: 100-continue", "Expect:"):
        code = curl(t, server, "--data-binary", f"@{data}", "-H", expect, "-o", "/dev/null", "-w", "%{http_code}", path="/form")
        assert code == b"413", code
    assert curl(t, server, "-T", data, "-o", "/dev/null", "-w", "%{http_code}", path="/b.txt") in (b"405", b"413")


@case("-z and --etag-compare get 304 when nothing changed")
def _(t):
    server = t.shared(site)
    out, tag = t.path("out"), t.path("tag")
    curl(t, server, "-R", "-o", out, "--etag-save", tag)
    assert re.match(rb'(W/)?"', read(tag))
    assert curl(t, server, "-z", out, "-o", t.path("new"), "-w", "%{http_code}") == b"304"
    assert curl(t, server, "--etag-compare", tag, "-o", t.path("new"), "-w", "%{http_code}") == b"304"
    assert abs(os.stat(out).st_mtime - os.stat(server.root + "/index.html").st_mtime) < 2


@case("-z and --etag-compare get the whole file when it changed")
def _(t):
    need("curl")
    server = t.server(files={"a.txt": "old"}, server="cache_valid = 0")		# what changed is asked for at once
    age(server.root + "/a.txt")
    out, tag = t.path("out"), t.path("tag")
    curl(t, server, "-R", "-o", out, "--etag-save", tag, path="/a.txt")
    t.files({"a.txt": "new"}, os.path.basename(server.root))
    assert curl(t, server, "-z", out, path="/a.txt") == b"new"
    old = read(tag)
    assert curl(t, server, "--etag-compare", tag, "--etag-save", tag, path="/a.txt") == b"new"
    assert read(tag) != old
    assert curl(t, server, "--etag-compare", tag, "-w", "%{http_code}", path="/a.txt") == b"304"


@case("-C - with If-Range continues the file it knows, and no other")
def _(t):
    need("curl")
    server = t.server(files={"blob": BLOB})
    age(server.root + "/blob")
    until("a strong entity-tag", lambda: not server.head("/blob")["ETag"].startswith("W/"))
    out, tag = t.path("out"), t.path("tag")
    curl(t, server, "-o", out, "--etag-save", tag, path="/blob")
    condition = "If-Range: " + read(tag).decode().strip()
    os.truncate(out, 1000000)
    curl(t, server, "-C", "-", "-H", condition, "-o", out, path="/blob")
    assert read(out) == BLOB
    os.truncate(out, 1000000)
    t.files({"blob": BLOB[::-1]}, os.path.basename(server.root))
    curl(t, server, "-C", "-", "-H", condition, "-o", out, path="/blob", ok=(33,))	# 33: the whole came, not the rest
    assert read(out) == BLOB[:1000000]


def parts(t, server, ranges):
    """The parts of a multipart answer: what each says of its place, and its bytes, by Python's own parser."""
    body = curl(t, server, "-r", ranges, "-D", t.path("head"), path="/blob")
    fields = email.message_from_bytes(read(t.path("head")).partition(b"\r\n")[2])
    assert fields.get_content_type() == "multipart/byteranges", fields
    whole = email.message_from_bytes(b"Content-Type: " + fields["Content-Type"].encode() + b"\r\n\r\n" + body)
    return [(part["Content-Range"], part.get_payload(decode=True)) for part in whole.get_payload()]


@case("-r: a range, the end, from somewhere on, several, and one behind the end")
def _(t):
    server = t.shared(site)
    size = len(BLOB)
    for ranges, wanted in (("0-99", BLOB[:100]), ("-100", BLOB[-100:]), (f"{size - 5}-", BLOB[-5:]), (f"100-{size * 2}", BLOB[100:])):
        assert curl(t, server, "-r", ranges, path="/blob") == wanted, ranges
    assert parts(t, server, "0-9,5000-5009,-1") == [(f"bytes 0-9/{size}", BLOB[:10]), (f"bytes 5000-5009/{size}", BLOB[5000:5010]),
                                                     (f"bytes {size - 1}-{size - 1}/{size}", BLOB[-1:])]
    assert curl(t, server, "-r", f"{size}-", "-o", "/dev/null", "-w", "%{http_code}", path="/blob") == b"416"


@case("--path-as-is climbs nowhere")
def _(t):
    server = t.shared(site)
    for path in ("/../../../../etc/passwd", "/..%2f..%2fetc/passwd", "/dir/../../etc/passwd"):
        assert curl(t, server, "--path-as-is", "-o", "/dev/null", "-w", "%{http_code}", path=path) in (b"404", b"400")


@case("--unix-socket")
def _(t):
    server = t.shared(site)
    assert run(t, "curl", "-sS", "--unix-socket", server.addresses[1][5:], "http://localhost/b.txt") == b"B"


@case("--parallel")
def _(t):
    server = t.shared(site)
    base = f"http://127.0.0.1:{server.port}"
    run(t, "curl", "-sS", "-Z", "--parallel-max", "30", *[a for i in range(60) for a in ("-o", t.path(f"o{i}"), base + "/blob")])
    assert all(read(t.path(f"o{i}")) == BLOB for i in range(60))


main()
