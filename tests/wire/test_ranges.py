#!/usr/bin/python3
"""Parts of a file: Range, If-Range, 206 and 416 (RFC 9110 14, 15.3.7, 15.5.17)."""

import random

from harness import age, case, main, until

SIZE = 1_000_000
BLOB = random.Random(14).randbytes(SIZE)
TEXT = b"words to squeeze, " * 1000


def site(t):
    server = t.server(files={"blob": BLOB, "empty": b"", "a.txt": TEXT, "small": b"0123456789"})
    for name in ("blob", "empty", "a.txt", "small"):
        age(f"{server.root}/{name}", seconds=3600)
    until("a strong entity-tag", lambda: not server.get("/blob")["ETag"].startswith("W/"))
    return server


def parts(response):
    """Type, range and bytes of each part of a multipart answer, by RFC 2046 5.1.1 and nothing looser.

    In front of the first is an empty line (RFC 9110 15.3.7.2, note 1), which zsync insists on.
    """
    kind, boundary = response["Content-Type"].split("; boundary=")
    assert kind == "multipart/byteranges", kind
    mark = b"\r\n--" + boundary.encode()
    body = response.body
    assert body.startswith(mark + b"\r\n") and body.endswith(mark + b"--\r\n"), body[:100]
    found = []
    for piece in body[len(mark) + 2:-len(mark) - 4].split(mark + b"\r\n"):
        head, _, content = piece.partition(b"\r\n\r\n")
        fields = dict(line.decode().split(": ") for line in head.split(b"\r\n"))
        found.append((fields["Content-Type"], fields["Content-Range"], content))
    return found


for spec, first, last in (("0-0", 0, 0), ("0-99", 0, 99), ("999999-", SIZE - 1, SIZE - 1), ("-1", SIZE - 1, SIZE - 1),
                          ("500000-", 500000, SIZE - 1), ("-2000000", 0, SIZE - 1), ("20000-99999999", 20000, SIZE - 1)):
    # RFC 9110 15.3.7.1
    @case(f"206: bytes={spec} gives these bytes and says which")
    def _(t, spec=spec, first=first, last=last):
        response = t.shared(site).get("/blob", f"Range: bytes={spec}")
        assert response.status == 206, response
        assert response["Content-Range"] == f"bytes {first}-{last}/{SIZE}", response
        assert response.body == BLOB[first:last + 1]
        assert response["ETag"] and response["Last-Modified"] and response["Accept-Ranges"] == "bytes"


# RFC 9110 14.3
@case("a whole file says that it has ranges; HEAD never is a part")
def _(t):
    server = t.shared(site)
    assert server.get("/blob")["Accept-Ranges"] == "bytes"
    head = server.head("/blob", "Range: bytes=0-1")		# RFC 9110 14.2: GET only
    assert head.status == 200 and head["Content-Length"] == str(SIZE), head


# RFC 9110 15.5.17
@case("416: a range behind the end says how long the file is")
def _(t):
    response = t.shared(site).get("/blob", f"Range: bytes={SIZE}-")
    assert response.status == 416 and response["Content-Range"] == f"bytes */{SIZE}", response


# RFC 9110 14.1.2: the last bytes of nothing are satisfiable, but no Content-Range can name them; 14.2: Range may be ignored
@case("200: a part of an empty file is the empty file")
def _(t):
    for value in ("bytes=0-", "bytes=0-1023", "bytes=-1"):
        response = t.shared(site).get("/empty", "Range: " + value)
        assert response.status == 200 and response["Content-Length"] == "0" and response["Content-Range"] is None, response


# RFC 9110 14.2: an invalid or unknown Range is ignored
@case("200: what is malformed, in another unit, or said twice counts as absent")
def _(t):
    server = t.shared(site)
    for value in ("bytes=5-2", "bytes=x", "lines=1-2", "bytes", "bytes =0-1", "bytes=" + ",".join(f"{i}-{i}" for i in range(0, 6500, 100))):
        response = server.get("/blob", "Range: " + value)
        assert response.status == 200 and response.body == BLOB and response["Content-Range"] is None, (value, response)
    assert server.get("/blob", "Range: bytes=0-1", "Range: bytes=5-6").status == 200


# RFC 9110 15.3.7.2
@case("206: several ranges come as parts, each with its type and place")
def _(t):
    response = t.shared(site).get("/blob", "Range: bytes=900000-900099, 0-99, -10")
    assert response.status == 206 and response["Content-Range"] is None, response
    want = [(0, 99), (900000, 900099), (SIZE - 10, SIZE - 1)]
    assert parts(response) == [("application/octet-stream", f"bytes {a}-{b}/{SIZE}", BLOB[a:b + 1]) for a, b in want]


@case("206: large parts are streamed whole")
def _(t):
    response = t.shared(site).get("/blob", "Range: bytes=0-300000,400000-700000")
    assert [content for _, _, content in parts(response)] == [BLOB[:300001], BLOB[400000:700001]]


# RFC 9110 14.2: many small or overlapping ranges must not cost more than the file
@case("overlapping and near ranges are one; parts that cost as much as the file are the file")
def _(t):
    server = t.shared(site)
    response = server.get("/blob", "Range: bytes=0-500,400-900,950-1000")
    assert response.status == 206 and response["Content-Range"] == f"bytes 0-1000/{SIZE}"
    assert response.body == BLOB[:1001]
    response = server.get("/small", "Range: bytes=0-1,5-6")
    assert len(response.body) <= 10, response


# RFC 9110 13.1.5
@case("If-Range: the part when the tag or the time still is right, else the whole")
def _(t):
    server = t.shared(site)
    now = server.get("/blob")
    for value, status in ((now["ETag"], 206), ('"other"', 200), ("W/" + now["ETag"], 200), (now["Last-Modified"], 206),
                          ("Sun, 06 Nov 1994 08:49:37 GMT", 200), ("nonsense", 200)):
        response = server.get("/blob", "Range: bytes=0-9", "If-Range: " + value)
        assert response.status == status, (value, response)
        assert response.body == (BLOB[:10] if status == 206 else BLOB)


@case("If-Range: a file changed this moment matches nothing")
def _(t):
    def answers():
        server = t.server(files={"new": b"0123456789"})
        now = server.get("/new")
        by_tag = server.get("/new", "Range: bytes=0-1", "If-Range: " + now["ETag"])
        by_time = server.get("/new", "Range: bytes=0-1", "If-Range: " + now["Last-Modified"])
        return now["ETag"].startswith("W/") and (by_tag.status, by_time.status)
    assert until("a file that is young enough", answers) == (200, 200)


# RFC 9110 13.2.2: Range comes last
@case("a condition that fails or says not modified comes before the range")
def _(t):
    server = t.shared(site)
    tag = server.get("/blob")["ETag"]
    assert server.get("/blob", "Range: bytes=0-1", "If-None-Match: " + tag).status == 304
    assert server.get("/blob", "Range: bytes=0-1", 'If-Match: "other"').status == 412
    assert server.get("/blob", "Range: bytes=0-1", "If-Match: " + tag).status == 206


@case("an answer compressed on the way has no ranges, and does not say so")
def _(t):
    server = t.shared(site)
    response = server.get("/a.txt", "Range: bytes=0-9", "Accept-Encoding: gzip")
    assert response.status == 200 and response["Content-Encoding"] == "gzip" and response["Accept-Ranges"] is None, response
    response = server.get("/a.txt", "Range: bytes=0-9")
    assert response.status == 206 and response.body == TEXT[:10] and response["Vary"] == "Accept-Encoding", response


@case("parts on one kept-alive connection, one after the other")
def _(t):
    server = t.shared(site)
    with server.connect() as c:
        for i in range(0, SIZE, 99991):
            response = c.ask("/blob", f"Range: bytes={i}-{i + 70000}")
            assert response.status == 206 and response.body == BLOB[i:i + 70001]
            assert response["Content-Range"] == f"bytes {i}-{min(i + 70000, SIZE - 1)}/{SIZE}"
    server.left_nothing()


main()
